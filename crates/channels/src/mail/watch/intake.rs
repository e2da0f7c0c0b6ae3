//! From the folder into the house: bytes first, then a row and the watermark together.

use std::{sync::Arc, time::Duration};

use madoguchi_kernel::{TenantId, Timestamp, problem::Result};
use madoguchi_platform::{blob::Stored, house::House};
use tokio::io::{AsyncReadExt, DuplexStream};

use super::{Stopped, moving::Moving};
use crate::mail::{
    actions,
    imap::{Fetched, Folder, Session, TOGETHER_BYTES_MAX, WAITING_MAX, Waiting},
    letters::Arrival,
    mailbox::{Left, MailboxId},
    store::mailboxes,
    tools::Tools,
};

/// Letters whose rows are kept in one unit.
const LETTERS_PER_UNIT_MAX: usize = 32;
/// Bytes on their way between the line and the store.
const PIPE_BYTES: usize = 64 * 1024;
/// A folder that was renumbered is read from this long before it was last seen; what is there twice is known.
const RENUMBERED_FROM_BEFORE: Duration = Duration::from_secs(48 * 3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// That a folder was looked at in vain is kept this often.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// The reading of one open folder.
pub(super) struct Intake {
    pub(super) house: House,
    tools: Arc<Tools>,
    pub(super) tenant: TenantId,
    pub(super) mailbox: MailboxId,
    pub(super) uid_validity: u32,
    pub(super) uid_last: u32,
    left: Option<Left>,
    seen_at: Option<Timestamp>,
    /// What becomes of letters that are kept, where they are not to stay.
    pub(super) moving: Option<Moving>,
}

impl Intake {
    /// Finds where reading goes on. A folder that was never seen is read from as many days before as people want, by
    /// the server's calendar. One that numbers its letters anew is read from some time before we last saw it; letters
    /// that we have are known by their ids.
    pub async fn begin(
        house: &House,
        tools: &Arc<Tools>,
        (tenant, mailbox, taken_days): (TenantId, MailboxId, u32),
        folder: Folder,
        session: &mut Session,
    ) -> Result<Self, Stopped> {
        let watch = house.read(tenant, async move |tx| mailboxes::watch(tx, tenant, mailbox).await).await?;
        let (mut uid_last, mut left) = (watch.uid_last, watch.left);
        if watch.uid_validity != Some(folder.uid_validity) {
            let now = house.clock().now();
            let since = match watch.last_seen_at {
                Some(seen_at) => Some(seen_at.before(RENUMBERED_FROM_BEFORE)),
                None if taken_days == 0 => None,
                None => Some(now.before(DAY * taken_days)),
            };
            let first = match since {
                Some(since) => session.first_since(since.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date()).await?,
                None => None,
            };
            uid_last = first.or(folder.uid_next).map_or(0, |uid| uid.saturating_sub(1));
            // A day more, for the server's calendar is not ours.
            let before = now.before(DAY * (taken_days + 1));
            left = watch.last_seen_at.is_none().then_some(Left { below: folder.uid_next.unwrap_or(u32::MAX), before });
            let place = (folder.uid_validity, uid_last);
            house.write(tenant, async move |tx| mailboxes::watch_from(tx, tenant, mailbox, place, left).await).await?;
        }
        let (house, tools) = (house.clone(), tools.clone());
        let uid_validity = folder.uid_validity;
        Ok(Self { house, tools, tenant, mailbox, uid_validity, uid_last, left, seen_at: None, moving: None })
    }

    /// The same, with letters that go into this folder once they are kept.
    pub fn moving_into(self, folder: Option<&str>) -> Self {
        Self { moving: folder.map(|folder| Moving::into(folder.to_owned())), ..self }
    }

    /// Takes in everything above the watermark, while `go_on` says so; how many letters were new.
    pub async fn take_all(&mut self, session: &mut Session, go_on: impl Fn() -> bool) -> Result<usize, Stopped> {
        let mut new = 0;
        loop {
            let waiting = session.waiting(self.uid_last).await?;
            let more = waiting.len() == WAITING_MAX;
            for batch in waiting.chunks(LETTERS_PER_UNIT_MAX) {
                if !go_on() {
                    return Ok(new);
                }
                new += self.take(session, batch).await?;
            }
            if !more {
                break;
            }
        }
        self.seen(new > 0).await?;
        Ok(new)
    }

    async fn take(&mut self, session: &mut Session, batch: &[Waiting]) -> Result<usize, Stopped> {
        let wanted = |waiting: &Waiting| self.left.is_none_or(|left| !left.has(waiting.uid, waiting.delivered_at));
        let wanted: Vec<Waiting> = batch.iter().copied().filter(wanted).collect();
        let mut arrivals = self.fetch_together(session, &wanted).await?;
        for waiting in wanted {
            if arrivals.iter().all(|arrival| arrival.uid != Some(waiting.uid)) {
                arrivals.extend(self.fetch(session, waiting).await?);
            }
        }
        // In the order in which they came: an answer after the letter that it answers.
        arrivals.sort_by_key(|arrival| arrival.uid);
        let (tenant, mailbox, uid_validity) = (self.tenant, self.mailbox, self.uid_validity);
        let Some(up_to) = batch.last().map(|waiting| waiting.uid) else { return Ok(0) };
        let uids: Vec<u32> = arrivals.iter().filter_map(|arrival| arrival.uid).collect();
        let new = self
            .house
            .write(tenant, async move |tx| {
                actions::keep_letters(tx, tenant, mailbox, uid_validity, &arrivals, up_to).await
            })
            .await?;
        self.uid_last = up_to;
        // Only now, when nothing can lose it: for people who look into the mailbox with another program.
        session.mark_seen(&uids).await?;
        if let Some(moving) = &mut self.moving {
            moving.add(&uids);
        }
        Ok(new)
    }

    /// Takes letters in that are small enough to be asked for together; what is not among them is asked for by itself.
    async fn fetch_together(&self, session: &mut Session, wanted: &[Waiting]) -> Result<Vec<Arrival>, Stopped> {
        let small = |letter: &&Waiting| letter.size_bytes < TOGETHER_BYTES_MAX.min(self.tools.letter_bytes_u32());
        let small: Vec<u32> = wanted.iter().filter(small).map(|letter| letter.uid).collect();
        let found = session.fetch_together(&small).await?;
        let mut arrivals = Vec::with_capacity(found.len());
        for (uid, content) in found {
            let Stored { blob, sha256, size } = self.tools.blobs.put(self.tenant, content).await?;
            let delivered_at = wanted.iter().find(|letter| letter.uid == uid).and_then(|letter| letter.delivered_at);
            arrivals.push(Arrival { uid: Some(uid), size_bytes: size, head_only: false, delivered_at, blob, sha256 });
        }
        Ok(arrivals)
    }

    /// Streams a letter into the store; `None` when it is gone from the folder.
    async fn fetch(&self, session: &mut Session, waiting: Waiting) -> Result<Option<Arrival>, Stopped> {
        let (mut line, store) = tokio::io::duplex(PIPE_BYTES);
        let reading = async {
            let fetched = session.fetch(waiting, self.tools.letter_bytes_u32(), &mut line).await;
            drop(line);
            fetched
        };
        let (fetched, stored) = tokio::join!(reading, self.store(store));
        // A full disk stops the reading too; the disk is the cause.
        let stored = stored?;
        let head_only = match fetched? {
            Fetched::Whole { .. } => false,
            Fetched::HeadOnly { .. } => true,
            Fetched::Gone => return Ok(None),
        };
        let Stored { blob, sha256, size } = stored;
        let size_bytes = if head_only { u64::from(waiting.size_bytes) } else { size };
        let Waiting { uid, delivered_at, .. } = waiting;
        Ok(Some(Arrival { uid: Some(uid), size_bytes, head_only, delivered_at, blob, sha256 }))
    }

    async fn store(&self, mut from: DuplexStream) -> Result<Stored> {
        let mut incoming = self.tools.blobs.begin(self.tenant, self.tools.letter_bytes_max);
        let mut piece = vec![0; PIPE_BYTES];
        loop {
            let length = from.read(&mut piece).await.map_err(madoguchi_kernel::Problem::broken)?;
            if length == 0 {
                return incoming.finish().await;
            }
            incoming.write(&piece[..length]).await?;
        }
    }

    /// Keeps that the folder was looked at and nothing was in the way.
    async fn seen(&mut self, has_news: bool) -> Result<(), Stopped> {
        let now = self.house.clock().now();
        if !has_news && self.seen_at.is_some_and(|at| now.since(at) < SEEN_EVERY) {
            return Ok(());
        }
        let (tenant, mailbox) = (self.tenant, self.mailbox);
        self.house.write(tenant, async move |tx| mailboxes::seen(tx, tenant, mailbox).await).await?;
        self.seen_at = Some(now);
        Ok(())
    }
}
