//! Letters came: their bytes are kept. Nothing of them is understood yet.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{db::Tx, house::jobs::Later};

use crate::mail::{
    jobs::{READ_MAILBOX, ReadMailbox},
    letters::Arrival,
    mailbox::MailboxId,
    store::{letters, mailboxes},
};

/// Keeps letters and says up to which number the folder was read; a job reads them. A letter that is kept already is
/// passed over, so a repetition is harmless. How many were new.
pub async fn keep_letters(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    uid_validity: u32,
    arrivals: &[Arrival],
    up_to: u32,
) -> Result<usize> {
    let mut new = 0;
    for arrival in arrivals {
        new += usize::from(letters::keep(tx, tenant, mailbox, uid_validity, arrival).await?);
    }
    if new > 0 {
        let topic = mailbox.number().to_string();
        let job = Later { kind: READ_MAILBOX, topic: Some(&topic), data: &ReadMailbox { mailbox }, run_at: tx.now() };
        tx.later(job).await?;
    }
    mailboxes::advance(tx, tenant, mailbox, uid_validity, up_to).await?;
    Ok(new)
}
