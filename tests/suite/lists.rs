//! Lists of recipients as staff, spreadsheets and other programs write them.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use epistle::diagnostic::{Diagnostic, Severity};
use epistle::people::list::{self, Entry, Fault, ListError, Problem, Row};
use proptest::prelude::*;

use crate::support::{self, drawn};

/// A file of its own for one test, which only its owner can read, gone at the test's end.
struct File(PathBuf);

impl File {
    fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// All that a list says.
#[derive(Debug)]
struct Read {
    entries: Vec<Entry>,
    faults: Vec<Fault>,
    findings: Vec<Diagnostic>,
}

fn read_path(path: &Path) -> Result<Read, ListError> {
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    let findings = list::read(path, &mut |row| {
        match row {
            Row::Entry(entry) => entries.push(entry),
            Row::Fault(fault) => faults.push(fault),
        }
        ControlFlow::Continue(())
    })?;
    Ok(Read {
        entries,
        faults,
        findings,
    })
}

fn read(name: &str, bytes: impl AsRef<[u8]>) -> Read {
    read_path(&File::new(name, bytes).0).unwrap()
}

/// Who is on the list, one a line: line, address, name, language, groups.
fn people(read: &Read) -> Vec<String> {
    let person = |entry: &Entry| {
        let recipient = &entry.recipient;
        format!(
            "{} {} {} {} {}",
            entry.place.line,
            recipient.address,
            recipient.name.as_ref().map_or("-", |name| name.as_str()),
            recipient.language.as_ref().map_or("-", |tag| tag.tag()),
            entry.groups.join("+"),
        )
        .trim_end()
        .to_owned()
    };
    read.entries.iter().map(person).collect()
}

/// The faults as they are shown, without the folder of the file.
fn told(read: &Read) -> Vec<String> {
    let folder = format!("{}/", env!("CARGO_TARGET_TMPDIR"));
    read.faults
        .iter()
        .map(|fault| fault.to_string().replace(&folder, ""))
        .collect()
}

fn assert_sound(read: &Read) {
    assert!(read.faults.is_empty(), "{:#?}", told(read));
    assert!(read.findings.is_empty(), "{}", drawn(&read.findings));
}

const FULL: &str = "email,name,language,groups\n";

#[test]
fn the_example_is_read_without_a_fault() {
    let read = read_path(&support::path("recipients.example.toml")).unwrap();
    assert_sound(&read);
    assert_eq!(
        people(&read),
        [
            "4 anna@example.org Anna Beispiel en staff",
            "10 kofi@example.com Kofi Example -",
            "14 prayer-group@example.net - -",
        ]
    );
}

#[test]
fn a_spreadsheet_s_csv_is_read() {
    // A byte order mark, CRLF, padding, empty columns and rows at the end, large letters.
    let text = "\u{FEFF} Email ;NAME; Language ;Groups;;\r\n\
        anna@example.org ;\" Beispiel; Anna \"; EN ;staff | prayer |staff;;\r\n\
        \r\n\
        kofi@example.com;\"Kofi \"\"K\"\" Example\";;\"a;b\";;\r\n\
        ;;;;;\r\n\
        zoë@example.net;;pt-br;;;";
    let read = read("excel.csv", text);
    assert_sound(&read);
    assert_eq!(
        people(&read),
        [
            "2 anna@example.org Beispiel; Anna en staff+prayer",
            "4 kofi@example.com Kofi \"K\" Example - a+b",
            "6 zoë@example.net - pt-BR",
        ]
    );
}

#[test]
fn commas_semicolons_tabs_and_every_line_end_mean_the_same() {
    let lines = [
        "name,address,groups",
        "Anna,anna@example.org,a;b",
        "\"x@y\",kofi@example.com,",
    ];
    let expected = ["2 anna@example.org Anna - a+b", "3 kofi@example.com x@y -"];
    for (name, separator) in [("same.csv", ","), ("same.TXT", ";"), ("same.tsv", "\t")] {
        for end in ["\n", "\r\n", "\r"] {
            let text = lines
                .join(end)
                .replace("a;b", "\"a;b\"")
                .replace(',', separator);
            let read = read(name, &text);
            assert_sound(&read);
            assert_eq!(people(&read), expected, "{text:?}");
        }
    }
}

#[test]
fn padding_before_a_quotation_mark_is_no_part_of_the_field() {
    let read = read(
        "padded.csv",
        format!("{FULL}a@example.org, \"Beispiel, Anna\" , en, \"x;y\"\n"),
    );
    assert_sound(&read);
    assert_eq!(people(&read), ["2 a@example.org Beispiel, Anna en x+y"]);
}

#[test]
fn lines_after_quoted_line_ends_and_blank_ones_are_those_of_an_editor() {
    let text = "email,note\r\n\r\na@example.org,\"one\r\ntwo\r\n\r\nfour\"\r\n\n\nb@example.org,\nnobody,x\n";
    let read = read("lines.csv", text);
    assert_eq!(
        people(&read),
        ["3 a@example.org - -", "9 b@example.org - -"]
    );
    assert_eq!(
        told(&read),
        ["lines.csv:10:1: this is no address: it has no @"]
    );
}

#[test]
fn every_fault_of_a_row_is_told_with_its_place() {
    let text = "name;email;language;groups\n\
        \"An\nna\";anna@example.org;english;\"x;a\u{7}b\"\n\
        Ben;ben@@example.org;en;\n\
        Carla;;en;\n\
        Dörte;dörte@example.org;en\n\
        Emil;emil@example.org;en;;;more\n";
    let read = read("faults.csv", text);
    assert!(read.entries.is_empty(), "{:?}", people(&read));
    assert_eq!(
        told(&read),
        [
            "faults.csv:2:2: this can't be the name: a name can't have a line end or another character that can't be seen (U+000A)",
            // The name may have swallowed a row, so that the second line is read by itself.
            "faults.csv:3:22: this can't be the language: it is no language tag such as en, de or pt-BR",
            "faults.csv:3:31: this can't be a group: it has a character that can't be seen (U+0007)",
            "faults.csv:4:5: this is no address: the part before the @ can't have the character '@'",
            "faults.csv:5:7: there is no address",
            "faults.csv:6: this row has 3 fields and the header 4; a field with a separator inside stands between quotation marks",
            "faults.csv:7: this row has 6 fields and the header 4; a field with a separator inside stands between quotation marks",
        ]
    );
}

#[test]
fn groups_stand_apart_by_whatever_does_not_separate_the_columns() {
    for text in [
        "email,groups\na@example.org,staff;friends\na@example.org,staff|friends\na@example.org,\"staff, friends\"\n",
        "email;groups\na@example.org;staff,friends\na@example.org;staff| friends\na@example.org;\"staff;friends\"\n",
        "email\tgroups\na@example.org\tstaff,friends\na@example.org\tstaff;;friends\na@example.org\tstaff|friends\n",
    ] {
        let read = read("groups.csv", text);
        assert_eq!(told(&read), [""; 0], "{text}");
        let groups: Vec<_> = read.entries.iter().map(|entry| &entry.groups).collect();
        assert_eq!(groups, [&["staff", "friends"]; 3], "{text}");
    }
}

#[test]
fn bytes_that_are_no_text_are_a_fault_of_their_row_alone() {
    let bytes = b"email,name\na@example.org,Zo\xEB\nb@example.org,Zo\xC3\xAB\n";
    let read = read("latin.csv", bytes);
    assert_eq!(people(&read), ["3 b@example.org Zoë -"]);
    assert_eq!(
        told(&read),
        [
            "latin.csv:2:17: this is not UTF-8 text; save the list as UTF-8 (in Excel, as “CSV UTF-8”)"
        ]
    );
}

#[test]
fn an_open_quotation_mark_swallows_nobody() {
    let rows: String = (0..2_000).fold(String::new(), |mut rows, number| {
        let _ = writeln!(rows, "p{number}@example.org,Person {number},\"a, b\"");
        rows
    });
    // Closed nowhere, by the next mark there is, and by a stray one at the end of a line.
    for (name, tail) in [
        ("open.csv", rows.replace('"', "").replace("a, b", "a")),
        ("next.csv", rows.clone()),
        (
            "stray.csv",
            format!("q@example.org,Q,\"\"\"\"\nr@example.org,R,x\"\n{rows}"),
        ),
    ] {
        let text = format!(
            "email,name,note\nfirst@example.org,F,\"one\ntwo\"\nbad@example.org,Anna,\"no end\n{tail}"
        );
        let read = read(name, &text);
        let last_line = text.lines().count() as u64;
        assert_eq!(read.faults[0].place.line, 4, "{name}: {:?}", told(&read));
        assert_eq!(read.faults[0].column, Some(22), "{name}: {:?}", told(&read));
        assert!(read.faults.len() <= 2, "{name}: {:#?}", told(&read));
        assert_eq!(
            read.entries.last().map(|entry| entry.place.line),
            Some(last_line),
            "{name}"
        );
        let people = read.entries.len() as u64;
        assert_eq!(
            people,
            last_line - 3 - read.faults.len() as u64 + 1,
            "{name}"
        );
    }
}

#[test]
fn a_quotation_mark_is_told_once_and_where_it_opens() {
    let text = "email,note,more\na@example.org,\"one\ntwo\",\"open\nb@example.org,,\n";
    let read = read("opens.csv", text);
    assert_eq!(people(&read), ["4 b@example.org - -"]);
    assert_eq!(
        told(&read),
        [
            "opens.csv:3:6: the quotation mark that opens here is not closed, within 64 KiB or at all"
        ]
    );
}

#[test]
fn a_note_may_be_closed_by_the_stray_mark_of_another_row() {
    // Well-formed to every CSV reader, and yet the second person would be lost in the note.
    let text = "email,name,note\na@example.org,Anna,\"n\nb@example.org,Ben,x\"\nc@example.org,Carla,\"ask\ncarla@example.org, later\"\n";
    let read = read("note.csv", text);
    assert_eq!(
        people(&read),
        ["3 b@example.org Ben -", "4 c@example.org Carla -"]
    );
    assert_eq!(
        told(&read),
        [
            "note.csv:2:20: a line between these quotation marks is itself a row of the list; a mark is missing, or one too much"
        ]
    );
}

#[test]
fn a_row_without_end_is_one_fault_and_little_memory() {
    let long = "x".repeat(3 * list::MAX_ROW);
    let text =
        format!("email,name\na@example.org,{long}\nb@example.org,\"{long}\nc@example.org,C\n");
    let read = read("long.csv", text);
    assert_eq!(people(&read), ["4 c@example.org C -"]);
    assert_eq!(
        told(&read),
        [
            "long.csv:2:1: this row is longer than 64 KiB",
            "long.csv:3:15: the quotation mark that opens here is not closed, within 64 KiB or at all",
        ]
    );
}

#[test]
fn nothing_matches_by_a_part_of_it() {
    let read = read(
        "parts.csv",
        "email,groups,emails\na@example.org,inactive,x@example.org\n",
    );
    assert_eq!(people(&read), ["2 a@example.org - - inactive"]);
}

/// What a command would print of a list: its findings, or why there are none.
fn shown(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let folder = format!("{}/", env!("CARGO_TARGET_TMPDIR"));
    match read_path(&File::new(name, bytes).0) {
        Ok(read) => drawn(&read.findings),
        Err(error) => error.to_string(),
    }
    .replace(&folder, "")
}

#[test]
fn findings_about_the_whole_list() {
    insta::assert_snapshot!(
        "columns",
        shown(
            "columns.csv",
            "\r\n\r\nEmails;email;grouops;;Straße;address\r\n;a@example.org;;;;\r\n"
        )
    );
    insta::assert_snapshot!("nobody", shown("nobody.csv", "email,name\n,\n\n"));
    assert!(shown("nobody.toml", "# nobody yet\n").contains("[empty-list]"));
    assert!(
        shown("latin-header.csv", b"email,Pr\xE9nom\na@example.org,x\n").contains("[not-utf-8]")
    );
}

#[test]
fn a_list_without_usable_columns_is_an_error() {
    for (name, bytes, told) in [
        (
            "empty.csv",
            b"".as_slice(),
            "empty.csv is empty: its first line names the columns",
        ),
        ("blank.csv", b"\xEF\xBB\xBF\r\n\r\n", "blank.csv is empty"),
        ("utf-16.csv", b"\xFF\xFEe\0m\0", "utf-16.csv is UTF-16 text"),
        (
            "people.csv",
            b"anna@example.org,Anna\n",
            "people.csv:1: the first line names no columns",
        ),
        (
            "mail.csv",
            b"Mail,Name\n",
            "there is no column `email`; found `Mail`, `Name`: call that of the addresses `email`",
        ),
        (
            "twice.csv",
            b"email,name,Name\n",
            "there are two columns `name`; keep one",
        ),
        (
            "quote.csv",
            b"\"email,name\na@example.org,x\n",
            "quote.csv:1: the columns can't be read",
        ),
        (
            "list.xlsx",
            b"PK",
            "list.xlsx is no list: its name must end in .csv, .tsv, .txt or .toml",
        ),
        ("list", b"", "list is no list"),
    ] {
        let shown = shown(name, bytes);
        assert!(shown.contains(told), "{name}: {shown}");
        assert!(!shown.contains("anna"), "{shown}");
    }
    for name in ["no/such.csv", "no/such.toml"] {
        let missing = read_path(Path::new(name)).unwrap_err().to_string();
        let told = format!(
            "there is no file {name}: `recipients` in the settings says where the lists are"
        );
        assert_eq!(missing, told);
    }
}

#[test]
fn a_list_that_others_can_read_is_told_with_the_mend() {
    let file = File::new("others.csv", "email\na@example.org\n");
    let modes = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        drawn(&read_path(path).unwrap().findings)
    };
    let folder = format!("{}/", env!("CARGO_TARGET_TMPDIR"));
    insta::assert_snapshot!("others", modes(&file.0, 0o640).replace(&folder, ""));
    assert!(modes(&file.0, 0o604).contains("readable-by-others"));
    assert_eq!(modes(&file.0, 0o600), "");
    let example = File::new("others.example.csv", "email\na@example.org\n");
    assert_eq!(modes(&example.0, 0o644), "");
}

#[test]
fn reading_ends_when_the_caller_has_enough() {
    for (name, text) in [
        ("enough.csv", "email\na@example.org\nx\nb@example.org\n"),
        (
            "enough.toml",
            "[[recipient]]\nemail = \"a@example.org\"\n[[recipient]]\nemail = \"x\"\n[[recipient]]\nemail = \"b@example.org\"\n",
        ),
    ] {
        let file = File::new(name, text);
        for most in 1..=3 {
            let mut seen = 0;
            let ended = list::read(&file.0, &mut |_| {
                seen += 1;
                if seen == most {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(ended.is_ok());
            assert_eq!(seen, most, "{name}");
        }
    }
}

#[test]
fn every_fault_of_a_toml_list_is_told_with_its_place() {
    let text = r#"
[[recipient]]
email = "a@example.org"
groups = ["x", 3, " ", "y"]

[[recipient]]
email = anna@example.org

[[recipient]]
emial = "b@example.org"

[[recipient]]
name = "Nobody"
language = "english"

[[recipient]]
email = "c@example.org"
address = "d@example.org"

[[recipient]]
email = "anna.example.org"
name = "An\u0007na\u0008"
groups = "staff"

[[recipient]]
email = "ok@example.org"
name = "Ok"
groups = [
  "a",
  "b",
]

[settings]
x = 1
"#;
    let read = read("faults.toml", text);
    assert_eq!(people(&read), ["25 ok@example.org Ok - a+b"]);
    insta::assert_snapshot!("toml_faults", told(&read).join("\n"));
}

#[test]
fn inline_tables_are_recipients_too() {
    let read = read(
        "inline.toml",
        "recipient = [\n  { email = \"a@example.org\", groups = [\"x\", \"x\"] },\n  3,\n  { email = \"b@example.org\" },\n]\n",
    );
    assert_eq!(
        people(&read),
        ["2 a@example.org - - x", "4 b@example.org - -"]
    );
    assert_eq!(told(&read).len(), 1);
}

#[test]
fn a_toml_list_has_a_limit_and_names_the_way_on() {
    let people = |count| "[[recipient]]\nemail = \"a@example.org\"\n".repeat(count);
    assert_eq!(
        read("most.toml", people(list::MAX_RECIPIENTS))
            .entries
            .len(),
        10_000
    );
    let told = shown("more.toml", people(list::MAX_RECIPIENTS + 1));
    assert!(
        told.contains("more than 10000 recipients or 8 MB") && told.contains("as CSV"),
        "{told}"
    );
    let large = shown("large.toml", "#".repeat(list::MAX_BYTES as usize + 1));
    assert!(large.contains("as CSV"), "{large}");
}

#[test]
fn nobody_is_read_from_a_toml_list_with_more_faults_than_are_known() {
    let text = "[[recipient]]\nemail = \"a@example.org\"\nx = 1\n".repeat(2_000);
    let read = read("hopeless.toml", text);
    assert_eq!(read.entries.len(), 0);
    assert!(read.faults.len() > 1_000);
}

const SECRET: &str = "zacharias";

/// Checks that no word of a list is in what anybody sees who doesn't ask for it.
fn assert_discreet(read: &Read) {
    for fault in &read.faults {
        let shown = format!("{fault} {fault:?}");
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn words_are_for_a_terminal_alone() {
    let read = read(
        "words.csv",
        format!(
            "email,name\n{SECRET},{SECRET}\u{1B}[31m\n\"{SECRET}\"x,y\n{SECRET},a,b\n{SECRET}@example.org,{SECRET}\n"
        ),
    );
    assert_eq!((read.faults.len(), read.entries.len()), (4, 1));
    assert_discreet(&read);
    for fault in &read.faults {
        let words = fault.words.for_terminal();
        assert!(
            words.contains(SECRET) && !words.contains('\u{1B}'),
            "{words}"
        );
    }
    assert!(matches!(read.faults[0].problem, Problem::Address(_)));
}

/// Parts of which broken lists are made.
fn part() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        SECRET,
        "\"",
        "'",
        "\"\"\"",
        ",",
        ";",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "=",
        "[",
        "]",
        "{",
        "}",
        "[[recipient]]\n",
        "[recipient]\n",
        "email",
        "address",
        "name = ",
        "groups = [",
        "language",
        "@example.org",
        "a@example.org",
        ":",
        "\\",
        "\\u0007",
        "#",
        ".",
        " ",
        "`",
        "\u{FEFF}",
        "2018-13-01",
    ];
    prop_oneof![4 => proptest::sample::select(WORDS).prop_map(str::to_owned), 1 => any::<String>()]
}

fn every_ending(test: &str, bytes: &[u8]) -> impl Iterator<Item = Read> {
    let headed = [b"email,name\n", bytes].concat();
    let files = [
        File::new(&format!("{test}.csv"), bytes),
        File::new(&format!("{test}.toml"), bytes),
        File::new(&format!("{test}-headed.csv"), headed),
    ];
    files.into_iter().filter_map(|file| read_path(&file.0).ok())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        every_ending("any", &bytes).count();
    }

    #[test]
    fn broken_lists_tell_no_words(parts in proptest::collection::vec(part(), 0..40)) {
        every_ending("broken", parts.concat().as_bytes()).for_each(|read| assert_discreet(&read));
    }

    #[test]
    fn rows_of_another_program_come_back_equal(
        rows in proptest::collection::vec(("[a-z0-9]{1,20}", "[^\\p{C}\\p{Z}]([^\\p{C}\\p{Z}]| ){0,20}[^\\p{C}\\p{Z}]", "(en|pt-BR|)", "[^\\p{C}\\p{Z};,|]{0,20}", "[^@]{0,40}"), 1..20),
        separator in proptest::sample::select(&b",;\t"[..]),
        crlf in any::<bool>(),
        always in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(separator)
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
            .from_writer(Vec::new());
        writer.write_record(["note", "groups", "language", "name", "email"]).unwrap();
        let mut expected = Vec::new();
        for (local, name, language, group, note) in &rows {
            let address = format!("{local}@example.org");
            writer.write_record([note, group, language, name, &address]).unwrap();
            let language = if language.is_empty() { "-" } else { language };
            expected.push(format!("{address} {name} {language} {group}").trim_end().to_owned());
        }
        let read = read("written.csv", writer.into_inner().unwrap());
        prop_assert!(read.faults.is_empty(), "{:#?}", told(&read));
        let people: Vec<_> = people(&read).iter().map(|person| person.split_once(' ').unwrap().1.to_owned()).collect();
        prop_assert_eq!(people, expected);
    }
}

/// The most memory, in KiB, that this process has had.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Runs itself again in a process of its own, where no other test takes memory.
#[test]
#[cfg(target_os = "linux")]
fn two_hundred_thousand_rows_take_little_memory() {
    let alone = "EPISTLE_TEST_ALONE";
    if std::env::var_os(alone).is_none() {
        let test = "lists::two_hundred_thousand_rows_take_little_memory";
        let run = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--test-threads=1"])
            .env(alone, "1")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let read = |rows| {
        let file = File::new("many.csv", "");
        let mut out = BufWriter::new(fs::File::create(&file.0).unwrap());
        writeln!(out, "email,name,language,groups").unwrap();
        for number in 0..rows {
            writeln!(
                out,
                "person.{number}@example.org,\"Person, {number}\",en,staff;prayer"
            )
            .unwrap();
        }
        drop(out);
        let mut people = 0;
        list::read(&file.0, &mut |row| {
            people += u64::from(matches!(row, Row::Entry(_)));
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(people, rows);
    };
    read(2_000); // brings the code itself into memory
    let before = peak();
    read(200_000); // 11 MB
    let grown = peak() - before;
    assert!(grown < 4_096, "{grown} KiB more");
}

#[test]
fn findings_are_warnings_only() {
    let read = read("warnings.csv", "email,x\na@example.org,\n");
    assert!(
        read.findings
            .iter()
            .all(|finding| finding.severity == Severity::Warning)
    );
    assert_eq!(read.findings.len(), 1);
}
