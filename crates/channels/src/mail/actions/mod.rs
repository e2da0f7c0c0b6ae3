//! Verbs: load, decide, keep, tell; each in one transaction.

mod acknowledge;
mod belonging;
mod body_readers;
mod bring_over;
mod circle;
mod colleague;
mod dkim_keys;
mod hear;
mod keep_letters;
mod mailboxes;
mod name;
mod notices;
mod oauth;
mod queue;
mod recall;
mod report;
mod retry;
mod sending;
mod split;
mod styles;
mod take_in;
mod unlock;
mod wishes;

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    db::Tx,
    house::fact::{By, Telling},
};

pub use body_readers::{add_body_reader, change_body_reader, remove_body_reader};
pub use bring_over::{Brought, bring_over, bring_over_at, settle_imported};
pub use dkim_keys::{NewDkimKey, add_dkim_key, remove_dkim_key, switch_dkim_key};
pub use keep_letters::{keep_handed_in, keep_letters};
pub use mailboxes::{Passwords, add_mailbox, change_mailbox, remove_mailbox};
pub use name::check_named_mailbox;
pub use notices::{TOLD, tell_agents, wish_notices};
pub use oauth::{
    SealedTokens, add_oauth_application, begin_consent, change_oauth_application, connect, lose,
    remove_oauth_application, renew, take_consent,
};
pub use queue::{queue_answer, resend, withdraw};
pub use report::end_waiting;
pub use retry::{read_alone, retry_letter};
pub use sending::{Start, begin_sending, end_sending, give_up, hold_back, let_out, wait_longer};
pub use split::{follow_admitted, follow_split};
pub use styles::{drop_style, set_style};
pub use take_in::{Place, Taken, fail_letter, loop_mark, take_in, take_in_at};
pub use wishes::set_wish;

use super::facts::MailFact;

async fn tell(tx: &Tx<'_>, by: By, seq: i64, fact: &MailFact) -> Result<()> {
    tx.tell(Telling { stream: fact.stream(), seq, fact, texts: &[], by, wall: None }).await.map(drop)
}
