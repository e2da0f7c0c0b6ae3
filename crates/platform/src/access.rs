//! Rights as values. An action takes a [`May<R>`]; only the doorman makes one, from an [`Actor`] whom it
//! recognized. An action that is not handed one does not compile.

use std::{collections::BTreeSet, marker::PhantomData, sync::Arc};

use madoguchi_kernel::{
    Language, Problem, TenantId, Timestamp,
    problem::{Kind, Result},
};

use crate::house::fact::{ActorKind, By, Origin};

/// One thing that one may do.
pub trait Right: Send + Sync + 'static {
    /// Its name, `<thing>.<verb>`, for ever: roles and tokens name it.
    const KEY: &'static str;
    /// Whether it changes who may do what: then whoever signed in a while ago signs in again first.
    const GRAVE: bool = false;
}

/// Which walls an actor may look behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Walls {
    /// All of the tenant's: parts of the program, and tokens without a limit.
    All,
    /// These.
    Some(Arc<[i64]>),
}

impl Walls {
    /// Whether this wall is open to the actor.
    pub fn open(&self, wall: i64) -> bool {
        match self {
            Self::All => true,
            Self::Some(walls) => walls.contains(&wall),
        }
    }
    /// For `($n = 1 OR wall_id any($m))`: whether all are open, and which.
    pub fn params(&self) -> (bool, Vec<i64>) {
        match self {
            Self::All => (true, Vec::new()),
            Self::Some(walls) => (false, walls.to_vec()),
        }
    }
}

/// Whom the doorman recognized.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The tenant in which they act.
    pub tenant: TenantId,
    /// What they are.
    pub kind: ActorKind,
    /// Their id: a membership's or a token's.
    pub id: Option<i64>,
    /// The session or token by which they came, to end it.
    pub door: Option<i64>,
    /// Their account, if they have one.
    pub account: Option<i64>,
    /// Name shown beside what they do.
    pub name: String,
    /// The language that they read.
    pub language: Language,
    /// What they may do.
    pub rights: Arc<BTreeSet<String>>,
    /// Where they may look.
    pub walls: Walls,
    /// Their teams.
    pub teams: Arc<[i64]>,
    /// Whether they signed in a short while ago. What is no session need not.
    pub recent: bool,
}

impl Actor {
    /// The proof that this actor has the right.
    pub fn may<R: Right>(self: &Arc<Self>) -> Result<May<R>> {
        let may = self.may_look()?;
        if R::GRAVE {
            self.require_recent()?;
        }
        Ok(may)
    }
    /// The same for looking only: that changes nothing, however grave the right is.
    pub fn may_look<R: Right>(self: &Arc<Self>) -> Result<May<R>> {
        if self.has(R::KEY) {
            Ok(May { actor: self.clone(), origin: Origin::Live, occurred_at: None, right: PhantomData })
        } else {
            Err(Problem::denied())
        }
    }
    /// Refuses whoever signed in a while ago: an open screen is not enough for what is grave.
    pub fn require_recent(&self) -> Result<()> {
        if self.recent { Ok(()) } else { Err(Problem::new(Kind::Denied, "access.sign_in_again")) }
    }
    /// Whether this actor has the right of this name.
    pub fn has(&self, key: &str) -> bool {
        self.rights.contains(key)
    }
}

/// The proof that an actor may do `R`.
pub struct May<R> {
    actor: Arc<Actor>,
    origin: Origin,
    occurred_at: Option<Timestamp>,
    right: PhantomData<fn() -> R>,
}

impl<R> Clone for May<R> {
    fn clone(&self) -> Self {
        Self { actor: self.actor.clone(), origin: self.origin, occurred_at: self.occurred_at, right: PhantomData }
    }
}

impl<R> May<R> {
    /// Who.
    pub fn actor(&self) -> &Arc<Actor> {
        &self.actor
    }
    /// In which tenant.
    pub fn tenant(&self) -> TenantId {
        self.actor.tenant
    }
    /// Behind which walls.
    pub fn walls(&self) -> &Walls {
        &self.actor.walls
    }
    /// As a fact remembers it.
    pub fn by(&self) -> By {
        By { kind: self.actor.kind, id: self.actor.id, origin: self.origin, occurred_at: self.occurred_at }
    }
    /// The same proof for what happened elsewhere and earlier: its facts wake nothing.
    #[must_use]
    pub fn importing(mut self, occurred_at: Timestamp) -> Self {
        self.origin = Origin::Import;
        self.occurred_at = Some(occurred_at);
        self
    }
    /// The same proof for what happened a while ago and is heard only now, such as a letter's date.
    #[must_use]
    pub fn at(mut self, occurred_at: Timestamp) -> Self {
        self.occurred_at = Some(occurred_at);
        self
    }
}

/// A part of the program that acts by itself, with the few rights that it needs: machines have rights too,
/// in one list that one can search for.
pub struct SystemActor {
    /// Its name.
    pub name: &'static str,
    /// What it may do.
    pub rights: &'static [&'static str],
}

impl SystemActor {
    /// This part at work in a tenant.
    pub fn actor(&self, tenant: TenantId) -> Arc<Actor> {
        Arc::new(Actor {
            tenant,
            kind: ActorKind::System,
            id: None,
            door: None,
            account: None,
            name: self.name.to_owned(),
            language: Language::default(),
            rights: Arc::new(self.rights.iter().map(|&right| right.to_owned()).collect()),
            walls: Walls::All,
            teams: Arc::new([]),
            recent: true,
        })
    }
    /// The proof that this part may do `R`. Asking for a right that is not in its list is a mistake in the
    /// program, and says so at once.
    pub fn may<R: Right>(&self, tenant: TenantId) -> May<R> {
        self.actor(tenant).may().unwrap_or_else(|_| panic!("the system actor {} does not list {}", self.name, R::KEY))
    }
    /// The same, on behalf of a contact whose word it carries in.
    pub fn may_for_contact<R: Right>(&self, tenant: TenantId, contact: i64) -> May<R> {
        let mut actor = (*self.actor(tenant)).clone();
        actor.kind = ActorKind::Contact;
        actor.id = Some(contact);
        Arc::new(actor).may().unwrap_or_else(|_| panic!("the system actor {} does not list {}", self.name, R::KEY))
    }
}
