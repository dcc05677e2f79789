//! From an edition to its recipients: the lists, the plan, the run, and what a
//! run tells. Who is charged for a refusal, how fast letters go and when the
//! run gives up is decided here; what is durable when, in `worker.rs`.

mod changes;
mod compose;
mod dry_run;
mod early;
mod feeder;
mod health;
mod judge;
mod lists;
mod pace;
mod plan;
mod progress;
mod proof;
mod queue;
mod readers;
mod relay;
mod report;
mod run;
mod stop;
mod tally;
mod worker;

pub use changes::Change;
pub use dry_run::{DryRun, DryRunError, dry_run};
pub use judge::{Verdict, judge};
pub use lists::{Duplicate, Lists, call_roll};
pub use plan::{Plan, PlanError, Wanted, resend_before};
pub use progress::{Progress, Snapshot};
pub use proof::{Proof, ProofError, proof};
pub use readers::Readers;
pub use relay::{RelayError, relay};
pub use report::{Report, Run, time};
pub use run::{Edition, Ending, Options, run};
pub use stop::Stop;
pub use tally::Tally;
