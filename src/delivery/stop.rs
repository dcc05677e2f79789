//! How a run is told to end: first so that letters in flight are finished, then at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// How long letters in flight may take once somebody has asked for the end.
const GRACE: Duration = Duration::from_secs(30);

/// How often it is looked whether somebody asks for the end.
const EVERY: Duration = Duration::from_millis(200);

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

/// Tells runs to end. Clones tell the same runs.
#[derive(Clone, Debug)]
pub struct Stop {
    /// What somebody asks for.
    asked: watch::Sender<Urgency>,
    /// What one run has come to by itself.
    own: watch::Sender<Urgency>,
    /// Whether the system is listened to.
    listens: Arc<AtomicBool>,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            asked: watch::Sender::new(Urgency::None),
            own: watch::Sender::new(Urgency::None),
            listens: Arc::default(),
        }
    }
}

impl Stop {
    /// Asks for the end: nothing new is begun. Asked again, what is in flight is not waited for.
    pub fn ask(&self) {
        self.asked.send_modify(|urgency| {
            *urgency = match urgency {
                Urgency::None => Urgency::Soon,
                _ => Urgency::Now,
            };
        });
    }

    /// Says whether somebody has asked for the end.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow() != Urgency::None
    }

    /// The same, for one run more: what that comes to by itself ends no other.
    pub(super) fn of_a_run(&self) -> Self {
        Self {
            own: watch::Sender::new(Urgency::None),
            ..self.clone()
        }
    }

    /// Ends the run without being asked. What is in flight has all the time it needs.
    pub(super) fn begin_nothing(&self) {
        raise(&self.own, Urgency::Soon);
    }

    /// Ends the run at once: no outcome can be recorded any more.
    pub(super) fn give_up(&self) {
        raise(&self.own, Urgency::Now);
    }

    /// Says whether nothing new may be begun.
    pub(super) fn is_near(&self) -> bool {
        self.is_asked() || *self.own.borrow() != Urgency::None
    }

    /// Waits until nothing new may be begun.
    pub(super) async fn near(&self) {
        self.reached(Urgency::Soon).await;
    }

    /// Waits until what is in flight may no longer be waited for.
    pub(super) async fn out_of_patience(&self) {
        self.reached(Urgency::Now).await;
    }

    /// Waits for so long, or until nothing new may be begun. Says whether it is that.
    pub(super) async fn near_within(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.near()).await.is_ok()
    }

    async fn reached(&self, wanted: Urgency) {
        let (mut asked, mut own) = (self.asked.subscribe(), self.own.subscribe());
        // The senders live as long as this does.
        tokio::select! {
            _ = asked.wait_for(|urgency| *urgency >= wanted) => {}
            _ = own.wait_for(|urgency| *urgency >= wanted) => {}
        }
    }

    /// Listens to the system: SIGTERM and SIGINT ask for the end, a second one
    /// or thirty seconds more ask for it at once. A terminal that closes
    /// (SIGHUP) is no reason to leave letters half sent. Once is enough.
    ///
    /// # Errors
    /// The system doesn't let us listen.
    #[cfg(unix)]
    pub fn listen(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};

        if self.listens.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
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
                        _ = terminate.recv() => stop.ask_with(GRACE),
                        _ = interrupt.recv() => stop.ask_with(GRACE),
                        _ = hang_up.recv() => {}
                    }
                }
            });
        });
        Ok(())
    }

    /// Asks for the end once `is_asked` says so, and looks as long as there are
    /// runs to be told. What is in flight has all the time it needs.
    pub fn watch(&self, is_asked: impl Fn() -> bool + Send + 'static) {
        let stop = Arc::downgrade(&self.listens);
        let asked = self.asked.clone();
        std::thread::spawn(move || {
            while stop.strong_count() > 0 {
                if is_asked() {
                    raise(&asked, Urgency::Soon);
                    return;
                }
                std::thread::sleep(EVERY);
            }
        });
    }

    /// Where there are no such signals, the system ends the program at once.
    #[cfg(not(unix))]
    pub fn listen(&self) -> std::io::Result<()> {
        Ok(())
    }

    /// Asks for the end, and for it at once when so long has gone by.
    #[cfg(unix)]
    fn ask_with(&self, grace: Duration) {
        self.ask();
        let asked = self.asked.clone();
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            raise(&asked, Urgency::Now);
        });
    }
}

fn raise(sender: &watch::Sender<Urgency>, to: Urgency) {
    sender.send_modify(|urgency| *urgency = to.max(*urgency));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_ends_by_itself_ends_no_other() {
        let stop = Stop::default();
        let (one, other) = (stop.of_a_run(), stop.of_a_run());
        one.begin_nothing();
        assert!(one.is_near() && !one.is_asked());
        assert!(!other.is_near() && !stop.is_asked());
        stop.ask();
        assert!(other.is_near() && other.is_asked());
    }

    #[test]
    fn what_is_urgent_stays_so_and_is_near_too() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let stop = Stop::default();
        let given_up = stop.of_a_run();
        given_up.give_up();
        given_up.begin_nothing();
        assert_eq!(*given_up.own.borrow(), Urgency::Now);
        let is_both = |stop: &Stop| {
            runtime.block_on(async {
                stop.near().await;
                stop.out_of_patience().await;
                stop.is_near()
            })
        };
        assert!(is_both(&given_up) && !stop.is_near());
        stop.ask();
        stop.ask();
        assert!(is_both(&stop));
    }

    #[cfg(unix)]
    #[test]
    fn what_a_signal_asks_for_is_urgent_after_its_grace() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let stop = Stop::default();
            stop.ask_with(Duration::from_millis(1));
            assert_eq!(*stop.asked.borrow(), Urgency::Soon);
            stop.out_of_patience().await;
        });
    }

    #[test]
    fn who_is_watched_ends_the_run_and_not_what_is_in_flight() {
        let stop = Stop::default();
        let said = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&said);
        stop.watch(move || heard.load(Ordering::SeqCst));
        let run = stop.of_a_run();
        assert!(!run.is_near());
        said.store(true, Ordering::SeqCst);
        while !run.is_near() {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(*stop.asked.borrow(), Urgency::Soon);
    }
}
