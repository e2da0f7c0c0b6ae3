//! The gate: recognizes sessions and tokens.
//!
//! Whom it has let in it remembers for a moment, so that a request costs one look into a table. What changes a
//! session, a token or somebody's rights in this process is seen with the next request; what happens on another
//! node, within that moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use madoguchi_kernel::{TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    access::Actor,
    db::Reach,
    house::{House, live::Hint},
    http::{Doorman, Knock},
    secrets::hash_word,
};
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

use super::{
    policy::Terms,
    store, token,
    views::{AtGate, Key, session_actor, token_actor},
};

/// How long somebody is remembered.
const REMEMBERED: Duration = Duration::from_secs(1);
/// How many are remembered.
const REMEMBERED_MAX: usize = 20_000;

/// Recognizes who is asking.
pub struct Gate {
    house: House,
    memory: Mutex<Memory>,
}

struct Memory {
    known: HashMap<Vec<u8>, Known>,
    heard: Receiver<Arc<[Hint]>>,
    /// How often something was forgotten: who was looked up before that is not remembered.
    forgettings: u64,
}

struct Known {
    actor: Arc<Actor>,
    slug: String,
    terms: Terms,
    until: Timestamp,
}

impl Gate {
    /// A gate of this house.
    pub fn new(house: House) -> Self {
        let heard = house.live().listen();
        Self { house, memory: Mutex::new(Memory { known: HashMap::new(), heard, forgettings: 0 }) }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.listen();
        memory
    }

    async fn look_up(&self, word: Vec<u8>, is_token: bool, knock: Knock) -> Result<Option<Arc<Actor>>> {
        let forgettings = self.memory().forgettings;
        let shown = word.clone();
        let found =
            self.house
                .read(Reach::House, async move |tx| {
                    if is_token { token_actor(tx, &shown).await } else { session_actor(tx, &shown).await }
                })
                .await?;
        let Some(AtGate { actor, slug: home, key, expires_at, terms }) = found else { return Ok(None) };
        let known = Known { actor, slug: home, terms, until: self.house.clock().now() };
        let admitted = known.admits(&knock);
        if !knock.unattended && matches!(admitted, Ok(Some(_))) {
            self.note_use(known.actor.tenant, key).await;
        }
        let now = self.house.clock().now();
        let until = now.after(REMEMBERED);
        let until = expires_at.map_or(until, |end| end.min(until));
        let mut memory = self.memory();
        if memory.forgettings == forgettings {
            if memory.known.len() >= REMEMBERED_MAX {
                memory.known.clear();
            }
            memory.known.insert(word, Known { until, ..known });
        }
        admitted
    }

    /// Being in use is worth a note, but not a refusal: on a full disk people still get in to read.
    async fn note_use(&self, tenant: TenantId, key: Key) {
        let noted = match key {
            Key::Session(id, true) => {
                self.house.write(tenant, async move |tx| store::session_seen(tx, tenant, id).await).await
            }
            Key::Token(id, true) => {
                self.house.write(tenant, async move |tx| store::token_used(tx, tenant, id).await).await
            }
            Key::Session(_, false) | Key::Token(_, false) => Ok(()),
        };
        if let Err(problem) = noted {
            tracing::warn!(%problem, "The use of a session or token was not noted");
        }
    }
}

impl Known {
    /// A session or token of one tenant opens no other, and none opens from where its owner may not be.
    fn admits(&self, knock: &Knock) -> Result<Option<Arc<Actor>>> {
        if knock.tenant.as_ref().is_some_and(|slug| *slug != self.slug) {
            return Ok(None);
        }
        self.terms.require_place(knock.ip)?;
        Ok(Some(self.actor.clone()))
    }
}

impl Memory {
    /// Forgets those whom something that was committed since the last look concerns.
    fn listen(&mut self) {
        loop {
            match self.heard.try_recv() {
                Ok(hints) => hints.iter().for_each(|hint| self.hear(hint)),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
                Err(TryRecvError::Lagged(_)) => {
                    self.known.clear();
                    self.forgettings += 1;
                }
            }
        }
    }

    fn hear(&mut self, hint: &Hint) {
        match hint.kind {
            "session" | "token" => {
                self.known.retain(|_, known| known.actor.tenant != hint.tenant || known.actor.door != Some(hint.id));
            }
            "membership" | "role" | "team" | "wall" | "tenant" | "sign_in_policy" => {
                self.known.retain(|_, known| known.actor.tenant != hint.tenant);
            }
            _ => return,
        }
        self.forgettings += 1;
    }
}

impl Doorman for Gate {
    fn recognize(&self, knock: Knock) -> BoxFuture<'_, Result<Option<Arc<Actor>>>> {
        let (word, is_token) = match (&knock.bearer, &knock.session) {
            (Some(bearer), _) if bearer.starts_with(token::PREFIX) => (bearer, true),
            (Some(_), _) | (None, None) => return Box::pin(std::future::ready(Ok(None))),
            // A session's cookie lies under its tenant's path; anywhere else somebody else has put it.
            (None, Some(_)) if knock.tenant.is_none() => return Box::pin(std::future::ready(Ok(None))),
            (None, Some(session)) => (session, false),
        };
        let word = hash_word(word);
        let now = self.house.clock().now();
        let memory = self.memory();
        if let Some(known) = memory.known.get(&word).filter(|known| known.until > now) {
            return Box::pin(std::future::ready(known.admits(&knock)));
        }
        drop(memory);
        Box::pin(self.look_up(word, is_token, knock))
    }
}
