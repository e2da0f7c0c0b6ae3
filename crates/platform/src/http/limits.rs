//! How often somebody may ask: a bucket of tokens per caller, refilled at a steady rate.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use madoguchi_kernel::Timestamp;

/// Callers remembered at once; beyond it, the full buckets are forgotten.
const CALLERS_MAX: usize = 100_000;

pub(super) struct Limits {
    rate: Option<(f64, f64)>,
    buckets: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Limits {
    pub fn new(rate: Option<(f64, f64)>) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// `Err` with the seconds to wait when the caller has asked too often.
    pub fn take(&self, caller: &str, now: Timestamp) -> Result<(), u64> {
        let Some((per_second, burst)) = self.rate else { return Ok(()) };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CALLERS_MAX {
            buckets.retain(|_, bucket| bucket.tokens + now.since(bucket.at).as_secs_f64() * per_second < burst);
        }
        let bucket = buckets.entry(caller.to_owned()).or_insert(Bucket { tokens: burst, at: now });
        bucket.tokens = (bucket.tokens + now.since(bucket.at).as_secs_f64() * per_second).min(burst);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a short wait, rounded up")]
        Err(((1.0 - bucket.tokens) / per_second).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let limits = Limits::new(Some((2.0, 3.0)));
        let start = Timestamp::from_micros(0);
        for _ in 0..3 {
            assert_eq!(limits.take("a", start), Ok(()));
        }
        assert_eq!(limits.take("a", start), Err(1));
        assert_eq!(limits.take("b", start), Ok(()), "others have buckets of their own");
        assert_eq!(limits.take("a", start.after(Duration::from_millis(500))), Ok(()));
    }
}
