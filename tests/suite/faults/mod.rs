//! The catalogue of faults, 1 to 72: what may go wrong between a bulletin and
//! its readers, and the tests that say what is done about it. Most are tried by
//! the program itself: what a person is told, the exit code, what the ledger
//! says, and what the relay has seen.

mod conversation;
mod dial;
mod dot;
mod envelope;
mod lists;
mod machine;
mod quotas;
mod record;
mod tls_and_login;
mod trial;

use std::collections::BTreeSet;
use std::process::Command;

/// Each fault, and tests of it elsewhere. Those here bear its number.
const CATALOGUE: [(u8, &str, &[&str]); 72] = [
    (1, "the relay's name doesn't exist", &[]),
    (2, "the resolver doesn't answer", &[]),
    (3, "the connection is refused", &[]),
    (4, "no connection, or no greeting, in time", &[]),
    (5, "a greeting of 421 or 554", &[]),
    (
        6,
        "no connection more, while others deliver",
        &["pace::a_relay_that_takes_two_connections_is_not_asked_for_more_the_next_day_either"],
    ),
    (7, "EHLO is refused", &[]),
    (8, "no STARTTLS where it is wanted", &[]),
    (9, "a TLS handshake that fails", &[]),
    (10, "a certificate nobody vouches for", &[]),
    (11, "TLS 1.0 and 1.1 alone", &[]),
    (12, "words in clear before TLS", &[]),
    (13, "a login that is put off", &[]),
    (14, "a wrong login", &[]),
    (15, "no login where one is wanted", &[]),
    (16, "an account that is revoked in mid-run", &[]),
    (17, "MAIL is put off", &[]),
    (18, "MAIL is refused", &[]),
    (19, "a recipient is put off", &[]),
    (20, "a greylist", &[]),
    (
        21,
        "a recipient is refused",
        &["harm::a_list_of_the_dead_ends_the_run_until_a_person_says_otherwise"],
    ),
    (22, "a full mailbox", &[]),
    (23, "too many recipients", &[]),
    (24, "one recipient of several is refused", &[]),
    (25, "a recipient who receives too fast", &[]),
    (
        26,
        "a rate of the relay",
        &["pace::a_relay_that_asks_for_fewer_gets_fewer_and_nobody_is_charged"],
    ),
    (27, "a quota for an hour", &[]),
    (
        28,
        "a quota for a day",
        &["pace::a_quota_that_is_used_up_ends_the_run_and_is_remembered_until_it_has_room"],
    ),
    (
        29,
        "so many letters a connection",
        &["pace::a_relay_that_ends_connections_after_some_letters_is_left_in_time"],
    ),
    (
        30,
        "421 on an idle connection",
        &["smtp::a_421_on_an_idle_connection_is_noticed_before_a_letter_is_offered"],
    ),
    (31, "a connection lost before the body", &[]),
    (
        32,
        "a connection lost in the body",
        &["smtp::a_connection_cut_in_the_body_leaves_doubt_only_where_the_dot_was_handed_over"],
    ),
    (
        33,
        "a refusal in mid-body",
        &["smtp::a_server_that_refuses_in_mid_body_is_heard"],
    ),
    (34, "DATA is put off or refused", &[]),
    (35, "a dot that is put off", &[]),
    (
        36,
        "a dot that is refused",
        &[
            "relays::a_relay_that_takes_a_few_and_then_refuses_all_for_our_fault_charges_nobody",
            "harm::five_refusals_in_the_same_words_at_the_dot_are_a_block_and_charge_nobody",
            "harm::one_letter_that_is_refused_at_the_dot_is_refused_alone",
        ],
    ),
    (
        37,
        "a dot that is taken, and no answer",
        &[
            "smtp::an_answer_or_none_at_the_dot_is_told_apart",
            "cron::letters_in_doubt_are_sent_once_more_where_the_settings_say_so",
            "harm::more_than_five_doubts_in_a_hundred_end_the_run_and_name_the_way_on",
        ],
    ),
    (38, "a dot that is not taken, and no answer", &[]),
    (39, "an answer that comes late", &[]),
    (40, "silence at the dot", &["smtp::no_stage_waits_for_ever"]),
    (41, "a relay that lies", &[]),
    (
        42,
        "an answer to the dot that is none",
        &["smtp::a_354_at_the_dot_is_no_success"],
    ),
    (
        43,
        "one reply too many",
        &["smtp::a_surplus_reply_is_never_handed_to_the_next_command"],
    ),
    (
        44,
        "a reply without end",
        &["smtp::a_reply_without_end_takes_little_memory_and_ends"],
    ),
    (
        45,
        "a tarpit",
        &["smtp::a_server_that_stops_reading_is_given_up_and_leaves_no_doubt"],
    ),
    (46, "QUIT without an answer", &[]),
    (47, "a relay that restarts, a long outage", &[]),
    (48, "a relay that dies right after taking", &[]),
    (
        49,
        "a letter that is too large",
        &["smtp::a_letter_larger_than_the_server_takes_is_not_offered"],
    ),
    (50, "no 8BITMIME", &[]),
    (
        51,
        "no SMTPUTF8 where it is needed",
        &["smtp::a_server_without_smtputf8_gets_no_address_beyond_ascii"],
    ),
    (52, "a domain beyond ASCII", &[]),
    (53, "a row that is no address", &[]),
    (54, "a line end in a header", &[]),
    (
        55,
        "a text that would end its letter",
        &["smtp::no_body_can_end_itself_and_smuggle_another_letter"],
    ),
    (56, "one mailbox twice", &[]),
    (
        57,
        "a list that is edited",
        &["cron::a_list_that_was_cut_short_drops_nobody_while_nobody_is_there_to_be_asked"],
    ),
    (
        58,
        "a bulletin that is edited",
        &["cron::what_has_begun_and_changed_waits_for_a_person"],
    ),
    (59, "somebody who is suppressed meanwhile", &[]),
    (60, "two senders", &[]),
    (61, "a sender that is paused", &[]),
    (
        62,
        "SIGTERM, SIGINT",
        &["cron::what_ends_a_run_keeps_the_next_bulletin_from_beginning"],
    ),
    (63, "SIGHUP, SIGPIPE", &[]),
    (
        64,
        "SIGKILL",
        &[
            "kills::stages::killed_in_the_body",
            "kills::campaign::a_campaign_of_kills_among_faults",
        ],
    ),
    (
        65,
        "a power cut",
        &["kills::powercut::a_campaign_of_power_cuts"],
    ),
    (66, "a full disk", &[]),
    (67, "a ledger that somebody holds", &[]),
    (68, "a ledger that is damaged", &[]),
    (69, "a ledger from a backup", &[]),
    (70, "a clock that jumps", &[]),
    (71, "no file, no thread more", &[]),
    (
        72,
        "everything at once",
        &["kills::claims::everything_at_once_makes_no_copy"],
    ),
];

/// The names of all tests of this program, as it says itself.
fn tests() -> BTreeSet<String> {
    let listed = Command::new(std::env::current_exe().unwrap())
        .arg("--list")
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

/// The number in `faults::dial::fault_01_a_relay_…`.
fn number(test: &str) -> Option<u8> {
    let (_, name) = test.strip_prefix("faults::")?.split_once("::fault_")?;
    let (number, _) = name.split_once('_')?;
    Some(number.parse().expect("a number in two digits"))
}

#[test]
fn every_fault_of_the_catalogue_has_a_test() {
    let tests = tests();
    let numbered: BTreeSet<_> = tests.iter().filter_map(|test| number(test)).collect();
    for (place, (known, fault, elsewhere)) in CATALOGUE.iter().enumerate() {
        assert_eq!(usize::from(*known), place + 1);
        let is_tested = numbered.contains(known) || !elsewhere.is_empty();
        assert!(is_tested, "{known}, {fault}, has no test");
        for test in *elsewhere {
            assert!(tests.contains(*test), "{known}: there is no {test}");
        }
    }
    let strangers: Vec<_> = numbered
        .iter()
        .filter(|&&known| known > 72 || known == 0)
        .collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}
