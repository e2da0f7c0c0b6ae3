//! How failing to sign in makes one wait. Pure.
//!
//! An attempt counts as failed when it begins and is taken back when it succeeds, so that many attempts at
//! once gain nothing.

use std::time::Duration;

use madoguchi_kernel::Timestamp;

/// What is counted, and how patiently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Attempts for one address, whether anybody has it or not.
    Address,
    /// Attempts from one place; many people may share one.
    Place,
}

impl Subject {
    /// Failures that cost nothing yet.
    fn free(self) -> i64 {
        match self {
            Self::Address => 5,
            Self::Place => 50,
        }
    }
    /// When nothing failed for so long, the count begins anew.
    fn forgotten_after(self) -> Duration {
        match self {
            Self::Address => Duration::from_secs(24 * 3600),
            Self::Place => Duration::from_secs(15 * 60),
        }
    }
}

/// The first wait; each further failure doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// Failures so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: i64,
    /// When the last one was.
    pub last_at: Timestamp,
    /// Nobody is let in before.
    pub locked_until: Timestamp,
}

impl Failures {
    /// Counts one more attempt, or says how long to wait.
    pub fn attempt(self, subject: Subject, now: Timestamp) -> Result<Self, Duration> {
        if self.locked_until > now {
            return Err(self.locked_until.since(now));
        }
        let remembered = now.since(self.last_at) < subject.forgotten_after();
        let count = if remembered { self.count + 1 } else { 1 };
        let beyond = count - subject.free();
        let wait =
            if beyond < 0 { Duration::ZERO } else { FIRST_WAIT.saturating_mul(1 << beyond.min(10)).min(LONGEST_WAIT) };
        Ok(Self { count, last_at: now, locked_until: now.after(wait) })
    }

    /// The place's count after somebody got in from there: most who share it are honest.
    pub fn forgiven(self) -> Self {
        Self { count: (self.count - 1) / 2, locked_until: Timestamp::default(), ..self }
    }

    /// Whether the last attempt has made others wait.
    pub fn locks(self, now: Timestamp) -> bool {
        self.locked_until > now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_ends() {
        let mut now = Timestamp::from_micros(1_000_000_000_000_000);
        let mut failures = Failures::default();
        for _ in 0..4 {
            failures = failures.attempt(Subject::Address, now).expect("free");
            assert!(!failures.locks(now));
        }
        let mut waits = Vec::new();
        for _ in 0..7 {
            failures = failures.attempt(Subject::Address, now).expect("waited long enough");
            let wait = failures.attempt(Subject::Address, now).expect_err("locked");
            waits.push(wait.as_secs());
            now = now.after(wait);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900]);
        now = now.after(Duration::from_secs(25 * 3600));
        assert_eq!(failures.attempt(Subject::Address, now).expect("forgotten").count, 1);
    }
}
