//! Letters go from the open folder into another one of the same server: by MOVE (RFC 6851), else by COPY and the removal
//! of what was copied and nothing else (UID EXPUNGE, RFC 4315). A server that has neither would remove what others
//! only marked, so it is not asked.

use std::collections::BTreeSet;

use async_imap::error::Error as ImapError;
use async_imap::types::Capabilities;
use futures_util::TryStreamExt;

use super::{Session, folder_name, refusal, set_of, trouble};
use crate::mail::road::{Trouble, TroubleKind, within};

/// Letters that are moved by one command.
pub const MOVED_TOGETHER_MAX: usize = 200;

/// How a server takes letters into another folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// By one command.
    Whole,
    /// A copy first, then its original goes.
    ByCopy,
    /// It cannot, without touching what is not ours.
    Never,
}

impl Moves {
    pub(super) fn of(offered: &Capabilities) -> Self {
        match (offered.has_str("MOVE"), offered.has_str("UIDPLUS")) {
            (true, _) => Self::Whole,
            (false, true) => Self::ByCopy,
            (false, false) => Self::Never,
        }
    }
}

impl Session {
    /// Nothing, where letters can be moved here; else [`TroubleKind::NoMove`].
    pub fn require_moves(&self) -> Result<(), Trouble> {
        match self.moves {
            Moves::Whole | Moves::ByCopy => Ok(()),
            Moves::Never => Err(Trouble::new(TroubleKind::NoMove, "no MOVE, no UIDPLUS")),
        }
    }

    /// The numbers of the letters that lie in the open folder, up to this one.
    pub async fn present(&mut self, up_to: u32) -> Result<BTreeSet<u32>, Trouble> {
        if up_to == 0 {
            return Ok(BTreeSet::new());
        }
        let found = async { self.inner.uid_search(format!("UID 1:{up_to}")).await.map_err(trouble) };
        // A range is of two ends in either order: a folder whose last letter is below ours still names that one.
        let found = within(self.patience.command_seconds, "UID SEARCH", found).await?;
        Ok(found.into_iter().filter(|uid| *uid <= up_to).collect())
    }

    /// Makes the folder if it is missing. The name is as people write it; Japanese is fine.
    pub async fn make_sure_of(&mut self, folder: &str) -> Result<(), Trouble> {
        let name = folder_name::encode(folder);
        if self.has_folder(&name).await? {
            return Ok(());
        }
        within(self.patience.command_seconds, "CREATE", async {
            match self.inner.create(&name).await.map_err(refused) {
                Err(trouble) if !says_that_it_exists(&trouble.detail) => return Err(trouble),
                Ok(()) | Err(_) => {}
            }
            // Many programs show only what one subscribed to; one that takes no subscription shows everything.
            match self.inner.subscribe(&name).await {
                Ok(()) | Err(ImapError::No(_) | ImapError::Bad(_)) => Ok(()),
                Err(error) => Err(trouble(error)),
            }
        })
        .await
    }

    async fn has_folder(&mut self, name: &str) -> Result<bool, Trouble> {
        // The library gives a name back as it stood between its quotes.
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let pattern = format!("\"{quoted}\"");
        within(self.patience.command_seconds, "LIST", async {
            let mut listed = self.inner.list(None, Some(&pattern)).await.map_err(trouble)?;
            let mut is_there = false;
            // The pattern may mean more than one name.
            while let Some(found) = listed.try_next().await.map_err(trouble)? {
                is_there |= found.name() == name || found.name() == quoted;
            }
            Ok(is_there)
        })
        .await
    }

    /// Takes these letters into the folder, at most [`MOVED_TOGETHER_MAX`] at once. One that is gone is passed over.
    /// Whatever fails, every letter is in one of the two folders.
    pub async fn take_into(&mut self, uids: &[u32], folder: &str) -> Result<(), Trouble> {
        let (set, name) = (set_of(uids), folder_name::encode(folder));
        let moves = self.moves;
        within(self.patience.data_seconds, "UID MOVE", async {
            match moves {
                Moves::Whole => self.inner.uid_mv(&set, &name).await.map_err(refused),
                Moves::ByCopy => {
                    self.inner.uid_copy(&set, &name).await.map_err(refused)?;
                    // The library does not look at how these end, so they are said by hand.
                    let mark = format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)");
                    self.inner.run_command_and_check_ok(mark).await.map_err(refused)?;
                    self.inner.run_command_and_check_ok(format!("UID EXPUNGE {set}")).await.map_err(refused)
                }
                Moves::Never => self.require_moves(),
            }
        })
        .await?;
        self.forget_news();
        Ok(())
    }
}

/// What a server refuses in its own words is told in them.
fn refused(error: ImapError) -> Trouble {
    match refusal(&error) {
        Some(said) => Trouble::new(TroubleKind::NotMoved, said),
        None => trouble(error),
    }
}

/// RFC 5530, and what servers say that do not know it.
fn says_that_it_exists(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    said.contains("[alreadyexists]") || said.contains("already exists")
}
