//! What this node has to tell the others: that there are facts or jobs, and what has changed. It is gathered
//! here and sent as one notice, at most one in [`NOTICES_APART`]; between nodes on one PostgreSQL only.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use madoguchi_kernel::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::{House, live::Hint};
use crate::{
    clock::Clock,
    db::{Engine, NOTICE_BYTES_MAX},
};

/// Notices of one node are at least this far apart: what is said meanwhile goes together.
const NOTICES_APART: Duration = Duration::from_millis(20);
/// More than so many changes are not told one by one.
const HINTS_MAX: usize = 400;
/// Waits before the connection for notices is tried again: doubled each time, up to the last.
const RECONNECT_AFTER: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));
/// Kinds of things that other nodes may name; far more than there are.
const KINDS_MAX: usize = 256;

/// Gathers what to tell.
#[derive(Default)]
pub(super) struct Outbox {
    /// Whether there are other nodes to tell at all.
    in_use: bool,
    waiting: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Default)]
struct Waiting {
    facts: bool,
    jobs: bool,
    hints: BTreeMap<(TenantId, &'static str, i64), (i64, Option<i64>)>,
    /// Too much to tell one by one, or some of it was lost: the others look for themselves.
    look: bool,
}

/// What one node tells the others, as it travels.
#[derive(Default, Serialize, Deserialize)]
struct Notice {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    facts: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    jobs: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    look: bool,
    /// Tenant, kind, id, revision, wall.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hints: Vec<(TenantId, String, i64, i64, Option<i64>)>,
}

impl Outbox {
    pub fn new(engine: Engine) -> Self {
        Self { in_use: engine == Engine::Postgres, ..Self::default() }
    }

    /// What one unit left behind goes together.
    pub fn put(&self, facts: bool, jobs: bool, hints: &[Hint]) {
        self.fill(|waiting| {
            waiting.facts |= facts;
            waiting.jobs |= jobs;
            for hint in hints {
                if waiting.look {
                    break;
                }
                let told = (hint.revision, hint.wall);
                let newest = waiting.hints.entry((hint.tenant, hint.kind, hint.id)).or_insert(told);
                if newest.0 <= told.0 {
                    *newest = told;
                }
                if waiting.hints.len() > HINTS_MAX {
                    waiting.be_brief();
                }
            }
        });
    }

    fn put_look(&self) {
        self.fill(Waiting::be_brief);
    }

    fn fill(&self, with: impl FnOnce(&mut Waiting)) {
        if self.in_use {
            with(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            self.filled.notify_one();
        }
    }

    /// Waits until there is something to say and the last notice is long enough ago.
    async fn next(&self, clock: &dyn Clock, last: &Mutex<Timestamp>) -> String {
        loop {
            let earliest = last.lock().unwrap_or_else(PoisonError::into_inner).after(NOTICES_APART);
            self.filled.notified().await;
            clock.sleep_until(earliest).await;
            let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if let Some(notice) = waiting.notice() {
                *last.lock().unwrap_or_else(PoisonError::into_inner) = clock.now();
                return notice;
            }
        }
    }
}

impl Waiting {
    fn be_brief(&mut self) {
        self.look = true;
        self.hints.clear();
    }

    fn notice(self) -> Option<String> {
        let Self { facts, jobs, hints, look } = self;
        if !facts && !jobs && !look && hints.is_empty() {
            return None;
        }
        let hints = hints.into_iter().map(|((tenant, kind, id), (seq, wall))| (tenant, kind.to_owned(), id, seq, wall));
        let notice = written(&Notice { facts, jobs, look, hints: hints.collect() });
        if notice.len() <= NOTICE_BYTES_MAX {
            return Some(notice);
        }
        Some(written(&Notice { facts, jobs, look: true, hints: Vec::new() }))
    }
}

fn written(notice: &Notice) -> String {
    serde_json::to_string(notice).expect("plain values become JSON")
}

impl House {
    /// Talks with the other nodes for as long as the house is open. While the connection is away, nodes find
    /// work by looking, and it is tried again with longer and longer waits.
    pub(super) async fn talk_loop(&self) {
        let stop = &self.inner.stop;
        let clock = self.clock();
        let outbox = &self.inner.outbox;
        let last = Mutex::new(Timestamp::default());
        let mut wait = RECONNECT_AFTER.0;
        let mut was_lost = false;
        while !stop.is_cancelled() {
            let mut connected = false;
            let talking = self.db().talk(
                || {
                    connected = true;
                    if was_lost {
                        tracing::info!("The connection for notices is back");
                        self.catch_up();
                        outbox.put_look();
                    }
                },
                |notice| self.hear_notice(notice),
                || outbox.next(&**clock, &last),
            );
            tokio::select! {
                () = stop.cancelled() => return,
                error = talking => tracing::warn!(%error, "The connection for notices is away; work is found by looking"),
            }
            was_lost = true;
            wait = if connected { RECONNECT_AFTER.0 } else { (wait * 2).min(RECONNECT_AFTER.1) };
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep(wait) => {}
            }
        }
    }

    fn hear_notice(&self, notice: &str) {
        // What does not read as a notice comes from another version of this program: look for ourselves.
        let unknown = |_| Notice { look: true, ..Notice::default() };
        let Notice { facts, jobs, look, hints } = serde_json::from_str(notice).unwrap_or_else(unknown);
        if look {
            return self.catch_up();
        }
        if facts {
            self.inner.wake.facts.notify_one();
        }
        if jobs {
            self.inner.wake.jobs.notify_one();
        }
        let hints = hints.into_iter().filter_map(|(tenant, kind, id, revision, wall)| {
            Some(Hint { tenant, kind: kept_kind(&kind)?, id, revision, wall })
        });
        self.live().spread(hints.collect());
    }

    fn catch_up(&self) {
        self.inner.wake.facts.notify_one();
        self.inner.wake.jobs.notify_one();
        self.live().missed();
    }
}

/// The kind as a word that lasts: there are few, and each is kept once.
fn kept_kind(kind: &str) -> Option<&'static str> {
    static KINDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut kinds = KINDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kinds.get(kind) {
        return Some(known);
    }
    if kinds.len() >= KINDS_MAX {
        return None;
    }
    let kept: &'static str = Box::leak(kind.to_owned().into_boxed_str());
    kinds.insert(kept);
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(id: i64, revision: i64) -> Hint {
        Hint { tenant: TenantId::new(7), kind: "ticket", id, revision, wall: None }
    }
    fn said(outbox: &Outbox) -> Option<Notice> {
        let waiting = std::mem::take(&mut *outbox.waiting.lock().unwrap());
        let notice = waiting.notice()?;
        assert!(notice.len() <= NOTICE_BYTES_MAX);
        Some(serde_json::from_str(&notice).unwrap())
    }

    #[test]
    fn changes_of_one_thing_are_told_once_with_the_newest_revision() {
        let outbox = Outbox::new(Engine::Postgres);
        outbox.put(true, false, &[hint(1, 2), hint(2, 1), hint(1, 3), hint(1, 1)]);
        let notice = said(&outbox).unwrap();
        assert!(notice.facts && !notice.jobs && !notice.look);
        let told: Vec<_> = notice.hints.iter().map(|(_, _, id, revision, _)| (*id, *revision)).collect();
        assert_eq!(told, [(1, 3), (2, 1)]);
        assert!(said(&outbox).is_none());
    }

    #[test]
    fn too_much_for_one_notice_says_look() {
        let outbox = Outbox::new(Engine::Postgres);
        for id in 0..300 {
            outbox.put(false, false, &[hint((1 << 52) + id, 1)]);
        }
        let notice = said(&outbox).unwrap();
        assert!(notice.look && notice.hints.is_empty());
    }

    #[test]
    fn a_house_of_one_node_gathers_nothing() {
        let outbox = Outbox::new(Engine::Sqlite);
        outbox.put(true, true, &[hint(1, 1)]);
        assert!(said(&outbox).is_none());
    }
}
