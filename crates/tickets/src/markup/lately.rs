//! Long HTML that was made harmless lately. Every browser that hears of a change on a ticket reads it again, and a letter
//! of a megabyte takes most of a second to be read.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use super::BRIEF_BYTES;
use crate::message::MessageId;

/// Bytes that are kept in all.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// What this process showed lately. A message never changes, and neither do the names of its pictures.
static LATELY: Lately = Lately(Mutex::new(Kept { bytes: 0, shown: VecDeque::new() }));

type Key = (i64, [u8; 32]);

struct Lately(Mutex<Kept>);

struct Kept {
    bytes: usize,
    /// The last shown last.
    shown: VecDeque<(Key, String)>,
}

/// The message's HTML as it may be shown: as it was made lately, or as `make` makes it now.
pub(crate) fn shown_lately(message: MessageId, html: &str, make: impl FnOnce() -> String) -> String {
    if html.len() <= BRIEF_BYTES {
        return make();
    }
    LATELY.get((message.number(), Sha256::digest(html).into()), make)
}

impl Lately {
    fn get(&self, key: Key, make: impl FnOnce() -> String) -> String {
        if let Some(known) = self.kept(|kept| kept.again(&key)) {
            return known;
        }
        let made = make();
        self.kept(|kept| kept.keep(key, made.clone()));
        made
    }

    fn kept<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn again(&mut self, key: &Key) -> Option<String> {
        let at = self.shown.iter().position(|(known, _)| known == key)?;
        let entry = self.shown.remove(at)?;
        let shown = entry.1.clone();
        self.shown.push_back(entry);
        Some(shown)
    }

    fn keep(&mut self, key: Key, shown: String) {
        self.bytes += shown.len();
        self.shown.push_back((key, shown));
        while self.bytes > BYTES_MAX {
            let Some((_, oldest)) = self.shown.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(message: i64) -> Key {
        (message, [0; 32])
    }

    #[test]
    fn what_was_shown_lately_is_not_made_again() {
        let lately = Lately(Mutex::new(Kept { bytes: 0, shown: VecDeque::new() }));
        assert_eq!(lately.get(key(1), || "a".to_owned()), "a");
        assert_eq!(lately.get(key(1), || unreachable!("it is known")), "a");
        assert_eq!(lately.get((1, [1; 32]), || "other words".to_owned()), "other words");
    }

    #[test]
    fn what_was_not_looked_at_for_longest_goes_first() {
        let lately = Lately(Mutex::new(Kept { bytes: 0, shown: VecDeque::new() }));
        let third = "x".repeat(BYTES_MAX / 3);
        for message in 1..=3 {
            lately.get(key(message), || third.clone());
        }
        lately.get(key(1), || unreachable!("all three fit"));
        lately.get(key(4), || third.clone());
        assert_eq!(lately.get(key(2), || "made again".to_owned()), "made again");
        lately.get(key(1), || unreachable!("looked at since"));
        lately.get(key(5), || "y".repeat(BYTES_MAX + 1));
        assert_eq!(lately.kept(|kept| (kept.bytes, kept.shown.len())), (0, 0), "too long to be kept, and counted so");
    }
}
