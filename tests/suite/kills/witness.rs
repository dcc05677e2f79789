//! What the test and the server's script share: what was seen, and the program,
//! which either of them can kill at any moment.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

use epistle::ledger::State;
use epistle::sandbox::Scene;

use super::log::Log;

/// The letter that a kill is about, and where it may stand then.
pub(super) type Victim = (String, &'static [State]);

/// What the server has seen.
#[derive(Default)]
pub(super) struct Seen {
    /// How often it has taken a letter to each address, in all runs.
    pub(super) taken: BTreeMap<String, usize>,
    /// What it has seen of this run.
    pub(super) log: Log,
    /// How often the program was killed.
    pub(super) kills: usize,
    /// The letter that the last kill was about, and where it may stand.
    pub(super) victim: Option<Victim>,
    /// What must never be seen.
    pub(super) wrong: Vec<String>,
}

pub(super) struct Program {
    pub(super) child: Child,
    pub(super) status: Option<ExitStatus>,
}

/// What the test and the server's script share.
#[derive(Default)]
pub(super) struct Witness {
    pub(super) seen: Mutex<Seen>,
    pub(super) program: Mutex<Option<Program>>,
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Witness {
    /// Whom the envelope of a connection is for, or the message behind it.
    pub(super) fn to(&self, scene: &Scene<'_>) -> Option<String> {
        let seen = locked(&self.seen);
        seen.log.to(scene.connection).map(str::to_owned)
    }

    /// Says whether the client waits for the very answers that come.
    pub(super) fn is_in_step(&self, scene: &Scene<'_>) -> bool {
        locked(&self.seen).log.is_in_step(scene.connection)
    }

    /// Which kill comes next, if the program runs.
    pub(super) fn next_kill(&self) -> Option<usize> {
        let ended = self.ended();
        ended.is_none().then(|| locked(&self.seen).kills)
    }

    /// How the program has ended.
    pub(super) fn ended(&self) -> Option<ExitStatus> {
        let mut program = locked(&self.program);
        let Program { child, status } = program.as_mut().unwrap();
        if status.is_none() {
            *status = child.try_wait().unwrap();
        }
        *status
    }

    /// Kills the program, and returns when it is dead. The server says nothing
    /// meanwhile: what it has said until now is all that the program knew. Says
    /// whether that was its end.
    pub(super) fn kill(&self, victim: Option<Victim>) -> bool {
        let mut seen = locked(&self.seen);
        if !end(&self.program) {
            return false;
        }
        seen.kills += 1;
        seen.victim = victim;
        seen.log.killed();
        true
    }
}

/// Kills a program that runs. Says whether that was its end.
pub(super) fn end(program: &Mutex<Option<Program>>) -> bool {
    let mut program = locked(program);
    let Some(Program { child, status }) = program.as_mut().filter(|known| known.status.is_none())
    else {
        return false;
    };
    child.kill().unwrap();
    let ended = child.wait().unwrap();
    *status = Some(ended);
    ended.signal() == Some(9)
}
