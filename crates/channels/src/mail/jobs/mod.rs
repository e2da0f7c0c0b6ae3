//! Work for later: a letter is read, an answer is sent.

mod read;
mod send;

use std::{sync::Arc, time::Duration};

use madoguchi_platform::house::jobs::JobKind;
use serde::{Deserialize, Serialize};

use super::{letters::LetterId, outgoing::OutgoingId, tools::Tools};

/// Reading a letter.
pub const READ_LETTER: &str = "mail.read_letter";
/// Sending an answer.
pub const SEND_LETTER: &str = "mail.send_letter";

/// Waits before each further try when something of ours fails; what servers refuse has waits of its own.
const RETRY_AFTER: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(1_800)];

/// Which letter to read, and how.
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

/// Whether this try is the last one.
fn is_last(attempt: i64) -> bool {
    attempt > i64::try_from(RETRY_AFTER.len()).expect("a short list")
}

/// The job that reads letters.
pub fn reading(tools: Arc<Tools>) -> JobKind {
    JobKind::new(READ_LETTER, &RETRY_AFTER, move |run| read::run(run, tools.clone()))
}

/// The job that sends answers.
pub fn sending(tools: Arc<Tools>) -> JobKind {
    JobKind::new(SEND_LETTER, &RETRY_AFTER, move |run| send::run(run, tools.clone()))
}
