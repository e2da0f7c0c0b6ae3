//! The names that a ticket's ids stand for.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    access::Actor,
    db::{Sql, Tx},
    house::fact::Json,
    params, record,
};

use madoguchi_people::ContactId;

use super::inbox::said_as;
use crate::{
    envelope::Envelope,
    ticket::{Ticket, TicketId},
    words::{AuthorKind, Direction, SaidAs, Visibility},
};

static NAMES: Sql = Sql::new(
    "tickets.names",
    "SELECT p.name, a.name, c.name, c.organization_name, t.snippet, f.number,
            (SELECT r.number FROM tickets r WHERE r.tenant_id = t.tenant_id AND r.id = t.root_id AND ($3 = 1 OR r.wall_id any($4))),
            (SELECT s.number FROM tickets s WHERE s.tenant_id = t.tenant_id AND s.id = t.split_from_id AND ($3 = 1 OR s.wall_id any($4))),
            m.visibility, m.direction, m.author_kind, CASE WHEN m.visibility = 'internal' THEN m.envelope END
       FROM tickets t
       LEFT JOIN tickets_messages m ON m.tenant_id = t.tenant_id AND m.id = t.last_message_id
       LEFT JOIN people_teams_v p ON p.tenant_id = t.tenant_id AND p.team_id = t.team_id
       LEFT JOIN people_agents_v a ON a.tenant_id = t.tenant_id AND a.agent_id = t.assignee_id
       LEFT JOIN people_contacts_v c ON c.tenant_id = t.tenant_id AND c.contact_id = t.requester_id
       LEFT JOIN tickets f ON f.tenant_id = t.tenant_id AND f.id = t.follows_id AND ($3 = 1 OR f.wall_id any($4))
      WHERE t.tenant_id = $1 AND t.id = $2",
);
static CC: Sql = Sql::new(
    "tickets.cc_names",
    "SELECT c.contact_id, c.name, (SELECT min(d.address) FROM people_contact_addresses_v d WHERE d.tenant_id = c.tenant_id AND d.contact_id = c.contact_id)
       FROM people_contacts_v c WHERE c.tenant_id = $1 AND c.contact_id any($2) ORDER BY c.contact_id",
);

static SIDES: Sql = Sql::new(
    "tickets.sides_named",
    "SELECT id, number, subject, requester_id FROM tickets
      WHERE tenant_id = $1 AND root_id = $2 AND ($3 = 1 OR wall_id any($4)) ORDER BY id",
);

record! {
    /// A ticket that is read at another.
    pub struct Side {
        /// Its id.
        pub id: TicketId,
        /// Its number.
        pub number: i64,
        /// What it is about.
        pub subject: String,
        /// Who asks there.
        pub requester: ContactId,
    }
}

record! {
    struct Row {
        team: Option<String>,
        assignee: Option<String>,
        requester: Option<String>,
        organization: Option<String>,
        snippet: String,
        follows: Option<i64>,
        root: Option<i64>,
        split_from: Option<i64>,
        visibility: Option<Visibility>,
        direction: Option<Direction>,
        author: Option<AuthorKind>,
        envelope: Option<Json<Envelope>>,
    }
}

/// Names of a ticket's ids.
pub struct Names {
    /// The team.
    pub team: Option<(i64, String)>,
    /// The assignee.
    pub assignee: Option<(i64, String)>,
    /// The requester.
    pub requester: String,
    /// The requester's organization.
    pub organization: Option<String>,
    /// The beginning of the last message.
    pub snippet: String,
    /// What that message is.
    pub last_message_kind: Option<SaidAs>,
    /// The predecessor and its number.
    pub follows: Option<(i64, i64)>,
    /// Where it is read since it was merged, and the number there.
    pub root: Option<(i64, i64)>,
    /// The ticket from which it was split off, and its number.
    pub split_from: Option<(i64, i64)>,
    /// The tickets that are read at it.
    pub sides: Vec<Side>,
    /// Contacts in copy, with an address.
    pub cc: Vec<(i64, String, Option<String>)>,
}

/// Looks them up, as far as the actor may know them.
pub async fn names(tx: &Tx<'_>, actor: &Actor, ticket: &Ticket) -> Result<Names> {
    let (tenant, (all, walls)) = (actor.tenant, actor.walls.params());
    let row: Row = tx.one(&NAMES, params![tenant, ticket.id, all, walls]).await?;
    let cc: Vec<i64> = ticket.cc.iter().map(|contact| contact.number()).collect();
    let cc = if cc.is_empty() { Vec::new() } else { tx.all(&CC, params![tenant, cc]).await? };
    Ok(Names {
        team: ticket.team.map(|team| (team.number(), row.team.unwrap_or_default())),
        assignee: ticket.assignee.map(|agent| (agent.number(), row.assignee.unwrap_or_default())),
        requester: row.requester.unwrap_or_default(),
        organization: row.organization,
        snippet: row.snippet,
        last_message_kind: said_as(row.visibility, row.direction, row.author, row.envelope.as_ref()),
        follows: ticket.follows.zip(row.follows).map(|(id, number)| (id.number(), number)),
        root: ticket.root.zip(row.root).map(|(id, number)| (id.number(), number)),
        split_from: ticket.split_from.zip(row.split_from).map(|(id, number)| (id.number(), number)),
        sides: tx.all(&SIDES, params![tenant, ticket.id, all, walls]).await?,
        cc,
    })
}

static CONTACT: Sql = Sql::new(
    "tickets.contact_exists",
    "SELECT count(*) FROM people_contacts_v WHERE tenant_id = $1 AND contact_id = $2",
);

/// Whether the tenant has this contact.
pub(crate) async fn contact_exists(tx: &Tx<'_>, tenant: TenantId, contact: ContactId) -> Result<bool> {
    let (count,): (i64,) = tx.one(&CONTACT, params![tenant, contact]).await?;
    Ok(count > 0)
}
