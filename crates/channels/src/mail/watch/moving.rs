//! Out of the folder that is read, into the one for letters that are kept. It comes after everything else: a letter
//! that cannot be moved stays where it is, is not taken in again, and holds nobody up.
//!
//! Which letters may go is asked of our rows alone: what was left in the folder when it was first connected has none.

use std::collections::BTreeSet;

use madoguchi_kernel::Timestamp;
use madoguchi_platform::house::live::Hint;

use super::{Stopped, intake::Intake, wait};
use crate::mail::{
    imap::{MOVED_TOGETHER_MAX, Session},
    road::{Trouble, TroubleKind},
    store::{letters, mailboxes},
};

/// Numbers that are looked up by one question.
const ASKED_TOGETHER_MAX: usize = 500;

/// Letters that are to be moved.
pub(super) struct Moving {
    /// The folder into which they go.
    into: String,
    /// Those that are kept and still lie where they came, once that was looked up on this connection.
    behind: Option<BTreeSet<u32>>,
}

impl Moving {
    pub fn into(folder: String) -> Self {
        Self { into: folder, behind: None }
    }
    /// These are kept by now.
    pub fn add(&mut self, uids: &[u32]) {
        if let Some(behind) = &mut self.behind {
            behind.extend(uids);
        }
    }
}

/// How moving went so far; outlives a connection.
#[derive(Default)]
pub(super) struct Tries {
    failed: u32,
    again_at: Option<Timestamp>,
    /// Whether what people see about it is as it is.
    is_told: bool,
}

/// What came of moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// Nothing is left behind, or it waits for another time.
    Fine,
    /// It failed, and nobody knows what the server says next: a new connection is needed.
    Broken,
}

impl Intake {
    /// Moves what is kept and still there, unless that failed a moment ago. Trouble is kept where people see it and
    /// ends nothing.
    pub async fn move_kept(&mut self, session: &mut Session, tries: &mut Tries) -> Result<Moved, Stopped> {
        let now = self.house.clock().now();
        if self.moving.is_none() || tries.again_at.is_some_and(|at| now < at) {
            return Ok(Moved::Fine);
        }
        let (tenant, mailbox) = (self.tenant, self.mailbox);
        match self.try_to_move(session).await {
            Ok(()) => {
                (tries.failed, tries.again_at) = (0, None);
                if !std::mem::replace(&mut tries.is_told, true)
                    && self
                        .house
                        .write(tenant, async move |tx| mailboxes::well_moving(tx, tenant, mailbox).await)
                        .await?
                {
                    self.hint();
                }
                Ok(Moved::Fine)
            }
            Err(Stopped::Trouble(trouble)) => {
                tries.failed += 1;
                tries.again_at = Some(now.after(wait(tries.failed, mailbox)));
                tries.is_told = false;
                self.note(&trouble).await?;
                Ok(if trouble.kind == TroubleKind::NoMove { Moved::Fine } else { Moved::Broken })
            }
            Err(stopped) => Err(stopped),
        }
    }

    async fn try_to_move(&mut self, session: &mut Session) -> Result<(), Stopped> {
        let Some(Moving { into, behind }) = &self.moving else { return Ok(()) };
        let (into, mut behind) = (
            into.clone(),
            match behind {
                Some(behind) => behind.clone(),
                None => self.behind(session).await?,
            },
        );
        let moved = self.all_of(session, &into, &mut behind).await;
        self.moving = Some(Moving { into, behind: Some(behind) });
        moved
    }

    /// Those of the letters in the folder that we have.
    async fn behind(&self, session: &mut Session) -> Result<BTreeSet<u32>, Stopped> {
        let present: Vec<u32> = session.present(self.uid_last).await?.into_iter().collect();
        let (tenant, mailbox, uid_validity) = (self.tenant, self.mailbox, self.uid_validity);
        let mut behind = BTreeSet::new();
        for some in present.chunks(ASKED_TOGETHER_MAX) {
            let some = some.to_vec();
            let known = self
                .house
                .read(tenant, async move |tx| letters::numbered(tx, tenant, mailbox, (uid_validity, &some)).await);
            behind.extend(known.await?);
        }
        Ok(behind)
    }

    async fn all_of(&self, session: &mut Session, into: &str, behind: &mut BTreeSet<u32>) -> Result<(), Stopped> {
        if behind.is_empty() {
            return Ok(());
        }
        session.require_moves()?;
        session.make_sure_of(into).await?;
        while !behind.is_empty() {
            let some: Vec<u32> = behind.iter().copied().take(MOVED_TOGETHER_MAX).collect();
            session.take_into(&some, into).await?;
            some.iter().for_each(|uid| {
                behind.remove(uid);
            });
        }
        Ok(())
    }

    async fn note(&self, trouble: &Trouble) -> Result<(), Stopped> {
        let (tenant, mailbox) = (self.tenant, self.mailbox);
        let (code, detail) = (trouble.kind.code().to_owned(), trouble.detail.clone());
        tracing::info!(mailbox = mailbox.number(), code, "Letters that are kept cannot be moved for now");
        self.house
            .write(tenant, async move |tx| mailboxes::trouble_moving(tx, tenant, mailbox, (&code, &detail)).await)
            .await?;
        self.hint();
        Ok(())
    }

    fn hint(&self) {
        let hint = Hint { tenant: self.tenant, kind: "mailbox", id: self.mailbox.number(), revision: 0, wall: None };
        self.house.live().hint(vec![hint]);
    }
}
