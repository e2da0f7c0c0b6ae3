//! What is being done right now, by name: for the log of a process that cannot end.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use madoguchi_kernel::Timestamp;

/// Names that are told, the oldest first; more are counted.
const TOLD_MAX: usize = 20;

/// What is under way, shared by clones.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    begun: u64,
    works: BTreeMap<u64, (&'static str, Timestamp)>,
}

impl UnderWay {
    /// Notes that this begins; it ends when what is given back is dropped.
    pub fn begin(&self, name: &'static str, now: Timestamp) -> Work {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.begun += 1;
        let number = noted.begun;
        noted.works.insert(number, (name, now));
        Work { under_way: self.clone(), number }
    }

    /// Says what is under way and for how long.
    pub fn told(&self, now: Timestamp) -> String {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line =
            |(name, since): &(&'static str, Timestamp)| format!("{} ({} s)", short(name), now.since(*since).as_secs());
        let mut lines: Vec<String> = noted.works.values().take(TOLD_MAX).map(line).collect();
        if noted.works.len() > TOLD_MAX {
            lines.push(format!("and {} more", noted.works.len() - TOLD_MAX));
        }
        lines.join(", ")
    }
}

/// The name that the compiler gives to a piece of work, without what is the same for all.
fn short(name: &'static str) -> &'static str {
    let name = name.split('<').next().unwrap_or(name);
    name.trim_end_matches("::{{closure}}").trim_start_matches("madoguchi_")
}

/// Something that is under way as long as this is kept.
#[must_use]
pub struct Work {
    under_way: UnderWay,
    number: u64,
}

impl Drop for Work {
    fn drop(&mut self) {
        self.under_way.0.lock().unwrap_or_else(PoisonError::into_inner).works.remove(&self.number);
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Work").field(&self.number).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_has_not_ended_is_told_with_its_age() {
        let (under_way, begun) = (UnderWay::default(), Timestamp::from_micros(0));
        let first = under_way.begin("madoguchi_channels::mail::send::{{closure}}", begun);
        let second = under_way.begin("job", begun.after(Duration::from_secs(2)));
        let now = begun.after(Duration::from_secs(3));
        assert_eq!(under_way.told(now), "channels::mail::send (3 s), job (1 s)");
        drop(first);
        assert_eq!(under_way.told(now), "job (1 s)");
        drop(second);
        assert_eq!(under_way.told(now), "");
        let many: Vec<Work> = (0..TOLD_MAX + 2).map(|_| under_way.begin("x", begun)).collect();
        assert!(under_way.told(now).ends_with("x (3 s), and 2 more"), "{}", many.len());
    }
}
