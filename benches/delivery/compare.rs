//! Epistle beside the others: the same letters over the same connections, near
//! and far.

use std::time::Duration;

use crate::proxy::Proxy;
use crate::report::{count, figure};
use crate::sender::{Sender, Task};
use crate::{Bench, LONG, rate, turns};

/// Connections, and milliseconds that a round trip takes.
const NEAR: usize = 0;
const FAR: usize = 2;
const WAYS: [(u32, u32); 4] = [(10, 0), (10, 20), (5, 20), (10, 100)];

/// What a sender did on one way.
struct Run {
    letters: u32,
    rate: f64,
}

impl Bench {
    pub(crate) fn senders(&mut self) {
        let letter = self.ground.write_bulletin(LONG);
        let (present, absent): (Vec<_>, Vec<_>) = Sender::ALL
            .into_iter()
            .partition(|sender| sender.missing().is_none());
        let mut noops = Vec::new();
        let runs = WAYS.map(|way| self.way(way, &letter, &present, &mut noops));

        self.report.paragraph(&format!(
            "Letters a second of {:.1} KB, and in brackets how many times as many Epistle sends. \
             A proxy holds every byte back for half of the round trip on each way \
             (a NOOP took {}); there is none at 0 ms.",
            letter.len() as f64 / 1e3,
            noops.join(", "),
        ));
        let head =
            WAYS.map(|(connections, millis)| format!("{connections} connections, {millis} ms"));
        let head: Vec<_> = ["who sends"]
            .into_iter()
            .chain(head.iter().map(String::as_str))
            .collect();
        let rows: Vec<_> = present
            .iter()
            .enumerate()
            .map(|(at, sender)| {
                let cells = runs.iter().map(|runs| {
                    let (own, epistle) = (runs[at].rate, runs[0].rate);
                    format!("{} ({:.2})", figure(own), epistle / own)
                });
                [sender.name().to_owned()]
                    .into_iter()
                    .chain(cells)
                    .collect()
            })
            .collect();
        self.report.table(&head, &rows);

        let mut told =
            String::from("What each does, and how many letters it was given on each way:\n");
        for (at, sender) in present.iter().enumerate() {
            let letters = runs.each_ref().map(|runs| count(runs[at].letters));
            told += &format!(
                "\n- {}: {} ({})",
                sender.name(),
                sender.does(),
                letters.join(", ")
            );
        }
        for sender in absent {
            let needs = sender.missing().unwrap_or_default();
            told += &format!("\n- {} was left out: it {needs}", sender.name());
        }
        self.report.paragraph(&told);
        self.compare(&present, &runs);
    }

    /// Lets all senders take turns on one way, so that whatever else the machine
    /// does meanwhile meets all.
    fn way(
        &self,
        (connections, millis): (u32, u32),
        letter: &[u8],
        senders: &[Sender],
        noops: &mut Vec<String>,
    ) -> Vec<Run> {
        let mut task = Task {
            connections,
            ..self.task(letter)
        };
        let mut rounds = self.plan.rounds;
        if millis > 0 {
            let proxy = Proxy::start(self.server.port, Duration::from_millis(millis.into()));
            noops.push(format!("{:.1} ms", proxy.measured().as_secs_f64() * 1e3));
            (task.port, rounds) = (proxy.port, self.plan.far_rounds);
        }
        eprintln!("{connections} connections, {millis} ms:");
        let letters: Vec<_> = senders
            .iter()
            .map(|sender| sender.letters(self.plan.letters, connections, millis, self.plan.seconds))
            .collect();
        let rates = turns(rounds, senders.len(), |at| {
            let letters = letters[at];
            rate(letters, senders[at].send(Task { letters, ..task }))
        });
        let runs = letters.into_iter().zip(rates);
        runs.map(|(letters, rate)| Run { letters, rate }).collect()
    }

    fn compare(&mut self, senders: &[Sender], runs: &[Vec<Run>; WAYS.len()]) {
        let times = |sender, way: usize| {
            let at = senders.iter().position(|other| *other == sender)?;
            Some(runs[way][0].rate / runs[way][at].rate)
        };
        let (connections, millis) = WAYS[FAR];
        let bound = f64::from(connections) * 1e3 / f64::from(millis);
        let report = &mut self.report;
        report.at_least("of the bare wire", times(Sender::Wire, NEAR), 0.8);
        report.at_least("times `smtp-source`", times(Sender::Source, NEAR), 1.6);
        report.at_least("times nodemailer", times(Sender::Nodemailer, NEAR), 7.0);
        report.at_least("times mailmerge", times(Sender::Mailmerge, NEAR), 18.0);
        let far = format!("{connections} connections, {millis} ms");
        let mailmerge = times(Sender::Mailmerge, FAR);
        report.at_least(&format!("times mailmerge, {far}"), mailmerge, 30.0);
        let share = runs[FAR][0].rate / bound;
        report.at_least(
            &format!("of connections ÷ round trip, {far}"),
            Some(share),
            0.9,
        );
    }
}
