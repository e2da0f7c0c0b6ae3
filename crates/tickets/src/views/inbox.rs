//! The inbox: a page of tickets, by view and filter.

use std::fmt;

use madoguchi_kernel::{Cursor, Page, TenantId, Timestamp, Word, problem::Result};
use madoguchi_people::{AgentId, ContactId, TeamId};
use madoguchi_platform::{
    access::May,
    db::{DbError, FromRow, Query, Row, Tx},
    house::fact::Json,
};

use super::undelivered::IS_UNDELIVERED;
use crate::{
    asked::Question,
    envelope::Envelope,
    rights,
    ticket::TicketId,
    words::{AuthorKind, Channel, DeliveryState, Direction, Priority, SaidAs, Status, TicketType, Visibility},
};

/// What a list shows at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum View {
    /// Mine, with something to do.
    Mine,
    /// Nobody's, with something to do.
    Unassigned,
    /// All with something to do.
    #[default]
    Open,
    /// Those where it is the customer's turn.
    Pending,
    /// Those where we were only in copy, and nobody waits for an answer.
    Copied,
    /// Those that are done.
    Solved,
    /// Those whose last answer did not leave, or may not have; done or not.
    Undelivered,
    /// Every one.
    All,
}
impl Word for View {
    const ALL: &'static [Self] = &[
        Self::Mine,
        Self::Unassigned,
        Self::Open,
        Self::Pending,
        Self::Copied,
        Self::Solved,
        Self::Undelivered,
        Self::All,
    ];
    fn word(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Copied => "copied",
            Self::Solved => "solved",
            Self::Undelivered => "undelivered",
            Self::All => "all",
        }
    }
}

/// How a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// What happened last, first.
    #[default]
    Updated,
    /// The newest first.
    Created,
}
impl Order {
    /// What a list in this order is called in the places that it hands out.
    pub fn list(self) -> &'static str {
        match self {
            Self::Updated => "tickets-updated",
            Self::Created => "tickets-created",
        }
    }
}
impl Word for Order {
    const ALL: &'static [Self] = &[Self::Updated, Self::Created];
    fn word(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Created => "created",
        }
    }
}

/// Which tickets of a view.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The view.
    pub view: View,
    /// Only these categories; empty for the view's own.
    pub status: Vec<Status>,
    /// Only this team's; `Some(None)` for no team's.
    pub team: Option<Option<TeamId>>,
    /// Only this agent's; `Some(None)` for nobody's.
    pub assignee: Option<Option<AgentId>>,
    /// Only this contact's.
    pub requester: Option<ContactId>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only of this type.
    pub ticket_type: Option<TicketType>,
    /// Only of this priority.
    pub priority: Option<Priority>,
    /// Only this number, or else with this text in the subject, or in the name or an address of the requester.
    pub text: Option<String>,
    /// Where somebody looked for the text already, what was found: these, and where those of them are read that were merged.
    pub found: Option<Vec<TicketId>>,
    /// Only those of which this holds.
    pub condition: Option<Question>,
    /// How it is sorted.
    pub order: Order,
}

impl Filter {
    /// The number that is looked for, if the text is one.
    pub fn number(&self) -> Option<i64> {
        self.text.as_deref()?.trim().trim_start_matches('#').parse().ok()
    }
}

/// A ticket in a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id.
    pub id: TicketId,
    /// The number that people see.
    pub number: i64,
    /// What it is about.
    pub subject: String,
    /// The step's category.
    pub status: Status,
    /// The step of its machine.
    pub state: String,
    /// What kind of matter it is.
    pub ticket_type: TicketType,
    /// How pressing it is.
    pub priority: Priority,
    /// Whose queue it is in, with the team's name.
    pub team: Option<(TeamId, String)>,
    /// Who has it, with their name.
    pub assignee: Option<(AgentId, String)>,
    /// Who asks.
    pub requester: ContactId,
    /// Their name.
    pub requester_name: String,
    /// Their organization's name.
    pub requester_organization: Option<String>,
    /// How it came.
    pub channel: Channel,
    /// The beginning of the last message.
    pub snippet: String,
    /// Words put on it.
    pub tags: Vec<String>,
    /// How many messages it has.
    pub messages_count: i64,
    /// When the last one was said.
    pub last_message_at: Option<Timestamp>,
    /// Who said the last public one.
    pub last_message_by: Option<AuthorKind>,
    /// What the last one is, of which the list shows the beginning.
    pub last_message_kind: Option<SaidAs>,
    /// When it began.
    pub created_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
    /// How many facts it has.
    pub revision: i64,
    /// Where it is read since it was merged.
    pub root: Option<TicketId>,
    /// Whether somebody waits for our answer.
    pub reply_expected: bool,
    /// Where its last answer is, if that is nowhere or nobody knows.
    pub undelivered: Option<DeliveryState>,
}

/// What a ticket's last message is, by its columns; `None` where it has none.
pub(super) fn said_as(
    visibility: Option<Visibility>,
    direction: Option<Direction>,
    author: Option<AuthorKind>,
    envelope: Option<&Json<Envelope>>,
) -> Option<SaidAs> {
    let names_others = envelope.is_some_and(|envelope| envelope.0.to.is_some());
    Some(SaidAs::of(visibility?, direction?, author?, names_others))
}

/// Whether the last letter left is only asked of tickets with one that did not: that looks into an index of the few such
/// letters, the other reads every message.
const COLUMNS: &str = "
    SELECT t.id, t.number, t.subject, t.status, t.state, t.type, t.priority, t.team_id, p.name, t.assignee_id, a.name,
           t.requester_id, c.name, c.organization_name, t.channel, t.snippet, t.tags, t.messages_count,
           t.last_message_at, t.last_message_by, t.created_at, t.updated_at, t.revision, t.root_id, t.reply_expected,
           CASE WHEN EXISTS (SELECT 1 FROM tickets_deliveries d WHERE d.tenant_id = t.tenant_id AND d.ticket_id = t.id AND d.undelivered IS NOT NULL)
                  OR EXISTS (SELECT 1 FROM tickets s JOIN tickets_deliveries d ON d.tenant_id = s.tenant_id AND d.ticket_id = s.id AND d.undelivered IS NOT NULL
                              WHERE s.tenant_id = t.tenant_id AND s.root_id = t.id)
                THEN (SELECT d.undelivered FROM tickets_messages f
                   JOIN tickets_deliveries d ON d.tenant_id = f.tenant_id AND d.message_id = f.id AND d.undelivered IS NOT NULL
                  WHERE f.tenant_id = t.tenant_id AND f.direction = 'out' AND f.author_kind <> 'system'
                    AND f.ticket_id IN (SELECT t.id UNION ALL SELECT s.id FROM tickets s WHERE s.tenant_id = t.tenant_id AND s.root_id = t.id)
                    AND NOT EXISTS (SELECT 1 FROM tickets_messages l
                         WHERE l.tenant_id = f.tenant_id AND l.id > f.id AND (l.visibility = 'public' OR f.visibility = 'internal') AND l.direction = 'out' AND l.author_kind <> 'system'
                           AND l.ticket_id IN (SELECT t.id UNION ALL SELECT s.id FROM tickets s WHERE s.tenant_id = t.tenant_id AND s.root_id = t.id)
                           AND NOT EXISTS (SELECT 1 FROM tickets_deliveries w WHERE w.tenant_id = l.tenant_id AND w.message_id = l.id AND w.state = 'withdrawn'))
                  ORDER BY f.id DESC LIMIT 1) END,
           m.visibility, m.direction, m.author_kind, CASE WHEN m.visibility = 'internal' THEN m.envelope END
      FROM tickets t
      LEFT JOIN tickets_messages m ON m.tenant_id = t.tenant_id AND m.id = t.last_message_id
      LEFT JOIN people_teams_v p ON p.tenant_id = t.tenant_id AND p.team_id = t.team_id
      LEFT JOIN people_agents_v a ON a.tenant_id = t.tenant_id AND a.agent_id = t.assignee_id
      LEFT JOIN people_contacts_v c ON c.tenant_id = t.tenant_id AND c.contact_id = t.requester_id
     WHERE t.tenant_id = ";

impl FromRow for Line {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let named = |id: Option<i64>, name: Option<String>| id.map(|id| (id, name.unwrap_or_default()));
        Ok(Self {
            id: row.get(0)?,
            number: row.get(1)?,
            subject: row.get(2)?,
            status: row.get(3)?,
            state: row.get(4)?,
            ticket_type: row.get(5)?,
            priority: row.get(6)?,
            team: named(row.get(7)?, row.get(8)?).map(|(id, name)| (TeamId::new(id), name)),
            assignee: named(row.get(9)?, row.get(10)?).map(|(id, name)| (AgentId::new(id), name)),
            requester: row.get(11)?,
            requester_name: row.get::<Option<_>>(12)?.unwrap_or_default(),
            requester_organization: row.get(13)?,
            channel: row.get(14)?,
            snippet: row.get(15)?,
            tags: row.get::<Json<_>>(16)?.0,
            messages_count: row.get(17)?,
            last_message_at: row.get(18)?,
            last_message_by: row.get(19)?,
            created_at: row.get(20)?,
            updated_at: row.get(21)?,
            revision: row.get(22)?,
            root: row.get(23)?,
            reply_expected: row.get(24)?,
            undelivered: row.get(25)?,
            last_message_kind: said_as(row.get(26)?, row.get(27)?, row.get(28)?, row.get::<Option<_>>(29)?.as_ref()),
        })
    }
}

/// A page of tickets. A number means the ticket that has it; where none has, it is words like others.
pub async fn lines(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Line>> {
    if let Some(number) = filter.number() {
        let found = sought(tx, may, (filter, Some(number)), after, limit).await?;
        if !found.items.is_empty() {
            return Ok(found);
        }
    }
    sought(tx, may, (filter, None), after, limit).await
}

async fn sought(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    (filter, number): (&Filter, Option<i64>),
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Line>> {
    let mut query = Query::new("tickets.inbox", COLUMNS);
    query.push("?", &[&may.tenant()]);
    let (all_walls, walls) = may.walls().params();
    if !all_walls {
        query.push(" AND t.wall_id any(?)", &[&walls]);
    }
    narrow_view(&mut query, (filter, number), (may.tenant(), may.actor().id));
    narrow(&mut query, (filter, number), may.tenant());
    match (filter.order, after) {
        (Order::Updated, Some(after)) => query.push(" AND (t.updated_at, t.id) < (?, ?)", &[&after.key, &after.id]),
        (Order::Created, Some(after)) => query.push(" AND t.id < ?", &[&after.id]),
        (Order::Updated | Order::Created, None) => &mut query,
    };
    let asked = i64::try_from(limit + 1).expect("a page is small");
    match filter.order {
        Order::Updated => query.push(" ORDER BY t.updated_at DESC, t.id DESC LIMIT ?", &[&asked]),
        Order::Created => query.push(" ORDER BY t.id DESC LIMIT ?", &[&asked]),
    };
    let lines: Vec<Line> = tx.query(&query).await?;
    Ok(Page::of(lines, limit, |line| Cursor { key: line.updated_at.micros(), id: line.id.number() }))
}

/// At most so many of those that were found for the words of a filter, and fit the rest of it, in no order.
pub async fn found(tx: &Tx<'_>, may: &May<rights::Read>, filter: &Filter, most: usize) -> Result<Vec<Line>> {
    Ok(sought(tx, may, (filter, None), None, most).await?.items)
}

/// The literal condition of the partial indexes; with a parameter in its place they would not be used.
const ACTIVE: &str =
    " AND t.root_id IS NULL AND t.reply_expected = 1 AND t.status <> 'solved' AND t.status <> 'closed'";
/// The same of those where nobody waits for an answer.
const COPIED: &str =
    " AND t.root_id IS NULL AND t.reply_expected = 0 AND t.status <> 'solved' AND t.status <> 'closed'";
/// What was merged is read elsewhere; whoever asks for its number finds it all the same.
const UNMERGED: &str = " AND t.root_id IS NULL";

fn narrow_view(query: &mut Query, (filter, number): (&Filter, Option<i64>), (tenant, me): (TenantId, Option<i64>)) {
    match filter.view {
        View::Mine => query.push(ACTIVE, &[]).push(" AND t.assignee_id = ?", &[&me]),
        View::Unassigned => query.push(ACTIVE, &[]).push(" AND t.assignee_id IS NULL", &[]),
        View::Open => query.push(ACTIVE, &[]),
        View::Pending => query.push(ACTIVE, &[]).push(" AND t.status = 'pending'", &[]),
        View::Copied => query.push(COPIED, &[]),
        View::Solved => query.push(UNMERGED, &[]).push(" AND t.status IN ('solved', 'closed')", &[]),
        View::Undelivered => query.push(UNMERGED, &[]).push(IS_UNDELIVERED, &[&tenant]),
        View::All if number.is_some() => query,
        View::All => query.push(UNMERGED, &[]),
    };
}

fn narrow(query: &mut Query, (filter, number): (&Filter, Option<i64>), tenant: TenantId) {
    if !filter.status.is_empty() {
        query.push(" AND t.status IN (", &[]);
        for (i, status) in filter.status.iter().enumerate() {
            query.push(if i == 0 { "?" } else { ", ?" }, &[status]);
        }
        query.push(")", &[]);
    }
    match filter.team {
        Some(Some(team)) => query.push(" AND t.team_id = ?", &[&team]),
        Some(None) => query.push(" AND t.team_id IS NULL", &[]),
        None => query,
    };
    match filter.assignee {
        Some(Some(agent)) => query.push(" AND t.assignee_id = ?", &[&agent]),
        Some(None) => query.push(" AND t.assignee_id IS NULL", &[]),
        None => query,
    };
    if let Some(contact) = filter.requester {
        query.push(" AND t.requester_id = ?", &[&contact]);
    }
    if let Some(tag) = &filter.tag {
        query.push(
            " AND EXISTS (SELECT 1 FROM tickets_tags g WHERE g.tenant_id = t.tenant_id AND g.tag = ? AND g.ticket_id = t.id)",
            &[&tag.to_lowercase()],
        );
    }
    if let Some(ticket_type) = filter.ticket_type {
        query.push(" AND t.type = ?", &[&ticket_type]);
    }
    if let Some(priority) = filter.priority {
        query.push(" AND t.priority = ?", &[&priority]);
    }
    if let Some(condition) = &filter.condition {
        query.push(" AND ", &[]).ask(&condition.condition, &condition.places);
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let like = Like(text).to_string();
        match number {
            Some(number) => query.push(" AND t.number = ?", &[&number]),
            None => match &filter.found {
                Some(found) => {
                    let found: Vec<i64> = found.iter().map(|id| id.number()).collect();
                    query.push(WAS_FOUND, &[&found, &tenant, &found])
                }
                None => query.push(SAYS_OR_IS_OF, &[&like, &tenant, &like, &tenant, &like]),
            },
        };
    }
}

/// It was found, or something that is read with it.
const WAS_FOUND: &str = " AND (t.id any(?) OR t.id IN (SELECT s.root_id FROM tickets s WHERE s.tenant_id = ? AND s.id any(?) AND s.root_id IS NOT NULL))";

/// The subject says it, or the name or an address of whoever asks does.
const SAYS_OR_IS_OF: &str = " AND (lower(t.subject) LIKE ? ESCAPE '!'
      OR t.requester_id IN (SELECT c.contact_id FROM people_contacts_v c WHERE c.tenant_id = ? AND lower(c.name) LIKE ? ESCAPE '!')
      OR t.requester_id IN (SELECT d.contact_id FROM people_contact_addresses_v d WHERE d.tenant_id = ? AND d.address LIKE ? ESCAPE '!'))";

/// Text that stands somewhere in a column, with what LIKE would take for its own words kept plain.
struct Like<'a>(&'a str);
impl fmt::Display for Like<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        write!(f, "%{plain}%")
    }
}
