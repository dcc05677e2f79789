//! How a run is told to end: first so that letters in flight are finished, then at once.

use std::time::Duration;

use tokio::sync::watch;

/// How long letters in flight may take once the run is to end.
const GRACE: Duration = Duration::from_secs(30);

/// How urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// It isn't.
    None,
    /// Nothing new is begun.
    Soon,
    /// What is in flight is left in doubt.
    Now,
}

/// Tells a run to end. Clones tell the same run.
#[derive(Clone, Debug)]
pub struct Stop {
    sender: watch::Sender<Urgency>,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            sender: watch::Sender::new(Urgency::None),
        }
    }
}

impl Stop {
    /// Asks for the end: nothing new is begun. Asked again, what is in flight is not waited for.
    pub fn ask(&self) {
        self.sender.send_modify(|urgency| {
            *urgency = match urgency {
                Urgency::None => Urgency::Soon,
                _ => Urgency::Now,
            };
        });
    }

    /// Ends the run without asking again.
    pub(super) fn begin_nothing(&self) {
        self.raise(Urgency::Soon);
    }

    /// Says whether nothing new may be begun.
    pub fn is_asked(&self) -> bool {
        *self.sender.borrow() != Urgency::None
    }

    /// Waits until nothing new may be begun.
    pub(super) async fn asked(&self) {
        self.reached(Urgency::Soon).await;
    }

    /// Waits until what is in flight may no longer be waited for.
    pub(super) async fn out_of_patience(&self) {
        self.reached(Urgency::Now).await;
    }

    /// Waits for so long, or until nothing new may be begun. Says whether it is that.
    pub(super) async fn asked_within(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.asked()).await.is_ok()
    }

    async fn reached(&self, wanted: Urgency) {
        let mut receiver = self.sender.subscribe();
        // The sender lives as long as this does.
        let _ = receiver.wait_for(|urgency| *urgency >= wanted).await;
    }

    fn raise(&self, to: Urgency) {
        self.sender
            .send_modify(|urgency| *urgency = to.max(*urgency));
    }

    /// Listens to the system: SIGTERM and SIGINT ask for the end, a second one
    /// or thirty seconds more ask for it at once. A terminal that closes
    /// (SIGHUP) is no reason to leave letters half sent.
    ///
    /// # Errors
    /// The system doesn't let us listen.
    #[cfg(unix)]
    pub fn listen(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};

        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (mut terminate, mut interrupt, mut hang_up) = {
            let _entered = runtime.enter();
            (
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
                signal(SignalKind::hangup())?,
            )
        };
        let stop = self.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = terminate.recv() => stop.ask(),
                        _ = interrupt.recv() => stop.ask(),
                        _ = hang_up.recv() => {}
                        () = stop.grace_is_over() => stop.raise(Urgency::Now),
                    }
                }
            });
        });
        Ok(())
    }

    /// Where there are no such signals, the system ends the program at once.
    #[cfg(not(unix))]
    pub fn listen(&self) -> std::io::Result<()> {
        Ok(())
    }

    #[cfg(unix)]
    async fn grace_is_over(&self) {
        self.asked().await;
        tokio::time::sleep(GRACE).await;
    }
}
