//! From an edition to its recipients: the lists, the plan, the run, and what a
//! run tells. Who is charged for a refusal, how fast letters go and when the
//! run gives up is decided here; what is durable when, in [`worker`].

mod early;
mod feeder;
mod health;
mod judge;
mod lists;
mod pace;
mod progress;
mod queue;
mod relay;
mod run;
mod stop;
mod worker;

pub use judge::{Verdict, judge};
pub use lists::{Duplicate, Lists, call_roll};
pub use progress::{Progress, Snapshot};
pub use relay::{RelayError, relay};
pub use run::{Edition, Ending, Options, run};
pub use stop::Stop;
