//! Somebody says what a contact wishes of letters to them.

use madoguchi_kernel::problem::Result;
use madoguchi_people::{
    ContactId,
    change::{Changes, require_seen},
    crm::rights::KeepContacts,
};
use madoguchi_platform::{access::May, db::Tx};
use madoguchi_tickets::envelope::Quote;

use super::tell;
use crate::mail::{
    facts::MailFact,
    store::wishes::{self, Wish},
};

/// Sets how much of the letters before is repeated in letters to them; without one it is as their team wants it.
pub async fn set_wish(
    tx: &Tx<'_>,
    may: &May<KeepContacts>,
    contact: ContactId,
    seen: Option<i64>,
    quote: Option<Quote>,
) -> Result<Wish> {
    let tenant = may.tenant();
    let before = wishes::one(tx, tenant, contact).await?;
    require_seen(seen, before.revision)?;
    let mut changes = Changes::new();
    changes.note("quote", &before.quote, &quote);
    let (changes, _) = changes.into_parts();
    if changes.is_empty() {
        return Ok(before);
    }
    let after = wishes::set(tx, tenant, contact, before, quote).await?;
    tell(tx, may.by(), after.revision, &MailFact::WishSet { wish: after.id, contact: contact.number(), changes })
        .await?;
    Ok(after)
}
