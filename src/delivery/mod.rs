//! From an edition to its recipients: the lists, the plan, the run, and what a
//! run tells. Who is charged for a refusal, how fast letters go and when the
//! run gives up is decided here; what is durable when, in `worker.rs`.

mod blocked;
mod budget;
mod changes;
mod compose;
mod domains;
mod dry_run;
mod early;
mod feeder;
mod forecast;
mod harm;
mod health;
mod judge;
mod later;
mod learning;
mod lists;
mod memory;
mod options;
mod pace;
mod plan;
mod pool;
mod progress;
mod proof;
mod queue;
mod readers;
mod relay;
mod report;
mod rotation;
mod run;
mod shared;
mod stop;
mod streams;
mod words;
mod worker;

pub use changes::Change;
pub use dry_run::{DryRun, DryRunError, dry_run};
pub use forecast::Forecast;
pub use judge::{Verdict, judge};
pub use later::Later;
pub use lists::{Duplicate, Lists, call_roll};
pub use memory::{Memory, account};
pub use options::{Edition, Ending, Options, Retry};
pub use plan::{Plan, PlanError, Wanted, resend_before};
pub use progress::{Progress, Snapshot};
pub use proof::{Proof, ProofError, proof};
pub use readers::Readers;
pub use relay::{RelayError, relay};
pub use report::{Letter, Report, Run, time};
pub use run::run;
pub use stop::Stop;
pub use words::Span;

/// A lock's content, whatever the thread before was doing when it panicked: a panic ends the run anyway.
fn locked<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
