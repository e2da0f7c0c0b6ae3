//! Somebody wants a letter read again, or a ticket made of it.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx, house::jobs::Later};

use crate::mail::{
    jobs::{READ_LETTER, ReadLetter},
    letters::{LetterId, LetterState, Reading},
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
    letters::set_state(tx, tenant, id, LetterState::Kept, None).await?;
    let data = ReadLetter { letter: id, as_word: reading == Reading::AsWord };
    tx.later(Later { kind: READ_LETTER, topic: None, data: &data, run_at: tx.now() }).await
}
