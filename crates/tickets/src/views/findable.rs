//! Tickets as they are found: the subject, what was said, whose matter it is, its files and its number.

use std::collections::HashMap;

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::{FactRow, Json},
    params, record,
    search::librarian::{Document, Source},
};

use crate::{
    facts::Fields,
    fields::{Catalog, views::catalog},
    quote,
};

/// What kind of thing a ticket is on the shelf.
pub const KIND: &str = "ticket";

/// Messages of a ticket by which it is found: the first one, and as many of the newest.
const MESSAGES_MAX: i64 = 50;
/// Characters of one message by which its ticket is found.
const MESSAGE_CHARACTERS_MAX: i64 = 20_000;
/// Bytes of a ticket's messages by which it is found.
const BODY_BYTES_MAX: usize = 200_000;
/// Files of one reading whose names count.
const FILES_MAX: i64 = 5_000;
/// Tickets of one person or organization that are found anew when their name changes, the newest.
const OF_PERSON_MAX: i64 = 2_000;

/// Where tickets to be found come from.
pub fn source() -> Source {
    Source {
        kind: KIND,
        touched: |tx, tenant, facts| Box::pin(touched(tx, tenant, facts)),
        after: |tx, tenant, after, limit| Box::pin(ids_after(tx, tenant, after, limit)),
        documents: |tx, tenant, ids| Box::pin(documents(tx, tenant, ids)),
    }
}

static OF_PERSON: Sql = Sql::new(
    "tickets.findable_of_person",
    "SELECT id FROM tickets WHERE tenant_id = $1 AND requester_id = $2 ORDER BY id DESC LIMIT $3",
);
static OF_ORGANIZATION: Sql = Sql::new(
    "tickets.findable_of_organization",
    "SELECT t.id FROM people_contacts_v c JOIN tickets t ON t.tenant_id = c.tenant_id AND t.requester_id = c.contact_id
      WHERE c.tenant_id = $1 AND c.organization_id = $2 ORDER BY t.id DESC LIMIT $3",
);
static AFTER: Sql =
    Sql::new("tickets.findable_after", "SELECT id FROM tickets WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3");

async fn touched(tx: &Tx<'_>, tenant: TenantId, facts: &[FactRow]) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    for fact in facts {
        let of_whom = match fact.stream_kind.as_str() {
            KIND => {
                ids.push(fact.stream_id);
                continue;
            }
            "contact" => &OF_PERSON,
            "organization" => &OF_ORGANIZATION,
            _ => continue,
        };
        let found: Vec<(i64,)> = tx.all(of_whom, params![tenant, fact.stream_id, OF_PERSON_MAX]).await?;
        ids.extend(found.into_iter().map(|(id,)| id));
    }
    Ok(ids)
}

async fn ids_after(tx: &Tx<'_>, tenant: TenantId, after: i64, limit: usize) -> Result<Vec<i64>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found: Vec<(i64,)> = tx.all(&AFTER, params![tenant, after, limit]).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

static TICKETS: Sql = Sql::new(
    "tickets.findable",
    "SELECT t.id, t.wall_id, t.number, t.subject, t.tags, t.fields, t.requester_id, c.name, c.reading, c.organization_name
       FROM tickets t LEFT JOIN people_contacts_v c ON c.tenant_id = t.tenant_id AND c.contact_id = t.requester_id
      WHERE t.tenant_id = $1 AND t.id any($2)",
);
static SAID: Sql = Sql::new(
    "tickets.findable_said",
    "SELECT m.ticket_id, n.place, substr(m.text, 1, $4)
       FROM (SELECT id, row_number() OVER (PARTITION BY ticket_id ORDER BY id) AS place,
                    row_number() OVER (PARTITION BY ticket_id ORDER BY id DESC) AS back
               FROM tickets_messages WHERE tenant_id = $1 AND ticket_id any($2)) n
       JOIN tickets_messages m ON m.tenant_id = $1 AND m.id = n.id
      WHERE n.place = 1 OR n.back <= $3 ORDER BY m.ticket_id, m.id",
);
static FILES: Sql = Sql::new(
    "tickets.findable_files",
    "SELECT ticket_id, name FROM tickets_attachments WHERE tenant_id = $1 AND ticket_id any($2) ORDER BY id DESC LIMIT $3",
);
static ADDRESSES: Sql = Sql::new(
    "tickets.findable_addresses",
    "SELECT contact_id, address FROM people_contact_addresses_v WHERE tenant_id = $1 AND contact_id any($2)
     UNION ALL SELECT contact_id, number FROM people_contact_phones_v WHERE tenant_id = $1 AND contact_id any($2)",
);

record! {
    struct Ticket {
        id: i64,
        wall: i64,
        number: i64,
        subject: String,
        tags: Json<Vec<String>>,
        fields: Json<Fields>,
        requester: i64,
        name: Option<String>,
        reading: Option<String>,
        organization: Option<String>,
    }
}

async fn documents(tx: &Tx<'_>, tenant: TenantId, ids: &[i64]) -> Result<Vec<Document>> {
    let tickets: Vec<Ticket> = tx.all(&TICKETS, params![tenant, ids.to_vec()]).await?;
    let mut said: HashMap<i64, String> = HashMap::new();
    let messages = params![tenant, ids.to_vec(), MESSAGES_MAX, MESSAGE_CHARACTERS_MAX];
    for (ticket, place, text) in tx.all::<(i64, i64, String)>(&SAID, messages).await? {
        let body = said.entry(ticket).or_default();
        if body.len() < BODY_BYTES_MAX {
            // What an answer repeats stands in the message that it answers; the first one may pass something on.
            body.push_str(&if place == 1 { text } else { quote::fresh(&text) });
            body.push('\n');
        }
    }
    for (ticket, name) in tx.all::<(i64, String)>(&FILES, params![tenant, ids.to_vec(), FILES_MAX]).await? {
        said.entry(ticket).or_default().push_str(&format!("{name}\n"));
    }
    let people: Vec<i64> = tickets.iter().map(|ticket| ticket.requester).collect();
    let mut marks: HashMap<i64, Vec<String>> = HashMap::new();
    for (contact, address) in tx.all::<(i64, String)>(&ADDRESSES, params![tenant, people]).await? {
        marks.entry(contact).or_default().push(address);
    }
    let has_fields = tickets.iter().any(|ticket| !ticket.fields.0.is_empty());
    let catalog = if has_fields { catalog(tx, tenant).await? } else { Catalog::default() };
    let document = |ticket: Ticket| {
        let Ticket { id, wall, number, subject: title, tags, fields, requester, name, reading, organization } = ticket;
        let mut body = said.remove(&id).unwrap_or_default();
        let own = catalog.words(&fields.0);
        body.push_str(&own.written.join("\n"));
        let mut marks = marks.get(&requester).cloned().unwrap_or_default();
        let about = [name, reading, organization].into_iter().flatten().chain(tags.0).chain(marks.iter().cloned());
        let about = about.chain(own.chosen).collect::<Vec<_>>().join("\n");
        marks.extend(own.marks);
        marks.push(number.to_string());
        Document { id, wall: Some(wall), title, body, about, marks }
    };
    Ok(tickets.into_iter().map(document).collect())
}
