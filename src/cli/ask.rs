//! Questions to the person at the terminal, if there is one.

use std::io::{self, BufRead, IsTerminal};

use super::print;
use crate::diagnostic::quote;

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

/// What somebody answers who is asked for a word.
pub(super) enum Answer<'w> {
    /// One of the words.
    Word(&'w str),
    /// Enter alone.
    Nothing,
    /// No more questions: `q`, or the end of the input.
    Quit,
}

/// Asks for one of some words, until it is one of them. `?` shows what explains them.
pub(super) fn word<'w>(
    question: &str,
    words: &[&'w str],
    explained: &str,
) -> io::Result<Answer<'w>> {
    loop {
        print::note(question);
        let Some(answer) = typed()? else {
            print::note("\n"); // what comes next begins a line
            return Ok(Answer::Quit);
        };
        let word = words.iter().find(|word| answer.eq_ignore_ascii_case(word));
        match (word, answer.as_str()) {
            (Some(word), _) => return Ok(Answer::Word(word)),
            (_, "") => return Ok(Answer::Nothing),
            (_, "q" | "Q") => return Ok(Answer::Quit),
            (_, "?") => print::note(explained),
            _ => print::note(&format!(
                "{} is no answer here: type {}, Enter alone, q, or ? for what they mean.\n",
                quote(&answer),
                words.join(", ")
            )),
        }
    }
}

/// What is typed as an answer; nothing, where the input ends instead.
fn line(question: &str) -> io::Result<String> {
    print::note(question);
    Ok(typed()?.unwrap_or_default())
}

/// A line as it is typed. One that ends without Enter was not meant as an answer.
fn typed() -> io::Result<Option<String>> {
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.ends_with('\n').then(|| answer.trim().to_owned()))
}
