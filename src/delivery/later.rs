//! A run that ends because no letter may go for a while: why, and when the next one may.

use std::time::{Duration, SystemTime};

/// When a later run can go on, and why this one can't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The first moment at which a letter may go again.
    pub until: SystemTime,
    /// Why none may before.
    pub told: String,
}

impl Later {
    /// After some time from now.
    pub(super) fn after(wait: Duration, told: String) -> Self {
        Self {
            until: SystemTime::now() + wait,
            told,
        }
    }
}
