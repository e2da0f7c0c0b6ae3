//! Letters on their way out. Pure.

use std::time::Duration;

use madoguchi_kernel::Timestamp;
use madoguchi_platform::record;
use madoguchi_tickets::{MessageId, TicketId, envelope::Recipient, words::DeliveryState};

use super::mailbox::{AfterCrash, MailboxId};
pub use super::token::OutgoingId;

/// Waits before each further try; the last one repeats until [`GIVE_UP_AFTER`].
const RETRY_AFTER: [Duration; 7] = [
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
    Duration::from_secs(900),
    Duration::from_secs(1_800),
    Duration::from_secs(3_600),
    Duration::from_secs(3 * 3_600),
];
/// After this long nobody waits for the letter any more.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 86_400);
/// How often a letter of which nobody knows whether it left is sent again by itself.
pub const RESENT_MAX: i64 = 3;

record! {
    /// One mail on its way out.
    #[derive(Clone, Debug)]
    pub struct Outgoing {
        /// Its id.
        pub id: OutgoingId,
        /// The ticket.
        pub ticket: TicketId,
        /// The message that it carries.
        pub message: MessageId,
        /// The mailbox from which it leaves; none while the desk has none.
        pub mailbox: Option<MailboxId>,
        /// Where it is.
        pub state: DeliveryState,
        /// Tries so far.
        pub attempts: i64,
        /// How often it was sent again without knowing whether it had left.
        pub resent: i64,
        /// Its Message-ID, once it has one.
        pub mail_id: Option<String>,
        /// Its `Date`, once it may have left: whoever gets it twice must see one letter.
        pub dated_at: Option<Timestamp>,
        /// When it was put down.
        pub created_at: Timestamp,
    }
}

/// What a try begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Send it.
    Send,
    /// Send it again, marked: nobody knows whether the last try came through.
    SendAgain,
    /// Nobody knows whether the last try came through, and a person is to decide.
    Ask,
    /// It is done with.
    Nothing,
}

impl Outgoing {
    /// How a try begins. A letter that is found in the middle of being sent was left there by a crash.
    pub fn begin(&self, after_crash: AfterCrash) -> Beginning {
        match (self.state, after_crash) {
            (DeliveryState::Queued, _) => Beginning::Send,
            (DeliveryState::Sending, AfterCrash::Resend) if self.resent < RESENT_MAX => Beginning::SendAgain,
            (DeliveryState::Sending, AfterCrash::Resend | AfterCrash::Ask) => Beginning::Ask,
            (DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Unknown | DeliveryState::Withdrawn, _) => {
                Beginning::Nothing
            }
        }
    }

    /// How often it will have been sent again without knowing, once a try that begins so is made.
    pub fn resent_by(&self, beginning: Beginning) -> i64 {
        match beginning {
            Beginning::SendAgain => self.resent + 1,
            Beginning::Send | Beginning::Ask | Beginning::Nothing => self.resent,
        }
    }

    /// How long to wait after this many tries that failed for now; `None` when it has waited long enough.
    pub fn wait(&self, attempts: i64, now: Timestamp) -> Option<Duration> {
        let nth = usize::try_from(attempts - 1).unwrap_or(0).min(RETRY_AFTER.len() - 1);
        let wait = RETRY_AFTER[nth];
        (now.after(wait) <= self.created_at.after(GIVE_UP_AFTER)).then_some(wait)
    }

    /// Whether a person may have it sent again: it did not leave, nobody knows whether it did, or somebody did not get it.
    pub fn may_resend(&self, recipients: &[Recipient]) -> bool {
        match self.state {
            DeliveryState::Failed | DeliveryState::Unknown => true,
            DeliveryState::Sent => recipients.iter().any(|recipient| recipient.state == Some(DeliveryState::Failed)),
            DeliveryState::Queued | DeliveryState::Sending | DeliveryState::Withdrawn => false,
        }
    }

    /// Whether whoever wrote it may take it back: no try began.
    pub fn may_withdraw(&self) -> bool {
        self.state == DeliveryState::Queued && self.attempts == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(state: DeliveryState, resent: i64) -> Outgoing {
        Outgoing {
            id: OutgoingId::new(1),
            ticket: TicketId::new(2),
            message: MessageId::new(3),
            mailbox: Some(MailboxId::new(4)),
            state,
            attempts: 1,
            resent,
            mail_id: None,
            dated_at: None,
            created_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn a_letter_found_in_the_middle_was_left_by_a_crash() {
        use DeliveryState::{Failed, Queued, Sending, Sent, Unknown, Withdrawn};
        for (state, resent, after_crash, begins) in [
            (Queued, 0, AfterCrash::Ask, Beginning::Send),
            (Sending, 0, AfterCrash::Resend, Beginning::SendAgain),
            (Sending, RESENT_MAX, AfterCrash::Resend, Beginning::Ask),
            (Sending, 0, AfterCrash::Ask, Beginning::Ask),
            (Sent, 0, AfterCrash::Resend, Beginning::Nothing),
            (Failed, 0, AfterCrash::Resend, Beginning::Nothing),
            (Unknown, 0, AfterCrash::Resend, Beginning::Nothing),
            (Withdrawn, 0, AfterCrash::Resend, Beginning::Nothing),
        ] {
            assert_eq!(letter(state, resent).begin(after_crash), begins, "{state:?} {after_crash:?}");
        }
    }

    #[test]
    fn waits_grow_and_end_after_three_days() {
        let letter = letter(DeliveryState::Queued, 0);
        let (mut now, mut attempts) = (letter.created_at, 0);
        let mut waits = Vec::new();
        loop {
            attempts += 1;
            let Some(wait) = letter.wait(attempts, now) else { break };
            waits.push(wait);
            now = now.after(wait);
        }
        assert!(waits.is_sorted());
        assert!(now <= letter.created_at.after(GIVE_UP_AFTER));
        assert!(now.after(*RETRY_AFTER.last().expect("not empty")) > letter.created_at.after(GIVE_UP_AFTER));
    }
}
