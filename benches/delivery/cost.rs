//! What one letter costs Epistle: the smallest ones, signed ones, and those of
//! a long list.

use std::time::Duration;

use crate::ground::Key;
use crate::report::{cores, count, figure};
use crate::sender::{Sender, Task, epistle};
use crate::{Bench, LONG, SHORT, median, rate, turns};

/// The list that tells whether what a recipient costs has grown.
const LONGEST: u32 = 1_000_000;

/// What one recipient of a list costs, and the most memory at once.
struct Cost {
    recipients: u32,
    wall_micros: f64,
    cpu_micros: f64,
    megabytes: f64,
}

impl Bench {
    /// The smallest letters, where what is done for each weighs most.
    pub(crate) fn small_letters(&mut self) {
        let letter = self.ground.write_bulletin(SHORT);
        let task = Task {
            letters: self.plan.small_letters,
            ..self.task(&letter)
        };
        eprintln!("the smallest letters:");
        let senders = [Sender::Epistle, Sender::Wire];
        let rates = turns(self.plan.rounds, senders.len(), |at| {
            rate(task.letters, senders[at].send(task))
        });
        let share = rates[0] / rates[1];
        self.report.paragraph(&format!(
            "The smallest letters that Epistle makes, of {:.1} KB; letters a second, ten connections, {} letters a turn:",
            letter.len() as f64 / 1e3,
            count(task.letters),
        ));
        let row = vec![
            String::new(),
            figure(rates[0]),
            figure(rates[1]),
            format!("{share:.2}"),
        ];
        self.report
            .table(&["", "`epistle send`", "bare wire", "share"], &[row]);
        self.report
            .at_least("of the bare wire, smallest letters", Some(share), 0.4);
    }

    /// What signatures cost. The most that could be is what signing alone, on all
    /// cores, and the bare wire take, one after the other: both need all cores.
    pub(crate) fn signatures(&mut self) {
        let letter = self.ground.write_bulletin(LONG);
        let task = self.task(&letter);
        let (letters, cores) = (self.plan.letters, cores());
        eprintln!("signatures:");
        let rates = turns(self.plan.rounds, 6, |at| {
            let signed = |key| Task {
                key: Some(key),
                ..task
            };
            let time = match at {
                0 => Sender::Wire.send(task),
                1 => Sender::Epistle.send(task),
                2 => Sender::Epistle.send(signed(Key::Ed25519)),
                3 => Sender::Epistle.send(signed(Key::Rsa2048)),
                4 => self.ground.sign(Key::Ed25519, letters, cores),
                _ => self.ground.sign(Key::Rsa2048, letters, cores),
            };
            rate(letters, time)
        });
        let [wire, unsigned, ed25519, rsa, signing_ed25519, signing_rsa] = rates[..] else {
            unreachable!("six took turns");
        };
        let bound = |signing: f64| 1.0 / (1.0 / signing + 1.0 / wire);
        let row = |by: &str, own: f64, signing: f64| {
            let alone = if signing.is_finite() {
                figure(signing)
            } else {
                "–".to_owned()
            };
            vec![
                by.to_owned(),
                figure(own),
                format!("{:.2}", own / unsigned),
                alone,
                figure(bound(signing)),
                format!("{:.2}", own / bound(signing)),
            ]
        };
        self.report.paragraph(&format!(
            "Signed by DKIM, {:.1} KB, ten connections, letters a second. The bound is what signing alone on {cores} cores and the bare wire take, one after the other:",
            letter.len() as f64 / 1e3,
        ));
        self.report.table(
            &[
                "key",
                "`epistle send`",
                "of unsigned",
                "signing alone",
                "bound",
                "of the bound",
            ],
            &[
                row("none", unsigned, f64::INFINITY),
                row("Ed25519", ed25519, signing_ed25519),
                row("RSA of 2048 bits", rsa, signing_rsa),
            ],
        );
        self.report.at_least(
            "of unsigned, signed by Ed25519",
            Some(ed25519 / unsigned),
            0.9,
        );
        self.report.at_least(
            "of the bound, signed by RSA",
            Some(rsa / bound(signing_rsa)),
            0.8,
        );
    }

    /// Longer and longer lists: what a recipient costs must not grow.
    pub(crate) fn lists(&mut self) {
        let letter = self.ground.write_bulletin(SHORT);
        let task = self.task(&letter);
        eprintln!("lists:");
        let costs: Vec<_> = self
            .plan
            .lists
            .iter()
            .map(|list| cost(task, *list))
            .collect();
        let first = &costs[0];
        let rows: Vec<_> = costs
            .iter()
            .map(|cost| {
                vec![
                    count(cost.recipients),
                    format!(
                        "{:.1} s",
                        cost.wall_micros * f64::from(cost.recipients) / 1e6
                    ),
                    format!(
                        "{:.1} µs ({:.2})",
                        cost.wall_micros,
                        cost.wall_micros / first.wall_micros
                    ),
                    format!(
                        "{:.1} µs ({:.2})",
                        cost.cpu_micros,
                        cost.cpu_micros / first.cpu_micros
                    ),
                    format!("{:.1} MB", cost.megabytes),
                ]
            })
            .collect();
        self.report.paragraph(&format!(
            "Lists, letters of {:.1} KB, ten connections; in brackets what a recipient costs to what one of the shortest list does:",
            letter.len() as f64 / 1e3,
        ));
        self.report.table(
            &[
                "recipients",
                "time",
                "time each",
                "processor each",
                "memory at most",
            ],
            &rows,
        );
        let longest = costs.iter().find(|cost| cost.recipients == LONGEST);
        let wall = longest.map(|cost| cost.wall_micros / first.wall_micros);
        let cpu = longest.map(|cost| cost.cpu_micros / first.cpu_micros);
        self.report.at_most(
            "MB of memory, a million recipients",
            longest.map(|cost| cost.megabytes),
            80.0,
        );
        self.report
            .at_most("time each, a million to 10,000", wall, 1.15);
        self.report
            .at_most("processor each, a million to 10,000", cpu, 1.15);
    }
}

/// Sends to a list a few times, and gives the medians.
fn cost(task: Task<'_>, (recipients, rounds): (u32, usize)) -> Cost {
    let task = Task {
        letters: recipients,
        ..task
    };
    let spent: Vec<_> = (0..rounds).map(|_| epistle(task)).collect();
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(recipients);
    let of = |figure: &dyn Fn(usize) -> f64| median((0..rounds).map(figure).collect());
    let cost = Cost {
        recipients,
        wall_micros: of(&|at| each(spent[at].wall)),
        cpu_micros: of(&|at| each(spent[at].cpu)),
        megabytes: of(&|at| spent[at].peak_kib as f64 * 1024.0 / 1e6),
    };
    eprintln!("{recipients} recipients: {:.1} µs each", cost.wall_micros);
    cost
}
