//! Live hints: what has changed, for whoever is looking. A hint is never the truth; who gets one reads the
//! database again, and who misses some reads everything again.

use std::sync::{Arc, PoisonError, RwLock};

use madoguchi_kernel::TenantId;
use tokio::sync::broadcast;

use super::{fact::Told, outbox::Outbox};

/// Hints that a slow receiver may fall behind by before it is told to read everything again.
const HINTS_BEHIND_MAX: usize = 4096;

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Whose it is.
    pub tenant: TenantId,
    /// What kind of thing.
    pub kind: &'static str,
    /// Which one.
    pub id: i64,
    /// Its revision now.
    pub revision: i64,
    /// The wall that it stands behind, if any: only those before whom it is open may hear.
    pub wall: Option<i64>,
}

/// Spreads hints to everyone who listens, in this process and on the other nodes.
#[derive(Clone)]
pub struct Live {
    sender: Arc<RwLock<broadcast::Sender<Arc<[Hint]>>>>,
    outbox: Arc<Outbox>,
}

impl Live {
    pub(super) fn new(outbox: Arc<Outbox>) -> Self {
        Self { sender: Arc::new(RwLock::new(broadcast::Sender::new(HINTS_BEHIND_MAX))), outbox }
    }

    /// From now on. When the receiver says `Lagged` or `Closed`, hints were missed: read everything again and
    /// listen anew.
    pub fn listen(&self) -> broadcast::Receiver<Arc<[Hint]>> {
        self.sender.read().unwrap_or_else(PoisonError::into_inner).subscribe()
    }

    /// Spreads hints that did not come from facts.
    pub fn hint(&self, hints: Vec<Hint>) {
        self.outbox.put(false, false, &hints);
        self.spread(hints);
    }

    /// Tells everybody here and on the other nodes what a unit left behind.
    pub(super) fn committed(&self, told: &[Told]) {
        let (facts, jobs) = (told.iter().any(|told| !told.job), told.iter().any(|told| told.job));
        let hint = |told: &Told| Hint {
            tenant: told.tenant,
            kind: told.stream.kind,
            id: told.stream.id,
            revision: told.seq,
            wall: told.wall,
        };
        let hints: Vec<Hint> = told.iter().filter(|told| !told.job).map(hint).collect();
        self.outbox.put(facts, jobs, &hints);
        self.spread(hints);
    }

    /// Spreads hints in this process alone.
    pub(super) fn spread(&self, hints: Vec<Hint>) {
        let sender = self.sender.read().unwrap_or_else(PoisonError::into_inner);
        if !hints.is_empty() && sender.receiver_count() > 0 {
            // Nobody listening is as good as everybody told.
            drop(sender.send(hints.into()));
        }
    }

    /// Hints of other nodes were lost: everyone who listens is let go, and reads everything again.
    pub(super) fn missed(&self) {
        let mut sender = self.sender.write().unwrap_or_else(PoisonError::into_inner);
        if sender.receiver_count() > 0 {
            *sender = broadcast::Sender::new(HINTS_BEHIND_MAX);
        }
    }
}
