//! Facts that a listener could not hear. The first of a (listener, stream) is tried again with longer and
//! longer waits; those behind it wait for it; other streams and other listeners go on. After the last try
//! it is a dead letter: a person says "try again" or "skip".

use std::{collections::HashSet, fmt, str::FromStr, time::Duration};

use madoguchi_kernel::{Page, Problem, TenantId, Timestamp, Word, problem::Result};

use super::{
    House,
    fact::{FactId, FactRow, bucket_of},
};
use crate::{
    db::{Reach, Sql, Tx},
    params, record,
};

/// Waits before each further try; after the last of them a parked fact is a dead letter.
const RETRY_AFTER: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(1800),
];
/// Parked facts that are tried in one round.
const TRIES_PER_ROUND_MAX: i64 = 256;
/// The longest error text that is kept, in characters.
const ERROR_CHARACTERS_MAX: usize = 500;

/// Where a parked fact stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkedState {
    /// It will be tried again.
    Waiting,
    /// A person decides.
    Dead,
}
impl Word for ParkedState {
    const ALL: &'static [Self] = &[Self::Waiting, Self::Dead];
    fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }
}

static BLOCKED: Sql = Sql::new(
    "platform.parked_blocked",
    "SELECT DISTINCT listener, stream_id FROM parked_facts WHERE stream_id any($1)",
);
static PARK: Sql = Sql::new(
    "platform.park",
    "INSERT INTO parked_facts (tenant_id, listener, bucket, stream_kind, stream_id, seq, fact_id, attempts, next_at, state, error, since)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
);
static DUE: Sql = Sql::new(
    "platform.parked_due",
    "SELECT p.tenant_id, p.listener, p.stream_id, p.seq FROM parked_facts p
      WHERE p.bucket any($1) AND p.next_at <= $2 AND p.state = 'waiting'
        AND p.seq = (SELECT min(q.seq) FROM parked_facts q
                      WHERE q.tenant_id = p.tenant_id AND q.listener = p.listener AND q.stream_id = p.stream_id)
      ORDER BY p.next_at LIMIT $3",
);
static ONE: Sql = Sql::new(
    "platform.parked_one",
    "SELECT p.fact_id, p.attempts FROM parked_facts p
      WHERE p.tenant_id = $1 AND p.listener = $2 AND p.stream_id = $3 AND p.seq = $4 AND p.state = 'waiting' /*lock*/",
);
static FACT: Sql = Sql::new(
    "platform.fact",
    "SELECT id, tenant_id, stream_kind, stream_id, seq, kind, data, actor_kind, actor_id, origin, depth, occurred_at, recorded_at
       FROM facts WHERE tenant_id = $1 AND id = $2",
);
static HEARD: Sql = Sql::new(
    "platform.parked_heard",
    "DELETE FROM parked_facts WHERE tenant_id = $1 AND listener = $2 AND stream_id = $3 AND seq = $4",
);
static FAILED: Sql = Sql::new(
    "platform.parked_failed",
    "UPDATE parked_facts SET attempts = $5, next_at = $6, state = $7, error = $8
      WHERE tenant_id = $1 AND listener = $2 AND stream_id = $3 AND seq = $4",
);
static LIST: Sql = Sql::new(
    "platform.dead_letters",
    "SELECT p.listener, p.stream_kind, p.stream_id, p.seq, p.fact_id, f.kind, p.attempts, p.state, p.error, p.since, p.next_at
       FROM parked_facts p JOIN facts f ON f.tenant_id = p.tenant_id AND f.id = p.fact_id
      WHERE p.tenant_id = $1 AND (p.fact_id > $2 OR (p.fact_id = $2 AND p.listener > $3))
        AND p.seq = (SELECT min(q.seq) FROM parked_facts q
                      WHERE q.tenant_id = p.tenant_id AND q.listener = p.listener AND q.stream_id = p.stream_id)
      ORDER BY p.fact_id, p.listener LIMIT $4",
);
static FIRST: Sql = Sql::new(
    "platform.parked_first",
    "SELECT min(seq) FROM parked_facts WHERE tenant_id = $1 AND listener = $2 AND stream_id = $3",
);
static AGAIN: Sql = Sql::new(
    "platform.parked_again",
    "UPDATE parked_facts SET state = 'waiting', attempts = 0, next_at = $5
      WHERE tenant_id = $1 AND listener = $2 AND stream_id = $3 AND seq = $4",
);

/// Which (listener, stream) pairs have something parked.
pub(crate) async fn blocked(tx: &Tx<'_>, streams: &[i64]) -> Result<HashSet<(String, i64)>> {
    let rows: Vec<(String, i64)> = tx.all(&BLOCKED, params![streams]).await?;
    Ok(rows.into_iter().collect())
}

/// Parks a fact that the listener just failed to hear.
pub(crate) async fn park(tx: &Tx<'_>, listener: &str, fact: &FactRow, problem: &Problem) -> Result<()> {
    let next_at = tx.now().after(RETRY_AFTER[0]);
    keep(tx, listener, fact, 1, next_at, Some(shortened(problem))).await
}

/// Parks a fact behind an earlier one of its stream.
pub(crate) async fn wait_behind(tx: &Tx<'_>, listener: &str, fact: &FactRow) -> Result<()> {
    keep(tx, listener, fact, 0, tx.now(), None).await
}

async fn keep(
    tx: &Tx<'_>,
    listener: &str,
    fact: &FactRow,
    attempts: i64,
    next_at: Timestamp,
    error: Option<String>,
) -> Result<()> {
    let bucket = bucket_of(fact.stream_id);
    tx.run(
        &PARK,
        params![
            fact.tenant,
            listener,
            bucket,
            fact.stream_kind,
            fact.stream_id,
            fact.seq,
            fact.id,
            attempts,
            next_at,
            ParkedState::Waiting,
            error,
            tx.now()
        ],
    )
    .await?;
    Ok(())
}

record! {
    struct Parked {
        tenant: TenantId,
        listener: String,
        stream_id: i64,
        seq: i64,
    }
}

record! {
    /// The first parked fact of a (listener, stream), for the page of dead letters.
    pub struct DeadLetter {
        /// Who could not hear it.
        pub listener: String,
        /// What kind of thing the stream is.
        pub stream_kind: String,
        /// The stream.
        pub stream_id: i64,
        /// The fact's number in it.
        pub seq: i64,
        /// The fact.
        pub fact: FactId,
        /// The fact's kind.
        pub kind: String,
        /// Tries so far.
        pub attempts: i64,
        /// Whether it will be tried again by itself.
        pub state: ParkedState,
        /// Why the last try failed.
        pub error: Option<String>,
        /// Since when it is parked.
        pub since: Timestamp,
        /// When the next try is.
        pub next_at: Timestamp,
    }
}

/// Where a page of dead letters ended: at which fact, and for whom, since several listeners may not hear the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The fact.
    pub fact: FactId,
    /// Who could not hear it.
    pub listener: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dead-letters.{:x}.{}", self.fact.number(), self.listener)
    }
}

impl FromStr for Place {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Problem::field("after", "cursor");
        let parts = text.strip_prefix("dead-letters.").and_then(|rest| rest.split_once('.'));
        let (fact, listener) = parts.ok_or_else(wrong)?;
        if listener.is_empty() || !listener.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong());
        }
        let fact = i64::from_str_radix(fact, 16).map_err(|_| wrong())?;
        Ok(Self { fact: FactId::new(fact), listener: listener.to_owned() })
    }
}

/// A page of what waits or is dead, the oldest fact first.
pub async fn list(
    tx: &Tx<'_>,
    tenant: TenantId,
    after: Option<&Place>,
    limit: usize,
) -> Result<Page<DeadLetter, Place>> {
    let (fact, listener) = after.map_or((0, ""), |place| (place.fact.number(), place.listener.as_str()));
    let asked = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let letters = tx.all(&LIST, params![tenant, fact, listener, asked]).await?;
    Ok(Page::of(letters, limit, |letter: &DeadLetter| Place { fact: letter.fact, listener: letter.listener.clone() }))
}

/// Tries the first parked fact of this (listener, stream) again, now.
pub async fn try_again(tx: &Tx<'_>, tenant: TenantId, listener: &str, stream_id: i64) -> Result<()> {
    let seq = first(tx, tenant, listener, stream_id).await?;
    tx.run(&AGAIN, params![tenant, listener, stream_id, seq, tx.now()]).await?;
    Ok(())
}

/// Gives the first parked fact of this (listener, stream) up; those behind it go on.
pub async fn skip(tx: &Tx<'_>, tenant: TenantId, listener: &str, stream_id: i64) -> Result<()> {
    let seq = first(tx, tenant, listener, stream_id).await?;
    tx.run(&HEARD, params![tenant, listener, stream_id, seq]).await?;
    Ok(())
}

async fn first(tx: &Tx<'_>, tenant: TenantId, listener: &str, stream_id: i64) -> Result<i64> {
    let (seq,): (Option<i64>,) = tx.one(&FIRST, params![tenant, listener, stream_id]).await?;
    seq.ok_or_else(Problem::not_found)
}

impl House {
    /// Tries parked facts that are due; how many were heard.
    pub(crate) async fn retry_parked(&self, buckets: &[i64]) -> Result<usize> {
        let mut heard = 0;
        loop {
            let (mine, now) = (buckets.to_vec(), self.clock().now());
            let due: Vec<Parked> = self
                .read(Reach::House, async move |tx| tx.all(&DUE, params![mine, now, TRIES_PER_ROUND_MAX]).await)
                .await?;
            let mut round = 0;
            for parked in due {
                let house = self.clone();
                round += usize::from(self.write(Reach::House, async move |tx| house.retry(tx, &parked).await).await?);
            }
            if round == 0 {
                return Ok(heard);
            }
            heard += round;
        }
    }

    /// Whether it was heard.
    async fn retry(&self, tx: &Tx<'_>, parked: &Parked) -> Result<bool> {
        let Parked { tenant, listener: name, stream_id, seq } = parked;
        let Some((fact_id, attempts)): Option<(i64, i64)> =
            tx.find(&ONE, params![*tenant, *name, *stream_id, *seq]).await?
        else {
            return Ok(false); // another node was here first
        };
        let fact: FactRow = tx.one(&FACT, params![*tenant, fact_id]).await?;
        let outcome = match self.listeners().named(name) {
            Some(listener) => tx.nested((listener.hear)(&tx.answering(*tenant, fact.depth), &fact)).await,
            None => Err(Problem::broken(format!("no listener is called {name} any more"))),
        };
        let Err(problem) = outcome else {
            tx.run(&HEARD, params![*tenant, *name, *stream_id, *seq]).await?;
            return Ok(true);
        };
        tracing::warn!(%problem, listener = name, fact.id = %fact.id, attempts, "A listener failed again");
        let wait = RETRY_AFTER.get(usize::try_from(attempts).unwrap_or(usize::MAX));
        let state = if wait.is_some() { ParkedState::Waiting } else { ParkedState::Dead };
        let next_at = tx.now().after(wait.copied().unwrap_or_default());
        tx.run(&FAILED, params![*tenant, *name, *stream_id, *seq, attempts + 1, next_at, state, shortened(&problem)])
            .await?;
        Ok(false)
    }
}

fn shortened(problem: &Problem) -> String {
    problem.to_string().chars().take(ERROR_CHARACTERS_MAX).collect()
}
