//! The watch over mailboxes. Each is watched by one node at a time: it reads what lies above its watermark, waits to be
//! told of more, and looks now and then all the same. What is in the way is kept where people see it, and tried again
//! with longer and longer waits.
//!
//! A letter's bytes are in the blob store before its row commits, and the watermark moves with the row: whenever we
//! stop, the row is there or the server still has the mail.

mod intake;
mod moving;

use std::{collections::HashMap, sync::Arc, time::Duration};

use madoguchi_kernel::{Problem, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::Reach,
    house::{House, live::Hint},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    imap::{self, Session},
    mailbox::{ALARM_AFTER, Mailbox, MailboxId},
    road::Trouble,
    sign_in::Failed,
    store::mailboxes::{self, Watched},
    tools::Tools,
};
use intake::Intake;
use moving::{Moved, Tries};

/// How often the list of mailboxes is looked at when nothing tells of a change.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(300);

/// Why a watch stopped.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The server or the way to it.
    Trouble(Trouble),
    /// Our own house.
    Problem(Problem),
    /// Somebody else watches now, or nobody is to.
    Over,
}

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}
impl From<Failed> for Stopped {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Trouble(trouble) => Self::Trouble(trouble),
            Failed::Problem(problem) => Self::Problem(problem),
        }
    }
}
impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Starts watching every mailbox that is on, and follows changes.
pub fn start(house: &House, tools: Arc<Tools>) {
    let keeper = house.clone();
    house.spawn(async move { keep_watch(&keeper, &tools).await });
}

/// A watch at work.
struct AtWork {
    revision: i64,
    stop: CancellationToken,
    over: CancellationToken,
}

async fn keep_watch(house: &House, tools: &Arc<Tools>) {
    let mut at_work: HashMap<MailboxId, AtWork> = HashMap::new();
    let mut hints = house.live().listen();
    let ended = Arc::new(Notify::new());
    while !house.stopping().is_cancelled() {
        match house.read(Reach::House, async |tx| mailboxes::watched(tx).await).await {
            Ok(wanted) => follow(house, tools, &mut at_work, &ended, &wanted).await,
            Err(problem) => tracing::warn!(%problem, "The list of mailboxes could not be read"),
        }
        tokio::select! {
            () = house.stopping().cancelled() => {}
            () = house.clock().sleep(LOOK_EVERY) => {}
            // Where a watch ended because its mailbox changed, another one begins.
            () = ended.notified() => {}
            heard = told_of_mailbox(&mut hints) => {
                if !heard {
                    hints = house.live().listen();
                }
            }
        }
    }
    at_work.values().for_each(|watch| watch.stop.cancel());
}

/// Ends when a mailbox changed; `false` when hints were missed and one must listen anew.
async fn told_of_mailbox(hints: &mut tokio::sync::broadcast::Receiver<Arc<[Hint]>>) -> bool {
    loop {
        match hints.recv().await {
            Ok(told) if told.iter().any(|hint| hint.kind == "mailbox" && hint.revision > 0) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// Stops watches that are not wanted as they are, starts those that are missing.
async fn follow(
    house: &House,
    tools: &Arc<Tools>,
    at_work: &mut HashMap<MailboxId, AtWork>,
    ended: &Arc<Notify>,
    wanted: &[Watched],
) {
    at_work.retain(|id, watch| {
        if !wanted.iter().any(|wanted| wanted.mailbox == *id && wanted.revision == watch.revision) {
            watch.stop.cancel();
        }
        !watch.over.is_cancelled()
    });
    for wanted in wanted.iter().filter(|wanted| !at_work.contains_key(&wanted.mailbox)).copied().collect::<Vec<_>>() {
        match house.lease(&Mailbox::lease(wanted.mailbox)).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(problem) => {
                tracing::warn!(%problem, "A mailbox's lease could not be taken");
                continue;
            }
        }
        let watch =
            AtWork { revision: wanted.revision, stop: house.stopping().child_token(), over: CancellationToken::new() };
        let watcher = Watcher { house: house.clone(), tools: tools.clone(), watched: wanted, stop: watch.stop.clone() };
        let (over, ended) = (watch.over.clone(), ended.clone());
        house.spawn(async move {
            watcher.run().await;
            over.cancel();
            ended.notify_one();
        });
        at_work.insert(wanted.mailbox, watch);
    }
}

/// One mailbox under watch.
struct Watcher {
    house: House,
    tools: Arc<Tools>,
    watched: Watched,
    stop: CancellationToken,
}

impl Watcher {
    async fn run(&self) {
        let (mut failures, mut silence, mut tries) = (0, None, Tries::default());
        while !self.stop.is_cancelled() {
            match self.attend(&mut failures, &mut tries).await {
                Ok(()) => {}
                Err(Stopped::Over) => break,
                Err(stopped) => {
                    failures += 1;
                    self.note(&stopped).await;
                    self.alarm(&mut silence, failures);
                    let wait = wait(failures, self.watched.mailbox);
                    tokio::select! {
                        () = self.stop.cancelled() => {}
                        () = self.house.clock().sleep(wait) => {}
                    }
                }
            }
        }
        if let Err(problem) = self.house.drop_lease(&Mailbox::lease(self.watched.mailbox)).await {
            tracing::debug!(%problem, "A mailbox's lease was not given back");
        }
    }

    /// One connection, from beginning to end; well ended where another one is to follow at once.
    async fn attend(&self, failures: &mut u32, tries: &mut Tries) -> Result<(), Stopped> {
        let Watched { tenant, mailbox, .. } = self.watched;
        // A server that does not answer must not hold up a house that closes.
        let (mut session, mut intake) = tokio::select! {
            opened = open(&self.house, &self.tools, tenant, mailbox) => opened?,
            () = self.stop.cancelled() => return Err(Stopped::Over),
        };
        loop {
            let new = intake.take_all(&mut session, || self.is_ours()).await?;
            if std::mem::take(failures) > 0 || new > 0 {
                self.hint();
            }
            if !self.is_ours() {
                session.leave().await;
                return Err(Stopped::Over);
            }
            if intake.move_kept(&mut session, tries).await? == Moved::Broken {
                session.leave().await;
                return Ok(());
            }
            (session, _) = session.wait(self.tools.poll_every, self.stop.cancelled()).await?;
        }
    }

    /// Tells whoever runs the house, once, that a mailbox has been silent for too long. The silence has a beginning, and
    /// none any more once it was told.
    fn alarm(&self, silence: &mut Option<Timestamp>, failures: u32) {
        let now = self.house.clock().now();
        if failures == 1 {
            *silence = Some(now);
        }
        if silence.is_some_and(|began| began.after(ALARM_AFTER) <= now) {
            tracing::error!(
                mailbox = self.watched.mailbox.number(),
                "A mailbox could not be read for a quarter of an hour"
            );
            *silence = None;
        }
    }

    fn is_ours(&self) -> bool {
        !self.stop.is_cancelled() && self.house.holds(&Mailbox::lease(self.watched.mailbox))
    }

    async fn note(&self, stopped: &Stopped) {
        let Watched { tenant, mailbox, .. } = self.watched;
        let (code, detail) = match stopped {
            Stopped::Trouble(trouble) => (trouble.kind.code().to_owned(), trouble.detail.clone()),
            Stopped::Problem(problem) => {
                tracing::warn!(%problem, mailbox = mailbox.number(), "A mailbox could not be read");
                (problem.code.to_owned(), String::new())
            }
            Stopped::Over => return,
        };
        tracing::info!(mailbox = mailbox.number(), code, "A mailbox cannot be read for now");
        let noted = self
            .house
            .write(tenant, async move |tx| mailboxes::trouble_in(tx, tenant, mailbox, (&code, &detail)).await)
            .await;
        match noted {
            Ok(()) => self.hint(),
            Err(problem) => tracing::warn!(%problem, "A mailbox's trouble could not be kept"),
        }
    }

    /// Tells browsers that the mailbox looks different. Its revision is the same: nobody changed it.
    fn hint(&self) {
        let Watched { tenant, mailbox, .. } = self.watched;
        let hint = Hint { tenant, kind: "mailbox", id: mailbox.number(), revision: 0, wall: None };
        self.house.live().hint(vec![hint]);
    }
}

/// How long a server that failed so often in a row is left alone: twice as long each time. Every mailbox waits up to a
/// quarter less, each by another share, so that the many of one server do not all knock at the same moment.
fn wait(failures: u32, mailbox: MailboxId) -> Duration {
    let usual = WAIT_MAX.min(Duration::from_secs(1 << (failures.max(1) - 1).min(9)));
    // Fibonacci hashing (Knuth): numbers in a row fall far apart.
    let share = mailbox.number().unsigned_abs().wrapping_add(u64::from(failures)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let share = u32::try_from(share >> 40).unwrap_or_default();
    usual - usual.mul_f64(f64::from(share) / f64::from(1 << 24) / 4.0)
}

/// Connects, signs in and opens the folder.
async fn open(
    house: &House,
    tools: &Arc<Tools>,
    tenant: TenantId,
    id: MailboxId,
) -> Result<(Session, Intake), Stopped> {
    let found = house.read(tenant, async move |tx| mailboxes::find(tx, tenant, id).await).await?;
    let Some(mailbox) = found else { return Err(Stopped::Over) };
    let (account, sign_in) = (&mailbox.settings.imap, tools.sign_in(house));
    let mut credential = sign_in.credential(tenant, &mailbox, account).await?;
    let server = account.server(mailbox.settings.extra_ca.as_deref());
    let mut connected = imap::connect(&server, &credential.login(), tools.patience).await;
    if connected.as_ref().is_err_and(|trouble| credential.may_be_stale(trouble)) {
        credential = sign_in.renewed(tenant, &mailbox, (account, &credential)).await?;
        connected = imap::connect(&server, &credential.login(), tools.patience).await;
    }
    let mut session = connected.map_err(|trouble| credential.explain(trouble))?;
    let folder = session.open(&mailbox.settings.folder).await?;
    let intake = Intake::begin(house, tools, (tenant, id, mailbox.settings.taken_days), folder, &mut session).await?;
    Ok((session, intake.moving_into(mailbox.settings.taken_folder.as_deref())))
}

/// Looks into a mailbox once, without waiting for more: how many letters were new. For tests and the command line; the
/// watch does the same again and again.
pub async fn look_once(house: &House, tools: &Arc<Tools>, tenant: TenantId, id: MailboxId) -> Result<usize> {
    let looked = async {
        let (mut session, mut intake) = open(house, tools, tenant, id).await?;
        let new = intake.take_all(&mut session, || true).await?;
        intake.move_kept(&mut session, &mut Tries::default()).await?;
        session.leave().await;
        Ok::<_, Stopped>(new)
    };
    match looked.await {
        Ok(new) => Ok(new),
        Err(Stopped::Trouble(trouble)) => {
            let told = trouble.clone();
            house
                .write(tenant, async move |tx| {
                    mailboxes::trouble_in(tx, tenant, id, (trouble.kind.code(), &trouble.detail)).await
                })
                .await?;
            Err(Problem::new(madoguchi_kernel::problem::Kind::Unavailable, "mailbox.failing").because(told))
        }
        Err(Stopped::Problem(problem)) => Err(problem),
        Err(Stopped::Over) => Err(Problem::not_found()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_fails_is_asked_ever_more_rarely_and_not_by_all_at_once() {
        for (failures, usual) in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (99, 300)] {
            let waits: Vec<Duration> = (1..=100).map(|mailbox| wait(failures, MailboxId::new(mailbox))).collect();
            let usual = Duration::from_secs(usual);
            assert!(waits.iter().all(|wait| (usual * 3 / 4..=usual).contains(wait)), "{waits:?}");
            let mut different = waits.clone();
            different.sort_unstable();
            different.dedup();
            assert!(different.len() > 90, "{different:?}");
        }
    }
}
