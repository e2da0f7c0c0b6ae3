//! Takes letters in, many by one unit, while the next are being read.

use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_platform::{blob::Stored, house::House};
use madoguchi_tickets::TicketId;

use super::{
    OldState, Order, Progress, Report,
    reading::{self, Before, Read},
    report::Outcome,
    source::{Content, File, Seen},
};
use crate::mail::{
    actions::{self, Brought, Place},
    bytes::Bytes,
    jobs::taken,
    letters::{Fate, KeptLetter, LetterId, LetterState, Reading},
    store::imports,
    tools::Tools,
};

/// Letters that are taken in by one unit.
const LETTERS_PER_UNIT_MAX: usize = 128;
/// Bytes of the letters that are taken in by one unit.
const BYTES_PER_UNIT_MAX: i64 = 8 * 1024 * 1024;
/// Tickets that are settled by one unit.
const TICKETS_PER_UNIT: usize = 200;
/// Hashes of earlier imports that are read at once.
const HASHES_PER_PAGE: usize = 10_000;
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// A letter, ready to be taken in or not.
pub(super) enum Ready {
    Brought(Box<Brought>),
    Not(Outcome),
}

type Letters = Vec<(Seen, Ready)>;

pub(super) async fn all(
    house: &House,
    tools: &Arc<Tools>,
    order: &Order,
    (files, letters): (&Arc<[File]>, Vec<Seen>),
    (report, tell): (&mut Report, &(dyn Fn(Progress) + Sync)),
) -> Result<()> {
    let found = letters.len() as u64;
    let before = Arc::new(before(house, order).await?);
    let ready = reading::each(files, letters, before, tools.letter_bytes_max, |seen, read| {
        let (house, tools, order) = (house.clone(), tools.clone(), order.clone());
        async move { Ok((seen.clone(), ready(&house, &tools, &order, &seen, read).await?)) }
    });
    let mut ready = std::pin::pin!(ready);
    let (mut batch, mut done) = (together(&mut ready).await?, 0);
    while !batch.is_empty() {
        if house.stopping().is_cancelled() {
            return Err(Problem::new(Kind::Unavailable, "import.stopped"));
        }
        let (outcomes, next) = tokio::try_join!(take_in(house, order, batch), together(&mut ready))?;
        done += outcomes.len() as u64;
        for (seen, outcome) in &outcomes {
            report.count(files, seen, outcome);
        }
        tell(Progress { done, found });
        batch = next;
    }
    report.settled = settle(house, order).await?;
    house.dispatch_due().await.map(drop)
}

/// What was imported into the mailbox before.
pub(super) async fn before(house: &House, order: &Order) -> Result<Before> {
    let (tenant, mailbox) = (order.tenant, order.mailbox);
    let (mut before, mut after) = (Before::new(), Vec::new());
    loop {
        let from = after.clone();
        let page =
            house.read(tenant, async move |tx| imports::hashes(tx, tenant, mailbox, &from, HASHES_PER_PAGE).await);
        let page = page.await?;
        before.extend(page.iter().map(|hash| reading::half(hash)));
        match page.into_iter().next_back() {
            Some(last) => after = last,
            None => return Ok(before),
        }
    }
}

async fn ready(house: &House, tools: &Arc<Tools>, order: &Order, seen: &Seen, read: Read) -> Result<Ready> {
    let (Content { bytes, head_only }, _) = match read {
        Read::Whole(content, sha256) => (content, sha256),
        Read::Before => return Ok(Ready::Not(Outcome::Before)),
        Read::Unreadable(why) => return Ok(Ready::Not(Outcome::Unreadable(why))),
    };
    let Stored { blob, sha256, size } = tools.blobs.put(order.tenant, bytes.clone()).await?;
    let kept = KeptLetter {
        id: LetterId::new(house.db().env().new_id()),
        tenant: order.tenant,
        mailbox: order.mailbox,
        size_bytes: i64::try_from(if head_only { seen.bytes } else { size }).map_err(Problem::broken)?,
        head_only,
        blob: blob.name().clone(),
        sha256: sha256.to_vec(),
        state: LetterState::Kept,
        delivered_at: seen.at.min(house.clock().now()),
    };
    let taken = match taken(tools, (kept.clone(), Bytes::from(bytes)), Reading::Imported).await {
        Ok(taken) => Ok(taken),
        Err(problem) if problem.kind == Kind::Unavailable => return Err(problem),
        Err(problem) => Err(problem.code),
    };
    Ok(Ready::Brought(Box::new(Brought { kept, blob, taken })))
}

/// As many as one unit takes in.
async fn together(ready: &mut (impl Stream<Item = Result<(Seen, Ready)>> + Unpin)) -> Result<Letters> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < LETTERS_PER_UNIT_MAX && bytes < BYTES_PER_UNIT_MAX {
        let Some(letter) = ready.next().await else { break };
        let letter = letter?;
        bytes += i64::try_from(letter.0.bytes).unwrap_or(i64::MAX);
        batch.push(letter);
    }
    Ok(batch)
}

/// Takes a batch in by one unit, or else one by one: a letter that cannot be taken in holds nobody up.
async fn take_in(house: &House, order: &Order, batch: Letters) -> Result<Vec<(Seen, Outcome)>> {
    let batch: Arc<Letters> = Arc::new(batch);
    let (together, tenant, mailbox) = (batch.clone(), order.tenant, order.mailbox);
    let done = house.write(order.tenant, async move |tx| {
        let mut outcomes = Vec::with_capacity(together.len());
        let place = Place::of(tx, tenant, mailbox).await?;
        for (_, ready) in together.iter() {
            outcomes.push(match ready {
                Ready::Brought(brought) => outcome(actions::bring_over_at(tx, brought, &place).await?),
                Ready::Not(outcome) => outcome.clone(),
            });
        }
        Ok(outcomes)
    });
    let outcomes = match done.await {
        Ok(outcomes) => outcomes,
        Err(problem) if problem.kind == Kind::Unavailable => return Err(problem),
        Err(problem) => {
            tracing::debug!(%problem, "Letters could not be brought over together");
            one_by_one(house, order, &batch).await?
        }
    };
    Ok(batch.iter().map(|(seen, _)| seen.clone()).zip(outcomes).collect())
}

async fn one_by_one(house: &House, order: &Order, batch: &Arc<Letters>) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(batch.len());
    for (_, ready) in batch.iter() {
        let brought = match ready {
            Ready::Brought(brought) => brought.clone(),
            Ready::Not(outcome) => {
                outcomes.push(outcome.clone());
                continue;
            }
        };
        let unread = Box::new(Brought { taken: Err("broken"), ..(*brought).clone() });
        let done = house.write(order.tenant, async move |tx| actions::bring_over(tx, &brought).await);
        outcomes.push(match done.await {
            Ok(fate) => outcome(fate),
            Err(problem) if problem.kind == Kind::Unavailable => return Err(problem),
            Err(problem) => {
                tracing::warn!(%problem, "A letter could not be brought over; it is kept unread");
                outcome(house.write(order.tenant, async move |tx| actions::bring_over(tx, &unread).await).await?)
            }
        });
    }
    Ok(outcomes)
}

fn outcome(fate: Option<Fate>) -> Outcome {
    fate.map_or_else(|| Outcome::Taken(Fate::aside(LetterState::Duplicate, "duplicate")), Outcome::Taken)
}

/// Lays old tickets to rest; how many.
async fn settle(house: &House, order: &Order) -> Result<u64> {
    let (tenant, mailbox, old) = (order.tenant, order.mailbox, order.old);
    let before = house.clock().now().before(DAY * old.after_days);
    let state = match old.become_ {
        OldState::AsTheyAre => None,
        OldState::Solved => Some("solved"),
        OldState::Closed => Some("closed"),
    };
    let mut settled = 0;
    loop {
        let unit = house.write(tenant, async move |tx| {
            let tickets: Vec<TicketId> = imports::unsettled(tx, tenant, mailbox, TICKETS_PER_UNIT).await?;
            let count = actions::settle_imported(tx, tenant, mailbox, (&tickets, before, state)).await?;
            Ok((tickets.len(), count))
        });
        let (looked_at, count) = unit.await?;
        settled += count;
        if looked_at == 0 {
            return Ok(settled);
        }
    }
}
