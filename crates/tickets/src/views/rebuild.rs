//! A ticket as of any revision, from its facts alone.

use std::collections::HashMap;

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{
    access::May,
    db::Tx,
    house::fact::{self, FactId},
};

use crate::{
    facts::{FIELDS, Fields, SUBJECT, Texts, TicketFact},
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
    let mut subjects: HashMap<FactId, String> = HashMap::new();
    let mut fields: HashMap<FactId, Fields> = HashMap::new();
    for text in texts {
        if text.name == SUBJECT {
            subjects.insert(text.fact, text.text);
        } else if text.name == FIELDS {
            fields.insert(text.fact, serde_json::from_str(&text.text).map_err(Problem::broken)?);
        }
    }
    let mut ticket: Option<Ticket> = None;
    for row in &rows {
        let told: TicketFact = row.fact()?;
        let texts = Texts { subject: subjects.get(&row.id).map(String::as_str), fields: fields.get(&row.id) };
        if let TicketFact::Opened { opening, .. } = &told {
            ticket = Some(Ticket::begin(id, opening, texts, row.counts_from()));
        }
        ticket.as_mut().ok_or_else(|| Problem::broken("a ticket's first fact is its opening"))?.apply(
            &told,
            texts,
            row.counts_from(),
        );
    }
    ticket.ok_or_else(Problem::not_found)
}
