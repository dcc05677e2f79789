//! A run: from an edition in the ledger to as many outcomes as can be had now.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::time::{Duration, SystemTime};

use tokio::runtime::{Builder, Runtime};

use super::feed::compose::Compose;
use super::feed::feed;
use super::feed::queue::Queue;
use super::later::Later;
use super::options::{Edition, Ending, Options};
use super::progress::{Course, Progress};
use super::relay::memory::{self, Memory};
use super::relay::words::Span;
use super::shared::Run;
use super::stop::Stop;
use super::worker;
use crate::ledger::{Ledger, LedgerError, Lesson, Writer};
use crate::letter::Signer;
use crate::people::Secret;

/// Runs until there is nothing more to send now, or the run must end.
/// Gives the ledger back, all outcomes recorded, with how the run ended.
pub fn run<L: Ledger + Send + 'static>(
    mut ledger: L,
    edition: Edition,
    secret: Secret,
    signer: Signer,
    options: Options,
    stop: &Stop,
    progress: &Arc<Progress>,
) -> std::io::Result<(L, Ending)> {
    let memory = match Memory::begin(&mut ledger, &edition.id, &options) {
        Ok(memory) => memory,
        Err(error) => return Ok((ledger, Ending::Ledger(error.to_string()))),
    };
    if let Some(halt) = memory.find(Lesson::Halt, &edition.id) {
        let told = halt.told.clone();
        return Ok((ledger, Ending::Halted(told)));
    }
    if let Some(told) = memory.refused_login(&options) {
        return Ok((ledger, Ending::Relay(told)));
    }
    if let Some(later) = memory.rests(&options.rates, options.patience) {
        return Ok((ledger, Ending::Later(later)));
    }
    let taken = memory.value(Lesson::Connections, "").unwrap_or(u64::MAX);
    let taken = usize::try_from(taken).unwrap_or(usize::MAX).max(1);
    let connections = options.connections.min(taken);
    let runtime = runtime()?;
    let domains = match memory.domains_end(&mut ledger, &edition.id, &options.domains) {
        Ok(domains) => domains,
        Err(error) => return Ok((ledger, Ending::Ledger(error.to_string()))),
    };
    let open = Arc::new(AtomicUsize::new(0));
    let (writer, ended) = Writer::start(ledger, Arc::clone(&open), runtime.handle());
    let (sender, queue) = Queue::new();
    let run = Run::new(&edition.id, options, &memory, writer, queue, open);
    let run = Arc::new(run.told_by(stop, progress));
    run.progress.follows(Course {
        pace: Arc::clone(&run.pace),
        connections,
        batch: run.options.batch,
        pause: run.options.pause,
        domains,
    });

    let composing = {
        let (run, handle) = (Arc::clone(&run), runtime.handle().clone());
        thread::spawn(move || {
            let compose = Compose::new(&edition.versions, &secret, &signer)?;
            feed(&run, &handle, &compose, &sender)
        })
    };
    runtime.block_on(async {
        let workers: Vec<_> = (0..connections)
            .map(|_| tokio::spawn(worker::work(Arc::clone(&run))))
            .collect();
        for worker in workers {
            if let Err(error) = worker.await {
                run.end(Ending::Defect(error.to_string()));
            }
        }
        run.queue.close().await;
    });
    match composing.join() {
        Ok(Ok(())) => {}
        Ok(Err(error)) => run.end(Ending::Ledger(error.to_string())),
        Err(_) => run.end(Ending::Defect("composing failed".to_owned())),
    }
    let asked = stop.is_asked();
    // Every task has ended, so this is the last to know the run and its writer.
    let (ending, left) = Arc::into_inner(run)
        .map(Run::end_of_all)
        .unwrap_or_default();
    let ended = runtime.block_on(ended);
    runtime.shutdown_timeout(Duration::from_secs(1));
    // A panic there is a defect, and has taken the ledger along.
    let (mut ledger, result) =
        ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    let result = result.and_then(|()| left.for_the_next(&mut ledger));
    let ending = match (result, ending) {
        (Ok(Some(until)), Some(Ending::Later(later))) => Ending::Later(Later { until, ..later }),
        (Err(error), _) => Ending::Ledger(error.to_string()),
        (Ok(_), Some(ending)) => ending,
        (Ok(_), None) if asked => Ending::Stopped,
        (Ok(_), None) => Ending::Finished,
    };
    Ok((ledger, ending))
}

/// What drives the connections, and the ledger between them.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

/// What a run leaves to the next one, besides the letters.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) account: Option<String>,
    pub(super) used_up: Option<(Span, String)>,
    /// The edition whose run was ended for the harm that it did, and how.
    pub(super) halted: Option<(String, String)>,
    /// Letters a second where nothing held them up.
    pub(super) speed: Option<f64>,
    /// How many letters an hour go to all (the empty domain) and to some domains.
    pub(super) hourly: Vec<(String, Option<u64>)>,
}

impl Left {
    /// Writes it down. Returns when a quota has room again that is used up.
    fn for_the_next(self, ledger: &mut impl Ledger) -> Result<Option<SystemTime>, LedgerError> {
        let Some(account) = &self.account else {
            return Ok(None);
        };
        memory::grown_back(ledger, account, &self.hourly)?;
        if let Some(speed) = self.speed {
            memory::learn_speed(ledger, account, speed)?;
        }
        if let Some((edition, told)) = self.halted {
            memory::learn_halt(ledger, account, edition, told)?;
        }
        match self.used_up {
            Some((span, told)) => memory::learn_quota(ledger, account, span, told).map(Some),
            None => Ok(None),
        }
    }
}
