//! A ticket as of any revision, from its facts alone.

use std::collections::HashMap;

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{
    access::May,
    db::Tx,
    house::fact::{self, FactId},
};

use crate::{
    facts::{SUBJECT, TicketFact},
    rights, store,
    ticket::{Ticket, TicketId},
};

/// The ticket as it stood when it had this many facts. Equals what was stored then, byte for byte, unless
/// somebody's texts were erased since.
pub async fn rebuild(tx: &Tx<'_>, may: &May<rights::Read>, id: TicketId, revision: i64) -> Result<Ticket> {
    store::ticket_to_read(tx, may, id).await?;
    let rows = fact::stream(tx, may.tenant(), id.number(), 0, revision).await?;
    let ids: Vec<FactId> = rows.iter().map(|row| row.id).collect();
    let texts = fact::texts(tx, may.tenant(), &ids).await?;
    let subjects: HashMap<FactId, String> =
        texts.into_iter().filter(|text| text.name == SUBJECT).map(|text| (text.fact, text.text)).collect();
    let mut ticket: Option<Ticket> = None;
    for row in &rows {
        let told: TicketFact = row.fact()?;
        let subject = subjects.get(&row.id).map(String::as_str);
        if let TicketFact::Opened { opening, .. } = &told {
            ticket = Some(Ticket::begin(id, opening, subject.unwrap_or_default(), row.counts_from()));
        }
        ticket.as_mut().ok_or_else(|| Problem::broken("a ticket's first fact is its opening"))?.apply(
            &told,
            subject,
            row.counts_from(),
        );
    }
    ticket.ok_or_else(Problem::not_found)
}
