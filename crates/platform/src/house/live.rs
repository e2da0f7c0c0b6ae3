//! Live hints: what has changed, for whoever is looking. A hint is never the truth; who gets one reads the
//! database again, and who misses some reads everything again.

use std::sync::Arc;

use madoguchi_kernel::TenantId;
use tokio::sync::broadcast;

use super::fact::Told;

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

/// Spreads hints to everyone in this process who listens.
#[derive(Clone)]
pub struct Live {
    sender: broadcast::Sender<Arc<[Hint]>>,
}

impl Live {
    pub(super) fn new() -> Self {
        Self { sender: broadcast::Sender::new(HINTS_BEHIND_MAX) }
    }

    /// From now on.
    pub fn listen(&self) -> broadcast::Receiver<Arc<[Hint]>> {
        self.sender.subscribe()
    }

    /// Spreads hints that did not come from facts.
    pub fn hint(&self, hints: Vec<Hint>) {
        if self.sender.receiver_count() > 0 {
            // Nobody listening is as good as everybody told.
            drop(self.sender.send(hints.into()));
        }
    }

    pub(super) fn committed(&self, told: &[Told]) {
        if self.sender.receiver_count() == 0 {
            return;
        }
        let hints = told.iter().filter(|told| !told.job);
        self.hint(
            hints
                .map(|told| Hint {
                    tenant: told.tenant,
                    kind: told.stream.kind,
                    id: told.stream.id,
                    revision: told.seq,
                    wall: told.wall,
                })
                .collect(),
        );
    }
}
