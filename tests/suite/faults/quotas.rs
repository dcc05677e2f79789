//! 6, 17, 25 to 29 and 36: a relay that takes less than it is offered, and
//! says so in one way or another. Nobody is charged for it.

use std::sync::atomic::{AtomicUsize, Ordering};

use epistle::sandbox::{Answer, Event};

use super::trial::{Trial, after};

#[test]
fn fault_06_a_connection_too_many_is_given_up_and_the_others_go_on() {
    for words in [
        "421 4.7.0 too many",
        "432 4.3.2 too many",
        "554 5.7.1 too many connections",
    ] {
        let trial = Trial::new("two-connections", 24, move |scene| match scene.event {
            Event::Connect if scene.connection >= 2 => {
                Answer::SayAndCut(format!("{words}\r\n").into_bytes())
            }
            Event::Dot => after(50, Answer::Usual),
            _ => Answer::Usual,
        })
        .connections(4);
        trial.ends(0, "");
        assert_eq!(trial.ledger(), "24 accepted");
        assert!(trial.relay()[0] <= 4, "{words}: {:?}", trial.relay());
        assert_eq!(trial.relay()[4], 24);
    }
}

#[test]
fn fault_17_a_sender_who_is_put_off_waits_and_charges_nobody() {
    let left = AtomicUsize::new(3);
    let trial = Trial::new("mail-451", 6, move |scene| match scene.event {
        Event::Mail(_) if left.load(Ordering::SeqCst) > 0 => {
            left.fetch_sub(1, Ordering::SeqCst);
            Answer::say("451 4.3.0 later")
        }
        _ => Answer::Usual,
    })
    .hasty(200);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "6 accepted");
    assert_eq!((trial.relay()[0], trial.relay()[4]), (4, 6));

    let trial = Trial::new("mail-451-always", 6, |scene| match scene.event {
        Event::Mail(_) => Answer::say("451 4.3.0 later"),
        _ => Answer::Usual,
    })
    .hasty(200);
    trial.ends(5, "MAIL: the server said 451 4.3.0 later");
    assert_eq!(trial.ledger(), "6 pending");
}
