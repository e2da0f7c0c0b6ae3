//! How failing to sign in makes one wait. Pure.
//!
//! An attempt counts as failed when it begins and is taken back when it succeeds, so that many attempts at
//! once gain nothing.
//!
//! What locks quickly is an address *from one place*: whoever guesses locks themselves out, not its owner. An
//! address is also counted over all places, against those who guess from many; that count is patient, its waits are
//! short, and it does not hold for places where the owner has signed in before. So nobody keeps an owner out by
//! failing in their name.

use std::time::Duration;

use madoguchi_kernel::Timestamp;

/// What is counted, and how patiently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Attempts for one address from one place, whether anybody has it or not.
    AddressFromPlace,
    /// Attempts for one address from anywhere.
    Address,
    /// Attempts from one place; many people may share one.
    Place,
}

impl Subject {
    /// Failures that cost nothing yet.
    fn free(self) -> i64 {
        match self {
            Self::AddressFromPlace => 5,
            Self::Address | Self::Place => 50,
        }
    }
    /// When nothing failed for so long, the count begins anew.
    fn forgotten_after(self) -> Duration {
        match self {
            Self::AddressFromPlace | Self::Address => Duration::from_secs(24 * 3600),
            Self::Place => Duration::from_secs(15 * 60),
        }
    }
    /// The longest wait.
    fn longest_wait(self) -> Duration {
        match self {
            Self::AddressFromPlace | Self::Place => Duration::from_secs(15 * 60),
            Self::Address => Duration::from_secs(5 * 60),
        }
    }
}

/// The first wait; each further failure doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// How long a place stays known where somebody has signed in.
pub const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

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
        let wait = match beyond {
            ..0 => Duration::ZERO,
            beyond => FIRST_WAIT.saturating_mul(1 << beyond.min(10)).min(subject.longest_wait()),
        };
        Ok(Self { count, last_at: now, locked_until: now.after(wait) })
    }

    /// The address's count after its owner got in: their own attempt was none of the guesses.
    pub fn taken_back(self) -> Self {
        Self { count: self.count - 1, locked_until: Timestamp::default(), ..self }
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
            failures = failures.attempt(Subject::AddressFromPlace, now).expect("free");
            assert!(!failures.locks(now));
        }
        let mut waits = Vec::new();
        for _ in 0..7 {
            failures = failures.attempt(Subject::AddressFromPlace, now).expect("waited long enough");
            let wait = failures.attempt(Subject::AddressFromPlace, now).expect_err("locked");
            waits.push(wait.as_secs());
            now = now.after(wait);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900]);
        now = now.after(Duration::from_secs(25 * 3600));
        assert_eq!(failures.attempt(Subject::AddressFromPlace, now).expect("forgotten").count, 1);
    }

    #[test]
    fn an_address_as_a_whole_is_patient() {
        let mut now = Timestamp::from_micros(1_000_000_000_000_000);
        let mut failures = Failures::default();
        for _ in 0..49 {
            failures = failures.attempt(Subject::Address, now).expect("free");
        }
        for _ in 0..20 {
            failures = failures.attempt(Subject::Address, now).expect("waited long enough");
            let wait = failures.attempt(Subject::Address, now).expect_err("locked");
            assert!(wait <= Duration::from_secs(5 * 60));
            now = now.after(wait);
        }
        assert!(!failures.taken_back().locks(now));
    }
}
