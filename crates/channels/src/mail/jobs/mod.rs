//! Work for later: a letter is read, an answer is sent.

mod notice;
mod read;
mod read_mailbox;
mod send;

use std::{sync::Arc, time::Duration};

use madoguchi_people::AgentId;
use madoguchi_platform::house::jobs::{JobKind, JobRun};
use madoguchi_tickets::{MessageId, TicketId};
use serde::{Deserialize, Serialize};

pub(super) use read::taken;
pub(super) use send::write as rewritten;

use super::{actions, letters::LetterId, mailbox::MailboxId, notice::Occasion, outgoing::OutgoingId, tools::Tools};

/// Reading what came to a mailbox.
pub const READ_MAILBOX: &str = "mail.read_mailbox";
/// Reading a letter.
pub const READ_LETTER: &str = "mail.read_letter";
/// Sending an answer.
pub const SEND_LETTER: &str = "mail.send_letter";

/// Telling an agent.
pub const SEND_NOTICE: &str = "mail.send_notice";

/// Waiting no longer for a letter that is late.
pub const END_WAITING: &str = "mail.end_waiting";

/// Waits before each further try when something of ours fails; what servers refuse has waits of its own.
const RETRY_AFTER: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(1_800)];

/// Whose letters to read; the topic is the same.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadMailbox {
    /// The mailbox.
    pub mailbox: MailboxId,
}

/// Which letter to read, and how; the topic is the letter.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadLetter {
    /// The letter.
    pub letter: LetterId,
    /// Whether it is a word whatever the judges say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_word: bool,
}

/// Which letter to send.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendLetter {
    /// The letter.
    pub outgoing: OutgoingId,
}

/// Whom to tell of what.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendNotice {
    /// Whom.
    pub agent: AgentId,
    /// The ticket where it is read.
    pub ticket: TicketId,
    /// Why.
    pub occasion: Occasion,
    /// What was said, if something was.
    pub message: Option<MessageId>,
    /// The fact, or the letter, of which it tells.
    pub fact: i64,
}

/// Which letter is late.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndWaiting {
    /// The letter.
    pub outgoing: OutgoingId,
}

/// Whether this try is the last one.
fn is_last(attempt: i64) -> bool {
    attempt > i64::try_from(RETRY_AFTER.len()).expect("a short list")
}

/// The job that reads what came to a mailbox.
pub fn reading_mailboxes(tools: Arc<Tools>) -> JobKind {
    JobKind::new(READ_MAILBOX, &RETRY_AFTER, move |run| read_mailbox::run(run, tools.clone()))
}

/// The job that reads a single letter: again, or as a person wants it.
pub fn reading(tools: Arc<Tools>) -> JobKind {
    JobKind::new(READ_LETTER, &RETRY_AFTER, move |run| read::run(run, tools.clone()))
}

/// The job that waits no longer for a letter that is late.
pub fn end_of_waiting() -> JobKind {
    JobKind::new(END_WAITING, &RETRY_AFTER, |run: JobRun| async move {
        let EndWaiting { outgoing } = run.data()?;
        let tenant = run.tenant;
        run.finish(async move |tx| actions::end_waiting(tx, tenant, outgoing).await).await
    })
}

/// The job that tells agents.
pub fn noticing(tools: Arc<Tools>) -> JobKind {
    JobKind::new(SEND_NOTICE, &notice::RETRY_AFTER, move |run| notice::run(run, tools.clone()))
}

/// The job that sends answers.
pub fn sending(tools: Arc<Tools>) -> JobKind {
    JobKind::new(SEND_LETTER, &RETRY_AFTER, move |run| send::run(run, tools.clone()))
}
