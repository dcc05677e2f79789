//! Asks the person at the terminal what is to become of letters in doubt: of all, or of each.

use std::io;

use super::super::ask::{self, Answer};
use super::super::print;
use super::doubt::{Doubt, Doubts};
use crate::diagnostic::printable;
use crate::ledger::Decision;
use crate::people::EmailAddress;

/// What may be answered.
const WORDS: [(&str, Decision); 3] = [
    ("arrived", Decision::Arrived),
    ("again", Decision::SendAgain),
    ("leave", Decision::Leave),
];

/// What stands for going through them one by one.
const EACH: &str = "each";

/// What `?` shows.
const EXPLAINED: &str = "
  arrived      counted as accepted; nothing is sent
  again        sent once more by the next run; whoever has got it gets a second copy
  leave        not sent again, whether it has arrived or not
  Enter alone  left undecided
  q            no more questions; what has no answer is left undecided

";

/// The same where it is asked for all of them.
const EXPLAINED_FOR_ALL: &str = "
  arrived      all are counted as accepted; nothing is sent
  again        all are sent once more by the next run; whoever has got it gets a second copy
  leave        none is sent again, whether it has arrived or not
  each         asks for each by itself
  Enter alone  all are left undecided, as by q

";

/// What is to be done with whose letters.
pub(super) type Choice = [(Decision, Vec<EmailAddress>); 3];

/// Asks for all, or for each. Whoever isn't decided on is in none of the answers.
pub(super) fn ask(doubts: &Doubts) -> io::Result<Choice> {
    let mut choice = WORDS.map(|(_, decision)| (decision, Vec::new()));
    print::note(
        "\narrived: counted as accepted. again: sent once more by the next run. leave: not sent again.\n\
         ?: more about these. q: no more questions.\n",
    );
    let letters = &doubts.letters;
    if let [letter] = letters.as_slice() {
        decide_on_each(std::slice::from_ref(letter), &mut choice)?;
        return Ok(choice);
    }
    let count = print::counted(letters.len() as u64, "letter", "letters");
    let question = format!(
        "All {count}: type arrived, again or leave, or each to go through them; Enter alone leaves them undecided: "
    );
    let words = ["arrived", "again", "leave", EACH];
    match ask::word(&question, &words, EXPLAINED_FOR_ALL)? {
        Answer::Nothing | Answer::Quit => {}
        Answer::Word(EACH) => decide_on_each(letters, &mut choice)?,
        Answer::Word(word) => {
            let taken = letters.iter().filter(|letter| letter.is_taken()).count() as u64;
            let is_meant = word != "again" || taken == 0 || {
                let told = print::counted(taken, "letter", "letters");
                ask::says_yes(&format!(
                    "The relay has taken {told} of them: a second copy would go out."
                ))?
            };
            if is_meant {
                letters
                    .iter()
                    .for_each(|letter| add(&mut choice, word, letter));
            }
        }
    }
    Ok(choice)
}

fn decide_on_each(letters: &[Doubt], choice: &mut Choice) -> io::Result<()> {
    for doubt in letters {
        let known = if doubt.is_taken() {
            " the relay has taken this letter;"
        } else {
            ""
        };
        let question = format!(
            "{}:{known} type arrived, again or leave; Enter alone leaves it undecided: ",
            printable(&doubt.letter.address)
        );
        match ask::word(&question, &["arrived", "again", "leave"], EXPLAINED)? {
            Answer::Word(word) => add(choice, word, doubt),
            Answer::Nothing => {}
            Answer::Quit => break,
        }
    }
    Ok(())
}

fn add(choice: &mut Choice, word: &str, doubt: &Doubt) {
    let decision = WORDS.iter().find(|(known, _)| *known == word);
    let Some((_, decision)) = decision else {
        return;
    };
    for (meant, addresses) in choice {
        if meant == decision {
            addresses.extend(doubt.address());
        }
    }
}
