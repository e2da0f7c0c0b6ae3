//! Somebody wants a letter read again, or a ticket made of it.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{access::May, db::Tx, house::jobs::Later};

use crate::mail::{
    jobs::{READ_LETTER, ReadLetter},
    letters::{LetterId, Reading},
    rights::RetryLetters,
    store::letters,
    views,
};

/// Puts the letter back among those that wait to be read. One that was set aside becomes a ticket.
pub async fn retry_letter(tx: &Tx<'_>, may: &May<RetryLetters>, id: LetterId) -> Result<()> {
    let tenant = may.tenant();
    views::require_seen(tx, may, id).await?;
    let letter = letters::locked(tx, tenant, id).await?;
    let reading = letter.state.again().ok_or_else(|| Problem::conflict("letter.in_hand"))?;
    read_alone(tx, tenant, id, reading).await
}

/// Lets a job of its own read a letter.
pub async fn read_alone(tx: &Tx<'_>, tenant: TenantId, id: LetterId, reading: Reading) -> Result<()> {
    letters::leave_to_its_job(tx, tenant, id).await?;
    let data = ReadLetter { letter: id, as_word: reading == Reading::AsWord };
    let topic = id.number().to_string();
    tx.later(Later { kind: READ_LETTER, topic: Some(&topic), data: &data, run_at: tx.now() }).await
}
