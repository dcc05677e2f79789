//! What relay logs and mailboxes say of letters in doubt: excerpts as Postfix
//! and Exim write them, and `epistle resolve` with them.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Local, TimeDelta, Utc};
use epistle::evidence::{self, EvidenceError, Says, Sought, Verdict};
use epistle::sandbox::{Answer, Event};

use crate::site::{BULLETIN, ID, Site};

/// A folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("evidence-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The last is of a sender who had another domain.
fn id(letter: u8) -> String {
    let domain = if letter == 7 {
        "prayer.example"
    } else {
        "example.org"
    };
    format!("{:032x}@{domain}", u128::from(letter) << 100)
}

/// Looks for the letters 0 to 7 in logs, in this order.
fn searched(name: &str, logs: &[&str]) -> (Sought, Vec<evidence::Span>) {
    let folder = folder(name);
    let paths: Vec<_> = (0..logs.len())
        .map(|at| folder.join(format!("log{at}")))
        .collect();
    for (path, text) in paths.iter().zip(logs) {
        let mut text = (*text).to_owned();
        for letter in 0..8 {
            text = text.replace(&format!("ID{letter}"), &id(letter));
        }
        fs::write(path, text).unwrap();
    }
    let ids: Vec<_> = (0..8).map(id).collect();
    let mut sought = Sought::new(ids.iter().map(String::as_str));
    let spans = evidence::read_logs(&paths, &mut sought).unwrap();
    (sought, spans)
}

fn says(sought: &Sought, letter: usize) -> Vec<(u64, Says)> {
    let seen = sought.seen(letter).iter();
    seen.map(|sighting| (sighting.line, sighting.says))
        .collect()
}

const POSTFIX: &str = "\
Mar 20 06:00:00 mail postfix/smtpd[11]: 4XyZabCdEfz1: client=localhost[127.0.0.1]
Mar 20 06:00:00 mail postfix/cleanup[12]: 4XyZabCdEfz1: message-id=<ID0>
Mar 20 06:00:00 mail postfix/qmgr[9]: 4XyZabCdEfz1: from=<prayer@example.org>, size=20480, nrcpt=1 (queue active)
Mar 20 06:00:00 mail postfix/cleanup[12]: 1A2B3C: message-id=<other@elsewhere.example>
Mar 20 06:00:01 mail postfix/cleanup[12]: 7F00AA: message-id=<ID1>
Mar 20 06:00:01 mail postfix/qmgr[9]: 7F00AA: from=<prayer@example.org>, size=20480, nrcpt=1 (queue active)
Mar 20 06:00:01 mail postfix/smtp[13]: 1A2B3C: to=<x@elsewhere.example>, relay=none, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (no)
Mar 20 06:00:02 mail postfix/smtp[13]: 4XyZabCdEfz1: to=<anna@example.org>, relay=mx[192.0.2.1]:25, delay=2, delays=0/0/1/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 99)
Mar 20 06:00:02 mail postfix/qmgr[9]: 4XyZabCdEfz1: removed
Mar 20 06:00:03 mail postfix/smtp[13]: 7F00AA: to=<kofi@example.com>, relay=none, delay=2, delays=0/0/1/1, dsn=4.4.1, status=deferred (status=sent is not what it said)
Mar 20 06:10:03 mail postfix/smtp[13]: 7F00AA: to=<kofi@example.com>, relay=none, delay=2, delays=0/0/1/1, dsn=4.4.1, status=deferred (timeout)
Mar 20 06:20:03 mail postfix/smtp[13]: 7F00AA: to=<kofi@example.com>, relay=none, delay=2, delays=0/0/1/1, dsn=5.1.1, status=bounced (no such user)
Mar 20 06:20:03 mail postfix/bounce[14]: 7F00AA: sender non-delivery notification: 7F00AB
Mar 20 06:20:03 mail postfix/qmgr[9]: 7F00AA: removed
Mar 20 06:30:00 mail postfix/cleanup[12]: 7F00AC: message-id=<ID2>
Mar 20 06:30:01 mail postfix/smtpd[11]: lost connection after DATA (1234 bytes) from localhost[127.0.0.1]
Mar 20 06:30:02 mail postfix/cleanup[12]: 7F00AC: message-id=<somebody-elses-by-now@example.org>
Mar 20 06:30:02 mail postfix/qmgr[9]: 7F00AC: from=<x@example.org>, size=99, nrcpt=1 (queue active)
Mar 20 06:30:03 mail postfix/cleanup[12]: 7F00AD: message-id=<ID3>
Mar 20 06:30:03 mail postfix/cleanup[12]: 7F00AD: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 Spam; from=<prayer@example.org> to=<li@example.net> proto=ESMTP helo=<x>
Mar 20 06:30:04 mail postfix/cleanup[12]: 7F00AE: message-id=<ID4>
Mar 20 06:30:04 mail postfix/qmgr[9]: 7F00AE: from=<prayer@example.org>, size=20480, nrcpt=1 (queue active)
Mar 20 07:00:00 mail postfix/cleanup[12]: 4XyZabCdEfz1: message-id=<a-later-letter@example.org>
Mar 20 07:00:00 mail postfix/smtp[13]: 4XyZabCdEfz1: to=<x@example.org>, relay=none, dsn=5.0.0, status=bounced (another letter under this queue id)
Mar 20 07:00:01 mail myfilter: saw ID5 and let it pass
";

#[test]
fn postfix_is_followed_from_the_header_to_the_end() {
    use Says::{Begun, Bounced, Deferred, Named, Queued, Rejected, Sent};
    let (sought, spans) = searched("postfix", &[POSTFIX]);
    assert_eq!(says(&sought, 0), [(2, Begun), (3, Queued), (8, Sent)]);
    assert_eq!(
        says(&sought, 1),
        [(5, Begun), (6, Queued), (11, Deferred), (12, Bounced)]
    );
    assert_eq!(
        says(&sought, 2),
        [(15, Begun)],
        "the header alone is no proof"
    );
    assert_eq!(says(&sought, 3), [(19, Begun), (20, Rejected)]);
    assert_eq!(says(&sought, 4), [(21, Begun), (22, Queued)]);
    assert_eq!(says(&sought, 5), [(25, Named)]);
    let verdicts: Vec<_> = (0..7).map(|letter| sought.verdict(letter)).collect();
    use Verdict as V;
    assert_eq!(
        verdicts,
        [
            V::Sent,
            V::Bounced,
            V::Begun,
            V::Rejected,
            V::Queued,
            V::Named,
            V::NotFound
        ]
    );
    let taken: Vec<_> = verdicts.iter().map(|verdict| verdict.is_taken()).collect();
    assert_eq!(taken, [true, true, false, false, true, false, false]);
    assert_eq!(spans[0].lines, 25);
    let (from, to) = spans[0].reach().unwrap();
    assert_eq!(to - from, TimeDelta::seconds(3_601));
    assert!(to <= Utc::now() + TimeDelta::days(1));
}

#[test]
fn what_postfix_says_of_other_letters_is_said_of_none_of_ours() {
    use Says::{Begun, Queued};
    let log = "\
Mar 20 06:00:00 mail postfix/cleanup[12]: 7F00AE: message-id=<ID0>
Mar 20 06:00:00 mail postfix/qmgr[9]: 7F00AE: from=<prayer@example.org>, size=2, nrcpt=1 (queue active)
Mar 20 06:00:01 mail postfix/smtp[13]: 7F00AE1: to=<x@example.org>, relay=none, dsn=2.0.0, status=sent (under a longer queue id)
Mar 20 06:00:01 mail postfix/smtp[13]: 7F00A: to=<x@example.org>, relay=none, dsn=5.0.0, status=bounced (under a shorter one)
Mar 20 06:00:02 mail postfix/cleanup[12]: 7F00AF: message-id=<fID1>
Mar 20 06:00:02 mail postfix/qmgr[9]: 7F00AF: from=<x@example.org>, size=2, nrcpt=1 (queue active)
Mar 20 06:00:03 mail postfix/cleanup[12]: 7F00B0: message-id=<ID2>
Mar 20 06:00:03 mail postfix/qmgr[9]: 7F00B0: from=<prayer@example.org>, size=2, nrcpt=1 (queue active)
Mar 20 06:00:04 mail postfix/qmgr[9]: 7F00B0: removed
Mar 20 06:00:05 mail postfix/smtp[13]: 7F00B0: to=<x@example.org>, relay=none, dsn=5.0.0, status=bounced (after its end)
";
    let (sought, _) = searched("others", &[log]);
    assert_eq!(says(&sought, 0), [(1, Begun), (2, Queued)]);
    assert_eq!(says(&sought, 1), []);
    assert_eq!(says(&sought, 2), [(7, Begun), (8, Queued)]);
}

#[test]
fn what_postfix_refuses_or_gives_up_is_known_and_so_is_what_comes_after_much_else() {
    let often = |count, line: &str| line.repeat(count);
    let log = "\
Mar 20 06:00:00 mail postfix/cleanup[12]: 7F00AA: message-id=<ID0>
Mar 20 06:00:00 mail postfix/cleanup[12]: 7F00AA: reject: header Subject: Prayer from localhost[127.0.0.1]; from=<prayer@example.org> to=<anna@example.org> proto=ESMTP helo=<x>: 5.7.1 no
Mar 20 06:00:01 mail postfix/cleanup[12]: 7F00AB: message-id=<ID7>
Mar 20 06:00:01 mail postfix/qmgr[9]: 7F00AB: from=<prayer@example.org>, size=2, nrcpt=1 (queue active)
Mar 25 06:00:01 mail postfix/qmgr[9]: 7F00AB: from=<prayer@example.org>, status=expired, returned to sender
Mar 25 06:00:02 mail postfix/cleanup[12]: 7F00AC: message-id=<ID1>
"
    .to_owned()
        + &often(
            10,
            "\
Mar 25 06:00:02 mail postfix/qmgr[9]: 7F00AC: from=<prayer@example.org>, size=2, nrcpt=1 (queue active)
Mar 25 06:00:03 mail postfix/smtp[13]: 7F00AC: to=<li@example.net>, relay=none, dsn=4.0.0, status=deferred (later)
",
        )
        + "Mar 25 06:00:04 mail postfix/smtp[13]: 7F00AC: to=<li@example.net>, relay=none, dsn=5.0.0, status=bounced (no)\n"
        + &often(3, "Mar 25 06:00:05 mail myfilter: knows ID1 still\n");
    let (sought, _) = searched("refused", &[&log]);
    assert_eq!(sought.verdict(0), Verdict::Rejected);
    assert_eq!(sought.verdict(7), Verdict::Bounced);
    assert_eq!(sought.verdict(1), Verdict::Bounced, "{:?}", sought.seen(1));
    assert!(sought.seen(1).len() < 20);
}

#[test]
fn what_one_file_begins_another_ends_whatever_their_order() {
    let old = "2026-03-20T06:00:00.000001+01:00 mail postfix/cleanup[12]: 4XyZabCdEfz1: message-id=<ID0>\n\
               2026-03-20T06:00:00.000002+01:00 mail postfix/qmgr[9]: 4XyZabCdEfz1: from=<prayer@example.org>, size=2, nrcpt=1 (queue active)\n";
    let new = "2026-03-20T06:00:01.500000+01:00 mail postfix/smtp[13]: 4XyZabCdEfz1: to=<anna@example.org>, relay=mx, dsn=2.0.0, status=sent (250 ok)\n";
    let (sought, spans) = searched("rotated", &[new, old]);
    assert_eq!(sought.verdict(0), Verdict::Sent);
    let files: Vec<_> = sought
        .seen(0)
        .iter()
        .map(|seen| seen.file.ends_with("log0"))
        .collect();
    assert_eq!(files, [false, false, true]);
    assert_eq!(
        spans[0].from.unwrap().to_rfc3339(),
        "2026-03-20T05:00:00+00:00"
    );
}

#[test]
fn a_log_reaches_as_far_as_its_lines_whatever_their_order_and_form() {
    let at = |spans: &[evidence::Span]| {
        let (from, to) = spans[0].reach().unwrap();
        (from.to_rfc3339(), to.to_rfc3339())
    };
    // A newer file was put before an older one.
    let newer = "2026-03-20T07:00:00Z mail postfix/anvil[1]: statistics\n".repeat(1_000);
    let older = "2026-03-20T06:00:00Z mail x\n2026-03-20T06:30:00Z mail y\n";
    let (_, spans) = searched("reach", &[&(newer + older)]);
    let whole = [
        "2026-03-20T06:00:00+00:00".to_owned(),
        "2026-03-20T07:00:00+00:00".to_owned(),
    ];
    assert_eq!(at(&spans), whole.clone().into());
    // With the priority that a syslog may write, and a line that goes on below.
    let form = "<22>2026-03-20T06:00:00Z mail x\n<22>2026-03-20T07:00:00Z mail y\n\tand more\n";
    let (_, spans) = searched("priority", &[form]);
    assert_eq!(at(&spans), whole.into());
}

#[test]
fn what_bounces_behind_a_filter_has_bounced() {
    let log = "\
Mar 20 06:00:00 mail postfix/cleanup[12]: 7F00AA: message-id=<ID0>
Mar 20 06:00:01 mail postfix/cleanup[12]: 7F00AB: message-id=<ID0>
Mar 20 06:00:01 mail postfix/smtp[13]: 7F00AA: to=<anna@example.org>, relay=127.0.0.1, dsn=2.0.0, status=sent (250 from the filter: queued as 7F00AB)
Mar 20 06:00:02 mail postfix/smtp[13]: 7F00AB: to=<anna@example.org>, relay=mx, dsn=5.1.1, status=bounced (no such user)
";
    let (sought, _) = searched("filter", &[log]);
    assert_eq!(sought.verdict(0), Verdict::Bounced);
}

#[test]
fn exim_has_a_letter_when_it_says_so() {
    use Says::{Bounced, Deferred, Named, Queued, Sent};
    let log = "\
2026-03-20 06:00:00 1tUabc-0000000001X-2abc <= prayer@example.org H=localhost [127.0.0.1] P=esmtp S=20480 id=ID0
2026-03-20 06:00:00 1abcde-0001ab-AB <= prayer@example.org H=localhost [127.0.0.1] P=esmtp S=20480 id=ID1
2026-03-20 06:00:00 1tUabc-0000000002X-2abc <= else@example.org H=x [192.0.2.9] P=esmtp S=1 id=other@example.org
2026-03-20 06:00:01 +0100 [77] 1tUabc-0000000003X-2abc <= prayer@example.org P=esmtp S=20480 id=ID2
2026-03-20 06:00:01 1tUabc-0000000001X-2abc => anna@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1] C=\"250 OK\"
2026-03-20 06:00:01 1tUabc-0000000001X-2abc Completed
2026-03-20 06:00:02 1abcde-0001ab-AB ** kofi@example.com R=dnslookup T=remote_smtp: 550 no such user
2026-03-20 06:00:02 1tUabc-0000000002X-2abc => x@example.org R=dnslookup T=remote_smtp
2026-03-20 06:00:03 +0100 [78] 1tUabc-0000000003X-2abc == li@example.net R=dnslookup T=remote_smtp defer (110): Connection timed out
2026-03-20 06:00:04 1tUabc-0000000001X-2abc => nobody@example.org R=x T=y
2026-03-20 06:00:04 1tUabc-0000000005X-2abc <= prayer@example.org P=esmtp S=20480 id=ID5
2026-03-20 06:00:04 1tUabc-0000000005X-2abc -> li@example.net <alias@example.net> R=dnslookup T=remote_smtp
2026-03-20 06:00:05 1tUabc-0000000004X-2abc H=localhost [127.0.0.1] F=<prayer@example.org> rejected after DATA: id ID3 looks bad
";
    let (sought, _) = searched("exim", &[log]);
    assert_eq!(says(&sought, 0), [(1, Queued), (5, Sent)]);
    assert_eq!(says(&sought, 1), [(2, Queued), (7, Bounced)]);
    assert_eq!(says(&sought, 2), [(4, Queued), (9, Deferred)]);
    assert_eq!(says(&sought, 3), [(13, Named)]);
    assert_eq!(says(&sought, 5), [(11, Queued), (12, Sent)]);
    let verdicts: Vec<_> = (0..5).map(|letter| sought.verdict(letter)).collect();
    use Verdict as V;
    assert_eq!(
        verdicts,
        [V::Sent, V::Bounced, V::Queued, V::Named, V::NotFound]
    );
}

#[test]
fn mailboxes_have_letters_answers_and_what_came_back() {
    let folder = folder("maildir");
    let put = |place: &str, text: String| {
        let path = folder.join("Mail").join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let report = |action: &str, letter| {
        format!(
            "From: MAILER-DAEMON@mail.example.org\nMessage-ID: <b@mail.example.org>\nContent-Type: multipart/report;\n boundary=x\n\n--x\n\nsorry\n--x\nContent-Type: message/delivery-status\n\nAction: {action}\n\n--x\n\nMessage-ID: <{}>\n--x--\n",
            id(letter)
        )
    };
    put(
        "new/1.x",
        format!("Subject: a\r\nMessage-ID:\r\n <{}>\r\n\r\nText\r\n", id(0)),
    );
    put(".Sub.Folder/cur/2.x:2,S", report("failed", 1));
    put("cur/3.x", report("delayed", 2));
    put(
        "cur/4.x",
        format!("From: a@b\nIn-Reply-To: <{}>\n\nThank you\n", id(3)),
    );
    put("cur/5.x", format!("From: a@b\n\nWhat about <{}>?\n", id(4)));
    put("tmp/6.x", format!("Message-ID: <{}>\n\n", id(5)));
    let mbox = folder.join("mbox");
    let text = format!(
        "From a Thu Jan  1 00:00:00 1970\nSubject: x\n\nFrom here: it was said\n\nFrom here\n\nFrom b Thu Jan  1 00:00:00 1970\nMESSAGE-ID: <{}>\n\nText\n",
        id(6)
    );
    fs::write(&mbox, text).unwrap();

    let ids: Vec<_> = (0..8).map(id).collect();
    let mut sought = Sought::new(ids.iter().map(String::as_str));
    let count = evidence::read_mailbox(&folder.join("Mail"), &mut sought).unwrap();
    assert_eq!(count, 5);
    assert_eq!(evidence::read_mailbox(&mbox, &mut sought).unwrap(), 2);
    let seen: Vec<_> = (0..8).map(|letter| says(&sought, letter)).collect();
    assert_eq!(seen[0], [(3, Says::InMailbox)]);
    assert_eq!(seen[1], [(16, Says::Bounced)]);
    assert_eq!(seen[2], [(16, Says::Deferred)]);
    assert_eq!(seen[3], [(2, Says::Answered)]);
    assert_eq!(seen[4], [(3, Says::Named)], "anybody may write that");
    assert_eq!(seen[5], []);
    assert_eq!(seen[6], [(9, Says::InMailbox)]);
    let none = evidence::read_mailbox(&folder.join("Mail/tmp"), &mut sought);
    assert!(matches!(none, Err(EvidenceError::NoMaildir(_))), "{none:?}");
    let gone = evidence::read_mailbox(&folder.join("none"), &mut sought);
    assert!(matches!(gone, Err(EvidenceError::Io { .. })), "{gone:?}");
}

#[test]
fn what_came_back_is_known_by_either_sign_and_a_text_is_no_sign() {
    let folder = folder("maildir-signs");
    let put = |place: &str, text: String| {
        let path = folder.join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    // Exim's reports have no type and no action; others come from elsewhere.
    put(
        "cur/1",
        format!(
            "From: Mail Delivery System <Mailer-Daemon@x.example>\n\nIt could not be delivered.\n\nMessage-ID: <{}>\n",
            id(0)
        ),
    );
    put(
        "cur/2",
        format!(
            "From: postmaster@x.example\nContent-Type: multipart/report; boundary=x\n\nAction: delayed\n\nMessage-ID: <{}>\n",
            id(1)
        ),
    );
    put(
        "cur/3",
        format!(
            "From: a@b\nReferences: <another@example.org>\n\t<{}>\n\nThank you\n",
            id(2)
        ),
    );
    put(
        "cur/4",
        format!(
            "From: a@b\n\nAction: failed\nFrom a Thu Jan  1 00:00:00 1970\nMessage-ID: <{}>\n",
            id(3)
        ),
    );
    // Where a link leads to is another mailbox.
    put("elsewhere/5", format!("Message-ID: <{}>\n\n", id(4)));
    std::os::unix::fs::symlink(folder.join("elsewhere/5"), folder.join("cur/5")).unwrap();

    let ids: Vec<_> = (0..8).map(id).collect();
    let mut sought = Sought::new(ids.iter().map(String::as_str));
    assert_eq!(evidence::read_mailbox(&folder, &mut sought).unwrap(), 4);
    let seen: Vec<_> = (0..5).map(|letter| says(&sought, letter)).collect();
    assert_eq!(seen[0], [(5, Says::Bounced)]);
    assert_eq!(seen[1], [(6, Says::Deferred)]);
    assert_eq!(seen[2], [(3, Says::Answered)]);
    assert_eq!(seen[3], [(5, Says::Named)]);
    assert_eq!(seen[4], []);
}

/// A site whose relay is lost at the first two dots.
fn in_doubt(name: &str) -> Site {
    let site = Site::scripted(name, |scene| match scene.event {
        Event::Dot if scene.letters < 2 && scene.connection < 2 => Answer::TakeAndCut,
        _ => Answer::Usual,
    })
    .bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    site.ends(1, &["send", BULLETIN, "--yes"]);
    site
}

/// What a Postfix might have logged of the first letter in doubt, on this machine's clock.
fn log_of(site: &Site, minutes: [i64; 2]) -> String {
    let json = site.json(0, &["resolve", ID, "--json"]);
    let letter = &json["letters"][0];
    let id = letter["message_id"].as_str().unwrap();
    assert!(
        site.letter_to(letter["address"].as_str().unwrap())
            .contains(&format!("Message-ID: <{id}>")),
        "it is the letter's own"
    );
    let time = letter["time"].as_str().unwrap();
    let at = DateTime::parse_from_rfc3339(time).unwrap();
    let at = |minutes| {
        let at = (at + TimeDelta::minutes(minutes)).with_timezone(&Local);
        at.format("%b %e %H:%M:%S").to_string()
    };
    let (before, now, behind) = (at(minutes[0]), at(0), at(minutes[1]));
    format!(
        "{before} mail postfix/anvil[1]: statistics: max 1\n\
         {now} mail postfix/cleanup[12]: 4XyZabCdEfz1: message-id=<{id}>\n\
         {now} mail postfix/qmgr[9]: 4XyZabCdEfz1: from=<prayer@example.org>, size=2, nrcpt=1 (queue active)\n\
         {now} mail postfix/smtp[13]: 4XyZabCdEfz1: to=<anna@example.org>, relay=mx, dsn=2.0.0, status=sent (250 ok)\n\
         {behind} mail postfix/anvil[1]: statistics: max 1\n"
    )
}

#[test]
fn resolve_shows_what_the_log_says_and_decides_on_a_word_alone() {
    let site = in_doubt("evidence-log");
    site.put("mail.log", &log_of(&site, [-20, 5]));
    let listed = ["resolve", ID, "--log", "mail.log"];
    let quiet = site.ends(0, &listed);
    quiet.names_nobody();
    assert_eq!(quiet.err, "");
    insta::assert_snapshot!("listed", without_ids(&site.steady(&quiet.out)));
    let json = site.json(0, &[&listed[..], &["--json"]].concat());
    assert_eq!(json["unknown"], 2);
    let told = |key: &str| [&json["letters"][0][key], &json["letters"][1][key]].map(Clone::clone);
    assert_eq!(told("verdict"), ["sent", "not-found"]);
    assert_eq!(told("covered"), [true, true]);
    assert_eq!(json["letters"][0]["evidence"][2]["says"], "sent");
    assert_eq!(json["letters"][0]["evidence"][2]["line"], 4);
    assert_eq!(json["searched"]["logs"][0]["lines"], 5);
    let other = json["letters"][1]["address"].clone();

    // Whatever was seen or not seen, nothing has changed; and what was not found stays as it is.
    site.ends(2, &["resolve", ID, "--arrived", "--found"]);
    site.ends(
        2,
        &[
            "resolve",
            ID,
            "--send-again",
            "--found",
            "--log",
            "mail.log",
        ],
    );
    site.ends(
        2,
        &["resolve", ID, "--send-again", "--all", "--log", "mail.log"],
    );
    assert_eq!(site.json(0, &["status", ID, "--json"])["unknown"], 2);
    let decided = [&listed[..], &["--arrived", "--found", "--json"]].concat();
    assert_eq!(site.json(0, &decided)["changed"], 1);
    let json = site.json(0, &["status", ID, "--json"]);
    assert_eq!([&json["accepted"], &json["unknown"]], [2, 1]);
    assert_eq!(json["letters"][0]["address"], other);
    assert_eq!(
        site.json(0, &decided)["changed"],
        0,
        "there is nothing more to find"
    );
    assert_eq!(site.json(0, &["status", ID, "--json"])["unknown"], 1);
}

/// Message-IDs and times of logs differ from run to run.
fn without_ids(text: &str) -> String {
    let words = text.split_inclusive(' ').map(|word| match word.find('@') {
        Some(at) if word.starts_with('<') && at == 33 => format!("<ID{}", &word[at..]),
        _ => word.to_owned(),
    });
    words.collect()
}

#[test]
fn absence_says_something_only_where_the_log_spans_the_attempt() {
    let site = in_doubt("evidence-absent");
    for (minutes, covered) in [([-20, 5], true), ([-2, 5], false), ([-20, 0], false)] {
        let log = log_of(&site, minutes);
        let others: String = log
            .lines()
            .filter(|line| !line.contains("4XyZ"))
            .map(|line| format!("{line}\n"))
            .collect();
        site.put("mail.log", &others);
        let listed = ["resolve", ID, "--log", "mail.log"];
        let json = site.json(0, &[&listed[..], &["--json"]].concat());
        assert_eq!(json["letters"][0]["verdict"], "not-found");
        assert_eq!(json["letters"][0]["covered"], covered, "{minutes:?}");
        let told = site.ends(0, &listed).out;
        assert_eq!(told.contains("which says nothing"), !covered, "{told}");
        assert_eq!(
            told.contains("reach from before the attempt"),
            covered,
            "{told}"
        );
        // Of its header alone no more is known.
        let queued = |line: &&str| line.contains("queue active") || line.contains("status=");
        let begun: String = log
            .lines()
            .filter(|line| !queued(line))
            .map(|line| format!("{line}\n"))
            .collect();
        site.put("mail.log", &begun);
        let told = site.ends(0, &listed).out;
        assert!(told.contains("the relay has seen its header"), "{told}");
        assert_eq!(told.contains("don't reach far enough"), !covered, "{told}");
    }
}

#[test]
fn what_lies_in_a_mailbox_is_found_without_naming_its_owner() {
    let site = in_doubt("evidence-mailbox");
    let json = site.json(0, &["resolve", ID, "--json"]);
    let id = json["letters"][0]["message_id"].as_str().unwrap();
    fs::create_dir_all(site.path("anna@example.org/new")).unwrap();
    site.put("anna@example.org/new/1", &format!("Message-ID: <{id}>\n\n"));
    let listed = ["resolve", ID, "--maildir", "anna@example.org"];
    let json = site.json(0, &[&listed[..], &["--json"]].concat());
    assert_eq!(json["letters"][0]["verdict"], "sent");
    assert_eq!(json["searched"]["mailboxes"][0]["mails"], 1);
    let told = site.ends(0, &listed);
    let (letters, _) = told.out.split_once("searched:").unwrap();
    assert!(letters.contains("1:1: lies in the mailbox"), "{told:?}");
    assert!(!letters.contains("anna"), "{told:?}");
}

#[test]
fn without_the_key_nothing_is_said_of_a_log() {
    let site = in_doubt("evidence-no-key");
    site.put("mail.log", "");
    fs::remove_file(site.path("epistle.key")).unwrap();
    let told = site.epistle(&["resolve", ID, "--log", "mail.log"]);
    assert_ne!(told.code, 0, "{told:?}");
    assert!(told.err.contains("its key is gone"), "{told:?}");
}

#[test]
fn logs_come_from_standard_input_and_compressed_ones_are_named() {
    let site = in_doubt("evidence-input");
    let log = log_of(&site, [-20, 5]);
    site.put("mail.log", &log);
    let mut command = site.command(&["resolve", ID, "--log", "-", "--json"]);
    command.stdin(fs::File::open(site.path("mail.log")).unwrap());
    let output = command.output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["letters"][0]["verdict"], "sent");
    assert_eq!(json["letters"][0]["evidence"][0]["file"], "standard input");

    fs::write(site.path("mail.log.2.gz"), b"\x1f\x8b\x08\0\0").unwrap();
    let told = site.ends(3, &["resolve", ID, "--log", "mail.log", "mail.log.2.gz"]);
    insta::assert_snapshot!("compressed", told.err);
    let told = site.ends(3, &["resolve", ID, "--log", "none.log"]);
    assert!(told.err.contains("none.log"), "{told:?}");
    let told = site.ends(3, &["resolve", ID, "--maildir", "bulletins"]);
    assert!(told.err.contains("no Maildir"), "{told:?}");
}

#[test]
fn at_a_terminal_each_or_all_are_asked_for() {
    let counts = |site: &Site| {
        let json = site.json(0, &["status", ID, "--json"]);
        ["accepted", "cancelled", "pending", "unknown"].map(|key| json[key].as_u64().unwrap())
    };
    let site = in_doubt("evidence-asked");
    site.put("mail.log", &log_of(&site, [-20, 5]));
    let listed = format!("resolve {ID} --log mail.log");
    let none = site.at_terminal(&listed, &["\n"]);
    assert_eq!((none.code, counts(&site)), (0, [1, 0, 0, 2]));
    // The relay has the first: to send all again asks once more.
    let no = site.at_terminal(&listed, &["again\n", "no\n"]);
    assert_eq!((no.code, counts(&site)), (0, [1, 0, 0, 2]));
    let quit = site.at_terminal(&listed, &["?\n", "q\n"]);
    assert_eq!((quit.code, counts(&site)), (0, [1, 0, 0, 2]));
    assert!(
        quit.tells("each         asks for each by itself")
            && quit.tells("2 letters are left undecided, and stay in doubt."),
        "{quit:#?}"
    );
    let each = site.at_terminal(&listed, &["each\n", "arrived\n", "agian\n", "again\n"]);
    assert_eq!((each.code, counts(&site)), (0, [2, 0, 1, 0]));
    let shown = without_ids(&site.steady(&each.out));
    let shown: Vec<_> = shown
        .lines()
        .filter(|line| !line.contains(" mail postfix/"))
        .collect();
    insta::assert_snapshot!("asked", shown.join("\n"));

    let site = in_doubt("evidence-some");
    let some = site.at_terminal(&format!("resolve {ID}"), &["each\n", "leave\n", "q\n"]);
    assert_eq!((some.code, counts(&site)), (0, [1, 1, 0, 1]), "{some:?}");
    assert!(
        some.tells("1 letter not sent again.") && some.tells("1 letter is left undecided"),
        "{some:#?}"
    );

    let site = in_doubt("evidence-all");
    let all = site.at_terminal(&format!("resolve {ID}"), &["leave\n"]);
    assert_eq!((all.code, counts(&site)), (0, [1, 2, 0, 0]), "{all:?}");
}
