//! From an edition to its recipients: the lists and the plan (`plan/`), the run
//! over it (`run.rs`), and what that tells (`report.rs`). Letters are looked for
//! and composed in `feed/`, and go by the connections of `worker.rs`, which
//! decides what is durable when: no faster than `pace/` lets them, as the words
//! of the relay want it (`relay/`), and until they do harm (`harm/`).

mod dry_run;
mod feed;
mod harm;
mod later;
mod options;
mod pace;
mod plan;
mod progress;
mod proof;
mod relay;
mod report;
mod run;
mod shared;
mod stop;
mod worker;

pub use dry_run::{DryRun, DryRunError, dry_run};
pub use later::Later;
pub use options::{ABOUT_A_ROW, Edition, Ending, Options, Retry};
pub use pace::forecast::Forecast;
pub use plan::changes::Change;
pub use plan::lists::{Duplicate, Lists, call_roll};
pub use plan::readers::Readers;
pub use plan::{Plan, PlanError, Wanted, resend_before};
pub use progress::{Progress, Snapshot};
pub use proof::{Proof, ProofError, proof};
pub use relay::judge::{Verdict, judge};
pub use relay::memory::{Memory, account};
pub use relay::words::Span;
pub use relay::{RelayError, fingerprint, relay};
pub use report::{Letter, Report, Run, time};
pub use run::run;
pub use stop::Stop;

/// A lock's content, whatever the thread before was doing when it panicked: a panic ends the run anyway.
fn locked<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
