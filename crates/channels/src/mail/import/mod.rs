//! Letters are brought over from elsewhere: from files, mbox files, Maildirs and folders of them, into the mailbox where
//! they once came.
//!
//! First every head is looked at, so that the letters can be put in order, the oldest first and an answer never before
//! what it answers. Then they are read on several threads and taken in, many by one unit, by the same actions as letters
//! that come: as the past, so nobody is told and nothing leaves. Each unit notes the hash of what it took in, so whoever
//! is interrupted begins again and nothing comes twice.

mod folder;
mod forecast;
mod mbox;
mod order;
mod reading;
mod report;
mod source;
mod work;

use std::{path::PathBuf, sync::Arc};

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::house::House;

pub use report::{Aside, Report};

use super::{mailbox::MailboxId, tools::Tools};

/// What is to be brought over.
#[derive(Clone, Debug)]
pub struct Order {
    /// Into which desk.
    pub tenant: TenantId,
    /// Into which of its mailboxes.
    pub mailbox: MailboxId,
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// What becomes of tickets on which nothing was said for long.
    pub old: Old,
    /// Which folders of a mail program.
    pub folders: Folders,
    /// Whether anything is kept.
    pub mode: Mode,
}

/// What becomes of tickets that begin with what is brought over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Old {
    /// Days since the last letter after which a ticket is old.
    pub after_days: u32,
    /// What old tickets are then.
    pub become_: OldState,
}

/// What old tickets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldState {
    /// Solved: whoever writes again within the reopen window opens them.
    Solved,
    /// Closed for good.
    Closed,
    /// As they are.
    AsTheyAre,
}

/// Which folders of a mail program are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folders {
    /// Neither drafts, nor what was thrown away or taken for spam.
    Usual,
    /// Every one.
    All,
}

/// Whether anything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The letters are taken in.
    Real,
    /// Everything is read and nothing kept: what would become of the letters.
    Rehearsal,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Letters that are done.
    pub done: u64,
    /// Letters that there are.
    pub found: u64,
}

/// Does it, and tells how far it is. What is interrupted can be begun again.
pub async fn bring_over(
    house: &House,
    tools: &Arc<Tools>,
    order: &Order,
    tell: &(dyn Fn(Progress) + Sync),
) -> Result<Report> {
    let found = reading::find(order).await?;
    let mut report = Report::new(order.mode);
    report.passed_over(found.passed_over);
    report.left(&found.files, found.left);
    match order.mode {
        Mode::Real => work::all(house, tools, order, (&found.files, found.letters), (&mut report, tell)).await?,
        Mode::Rehearsal => {
            forecast::all(house, tools, order, (&found.files, found.letters), (&mut report, tell)).await?;
        }
    }
    Ok(report)
}
