//! Questions to the person at the terminal, if there is one.

use std::io::{self, BufRead, IsTerminal};

use super::print;

/// Says whether somebody can be asked: both ends of the talk are a terminal.
pub(super) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a number to be typed, so that no habit answers. Says whether it was that one.
pub(super) fn types_number(question: &str, number: u64) -> io::Result<bool> {
    let answer = line(question)?;
    let digits: String = answer
        .chars()
        .filter(|char| !" ,.'_".contains(*char))
        .collect();
    Ok(digits == number.to_string())
}

/// Asks a question that only "yes" answers.
pub(super) fn says_yes(question: &str) -> io::Result<bool> {
    let answer = line(&format!("{question} Type yes to go on: "))?;
    Ok(answer.eq_ignore_ascii_case("yes"))
}

/// Asks for one of some words, until it is one of them. Nothing typed is no word.
pub(super) fn word<'w>(question: &str, words: &[&'w str]) -> io::Result<Option<&'w str>> {
    loop {
        let answer = line(question)?;
        let word = words.iter().find(|word| answer.eq_ignore_ascii_case(word));
        if word.is_some() || answer.is_empty() {
            return Ok(word.copied());
        }
    }
}

fn line(question: &str) -> io::Result<String> {
    print::note(question);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
