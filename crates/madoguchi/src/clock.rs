//! The clock of a running server: the machine's, and in debug builds one that a test may turn forward.

use std::sync::Arc;

use madoguchi_platform::clock::Clock;

/// A clock, and how to turn it if it can be turned.
pub struct Hung {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Turns it.
    #[cfg(debug_assertions)]
    pub turned: Arc<turned::TurnedClock>,
}

/// Hangs the clock of this build.
#[cfg(not(debug_assertions))]
pub fn hung() -> Hung {
    Hung { clock: Arc::new(madoguchi_platform::clock::SystemClock) }
}

/// Hangs the clock of this build.
#[cfg(debug_assertions)]
pub fn hung() -> Hung {
    let turned = Arc::new(turned::TurnedClock::default());
    Hung { clock: turned.clone(), turned }
}

#[cfg(debug_assertions)]
mod turned {
    use std::time::Duration;

    use madoguchi_kernel::Timestamp;
    use madoguchi_platform::clock::{Clock, SystemClock, Waiting};
    use tokio::sync::watch;

    /// Goes as the machine's clock does, ahead of it by as much as it was turned.
    #[derive(Debug)]
    pub struct TurnedClock(watch::Sender<Duration>);

    impl Default for TurnedClock {
        fn default() -> Self {
            Self(watch::Sender::new(Duration::ZERO))
        }
    }

    impl TurnedClock {
        /// Turns the hands forward; who waits for a moment that has come now, wakes.
        pub fn advance(&self, by: Duration) {
            self.0.send_modify(|ahead| *ahead += by);
        }
    }

    impl Clock for TurnedClock {
        fn now(&self) -> Timestamp {
            SystemClock.now().after(*self.0.borrow())
        }
        fn sleep_until(&self, until: Timestamp) -> Waiting<'_> {
            let mut ahead = self.0.subscribe();
            Box::pin(async move {
                while self.now() < until {
                    let left = until.since(self.now());
                    tokio::select! {
                        () = SystemClock.sleep(left) => {}
                        turned = ahead.changed() => if turned.is_err() { std::future::pending::<()>().await },
                    }
                }
            })
        }
    }

    #[cfg(test)]
    mod tests {
        use std::sync::Arc;

        use super::*;

        #[tokio::test]
        async fn a_turned_clock_wakes_who_waits() {
            let clock = Arc::new(TurnedClock::default());
            let before = clock.now();
            let waiting = clock.sleep(Duration::from_secs(3600));
            let turn = async { clock.advance(Duration::from_secs(7200)) };
            tokio::join!(waiting, turn);
            assert!(clock.now() >= before.after(Duration::from_secs(7200)));
        }
    }
}
