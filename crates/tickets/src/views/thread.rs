//! One ticket: as it stands, what was said, and what happened to it.

use std::collections::HashMap;

use madoguchi_kernel::{Cursor, Page, Problem, Timestamp, Word, problem::Result};
use madoguchi_platform::{
    access::{May, Right},
    db::{Sql, Tx},
    house::fact::{self, ActorKind, FactId, FactRow, Json},
    params, record,
};

use super::fitting::fitting;
use crate::{
    attachments::Attachment,
    envelope::{Envelope, Recipient},
    facts::{FIELDS, FIELDS_BEFORE, Fields, SUBJECT, SUBJECT_BEFORE, TicketFact},
    message::{Flaw, MessageId},
    rights, store,
    ticket::{Ticket, TicketId},
    words::{AuthorKind, Channel, DeliveryState, Direction, SaidAs, Visibility},
};

/// Facts that a timeline shows beside the messages.
const SHOWN: &[&str] = &[
    "ticket.opened",
    "ticket.changed",
    "ticket.merged",
    "ticket.unmerged",
    "ticket.absorbed",
    "ticket.released",
    "ticket.split",
    "ticket.took_over",
    "ticket.thanked",
    "ticket.dismissed",
    "ticket.admitted",
    "ticket.left_out",
];

static MESSAGES: Sql = Sql::new(
    "tickets.messages",
    "SELECT m.id, m.visibility, m.direction, m.author_kind, m.author_id, c.name, COALESCE(a.name, k.name), m.channel, m.verified, m.automatic, m.flaws, m.subject,
            m.occurred_at, m.recorded_at, m.text, m.html,
            (SELECT d.address FROM people_contact_addresses_v d WHERE d.tenant_id = m.tenant_id AND d.contact_id = c.contact_id ORDER BY d.position LIMIT 1), m.envelope, m.ticket_id,
            (SELECT s.number FROM tickets s WHERE s.tenant_id = m.tenant_id AND s.id = m.ticket_id AND s.root_id IS NOT NULL), m.dismissed
       FROM tickets_messages m
       LEFT JOIN people_contacts_v c ON c.tenant_id = m.tenant_id AND c.contact_id = m.author_id AND m.author_kind = 'contact'
       LEFT JOIN people_agents_v a ON a.tenant_id = m.tenant_id AND a.agent_id = m.author_id AND m.author_kind = 'agent'
       LEFT JOIN people_tokens_v k ON k.tenant_id = m.tenant_id AND k.token_id = m.author_id AND m.author_kind = 'token'
      WHERE m.tenant_id = $1 AND m.ticket_id = $2 AND m.id > $3 ORDER BY m.id LIMIT $4",
);
static LAST_MESSAGES: Sql = Sql::new(
    "tickets.last_messages",
    "SELECT m.id, m.visibility, m.direction, m.author_kind, m.author_id, c.name, COALESCE(a.name, k.name), m.channel, m.verified, m.automatic, m.flaws, m.subject,
            m.occurred_at, m.recorded_at, m.text, m.html,
            (SELECT d.address FROM people_contact_addresses_v d WHERE d.tenant_id = m.tenant_id AND d.contact_id = c.contact_id ORDER BY d.position LIMIT 1), m.envelope, m.ticket_id,
            (SELECT s.number FROM tickets s WHERE s.tenant_id = m.tenant_id AND s.id = m.ticket_id AND s.root_id IS NOT NULL), m.dismissed
       FROM tickets_messages m
       LEFT JOIN people_contacts_v c ON c.tenant_id = m.tenant_id AND c.contact_id = m.author_id AND m.author_kind = 'contact'
       LEFT JOIN people_agents_v a ON a.tenant_id = m.tenant_id AND a.agent_id = m.author_id AND m.author_kind = 'agent'
       LEFT JOIN people_tokens_v k ON k.tenant_id = m.tenant_id AND k.token_id = m.author_id AND m.author_kind = 'token'
      WHERE m.tenant_id = $1 AND m.ticket_id = $2 AND m.id < $3 ORDER BY m.id DESC LIMIT $4",
);
static LAST_WORD: Sql = Sql::new(
    "tickets.last_word_of_customer",
    "SELECT m.id, m.visibility, m.direction, m.author_kind, m.author_id, c.name, COALESCE(a.name, k.name), m.channel, m.verified, m.automatic, m.flaws, m.subject,
            m.occurred_at, m.recorded_at, m.text, m.html,
            (SELECT d.address FROM people_contact_addresses_v d WHERE d.tenant_id = m.tenant_id AND d.contact_id = c.contact_id ORDER BY d.position LIMIT 1), m.envelope, m.ticket_id,
            (SELECT s.number FROM tickets s WHERE s.tenant_id = m.tenant_id AND s.id = m.ticket_id AND s.root_id IS NOT NULL), m.dismissed
       FROM tickets_messages m
       LEFT JOIN people_contacts_v c ON c.tenant_id = m.tenant_id AND c.contact_id = m.author_id AND m.author_kind = 'contact'
       LEFT JOIN people_agents_v a ON a.tenant_id = m.tenant_id AND a.agent_id = m.author_id AND m.author_kind = 'agent'
       LEFT JOIN people_tokens_v k ON k.tenant_id = m.tenant_id AND k.token_id = m.author_id AND m.author_kind = 'token'
      WHERE m.tenant_id = $1 AND m.ticket_id any($2) AND m.id < $3 AND m.visibility = 'public' AND m.direction = 'in'
      ORDER BY m.id DESC LIMIT 1",
);
static DELIVERIES: Sql = Sql::new(
    "tickets.deliveries",
    "SELECT message_id, state, attempts, code, detail, at, recipients FROM tickets_deliveries WHERE tenant_id = $1 AND message_id any($2)",
);
static NAMES: Sql = Sql::new(
    "tickets.actor_names",
    "SELECT agent_id, name FROM people_agents_v WHERE tenant_id = $1 AND agent_id any($2)
     UNION ALL SELECT token_id, name FROM people_tokens_v WHERE tenant_id = $1 AND token_id any($2)",
);
static LETTER: Sql = Sql::new(
    "tickets.letter_of_message",
    "SELECT m.direction, m.visibility, m.envelope, d.recipients FROM tickets_messages m
       LEFT JOIN tickets_deliveries d ON d.tenant_id = m.tenant_id AND d.message_id = m.id
      WHERE m.tenant_id = $1 AND m.id = $2",
);
static ONE: Sql =
    Sql::new("tickets.ticket_of_message", "SELECT ticket_id FROM tickets_messages WHERE tenant_id = $1 AND id = $2");

static NUMBERS: Sql = Sql::new(
    "tickets.numbers_of",
    "SELECT id, number FROM tickets WHERE tenant_id = $1 AND id any($2) AND ($3 = 1 OR wall_id any($4))",
);

/// From which end a timeline is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reading {
    /// The oldest first: as it happened.
    #[default]
    Forward,
    /// The newest first: as somebody scrolls up.
    Back,
}
impl Word for Reading {
    const ALL: &'static [Self] = &[Self::Forward, Self::Back];
    fn word(self) -> &'static str {
        match self {
            Self::Forward => "asc",
            Self::Back => "desc",
        }
    }
}

record! {
    /// A message with its author's name.
    pub struct Told {
        /// Its id.
        pub id: MessageId,
        /// Who may read it.
        pub visibility: Visibility,
        /// Which way it went.
        pub direction: Direction,
        /// Who said it.
        pub author_kind: AuthorKind,
        /// Their id.
        pub author_id: Option<i64>,
        /// Their name, if they are a contact.
        pub contact_name: Option<String>,
        /// Their name, if they are an agent or a program with a token.
        pub own_name: Option<String>,
        /// How it came or left.
        pub channel: Channel,
        /// Whether nothing speaks against the author being who they say; what vouched for a letter is its verdict.
        pub verified: bool,
        /// Whether a machine wrote it.
        pub automatic: bool,
        /// What was wrong with it.
        pub flaws: Json<Vec<Flaw>>,
        /// Its subject.
        pub subject: Option<String>,
        /// When it was said.
        pub occurred_at: Timestamp,
        /// When we learnt it.
        pub recorded_at: Timestamp,
        /// Its text.
        pub text: String,
        /// Its HTML, as it came.
        pub html: Option<String>,
        /// The author's first address, if they are a contact.
        pub contact_email: Option<String>,
        /// What it wishes for the letter that carries it.
        pub envelope: Option<Json<Envelope>>,
        /// The ticket on which it stands.
        pub ticket: TicketId,
        /// The number of that ticket, if it was merged and is read elsewhere.
        pub side_number: Option<i64>,
        /// Whether somebody decided that this stranger's word stays among us.
        pub dismissed: bool,
    }
}

impl Told {
    /// Whether it went to somebody else about the ticket, unseen by the customer.
    pub fn is_forward(&self) -> bool {
        let names_others = self.envelope.as_ref().is_some_and(|envelope| envelope.0.to.is_some());
        SaidAs::of(self.visibility, self.direction, self.author_kind, names_others) == SaidAs::Forward
    }
}

record! {
    /// Where an answer is on its way out.
    #[derive(Clone)]
    pub struct Delivered {
        /// The answer.
        pub message: MessageId,
        /// Where it is.
        pub state: DeliveryState,
        /// Tries so far.
        pub attempts: i64,
        /// Why it is not simply there: the key of a sentence.
        pub code: Option<String>,
        /// What the other side said about it.
        pub detail: Option<String>,
        /// Since when it is there.
        pub at: Timestamp,
        /// To whom it goes, once that is decided.
        pub recipients: Option<Json<Vec<Recipient>>>,
    }
}

/// Where these answers are on their way out.
pub async fn deliveries(tx: &Tx<'_>, may: &May<rights::Read>, messages: &[i64]) -> Result<Vec<Delivered>> {
    if messages.is_empty() { Ok(Vec::new()) } else { tx.all(&DELIVERIES, params![may.tenant(), messages]).await }
}

/// One entry of a timeline.
pub enum Entry {
    /// Something said.
    Message(Box<Told>, Vec<Attachment>),
    /// Something that happened.
    Fact {
        /// The fact.
        row: Box<FactRow>,
        /// What it says.
        fact: Box<TicketFact>,
        /// Who did it, by name.
        actor_name: Option<String>,
        /// The subject before and after, if it changed.
        subject: Option<(Option<String>, Option<String>)>,
        /// The other ticket of which it tells, and its number.
        other: Option<(TicketId, i64)>,
    },
}

impl Entry {
    fn id(&self) -> i64 {
        match self {
            Self::Message(message, _) => message.id.number(),
            Self::Fact { row, .. } => row.id.number(),
        }
    }
}

/// A page of a timeline.
pub type Thread = Page<Entry>;

/// The ticket as it stands.
pub async fn ticket(tx: &Tx<'_>, may: &May<rights::Read>, id: TicketId) -> Result<Ticket> {
    store::ticket_to_read(tx, may, id).await
}

/// Its messages with their files, oldest first.
pub async fn messages(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    id: TicketId,
    after: i64,
    limit: usize,
) -> Result<Vec<(Told, Vec<Attachment>)>> {
    let together = together(tx, may, id).await?;
    said_together(tx, may, &together, Reading::Forward, after, i64::try_from(limit).unwrap_or(i64::MAX)).await
}

/// Its first messages, as many as a page holds.
pub async fn first_messages(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    id: TicketId,
    limit: usize,
) -> Result<Vec<(Told, Vec<Attachment>)>> {
    let together = together(tx, may, id).await?;
    let asked = i64::try_from(limit).unwrap_or(i64::MAX);
    let fitting = fitting(tx, may, &together, Reading::Forward, 0, asked).await?;
    said_together(tx, may, &together, Reading::Forward, 0, fitting).await
}

/// The ticket and those that are read at it.
pub async fn together(tx: &Tx<'_>, may: &May<rights::Read>, id: TicketId) -> Result<Vec<TicketId>> {
    let sides = store::sides::sides(tx, may, id).await?;
    Ok(std::iter::once(id).chain(sides).collect())
}

/// What was said on all of them, in the order in which we learnt it.
async fn said_together(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    tickets: &[TicketId],
    reading: Reading,
    from: i64,
    limit: i64,
) -> Result<Vec<(Told, Vec<Attachment>)>> {
    let mut all = Vec::new();
    for id in tickets {
        all.extend(said(tx, may, *id, reading, from, limit).await?);
    }
    match reading {
        Reading::Forward => all.sort_by_key(|(told, _)| told.id),
        Reading::Back => all.sort_by_key(|(told, _)| std::cmp::Reverse(told.id)),
    }
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

async fn said(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    id: TicketId,
    reading: Reading,
    from: i64,
    limit: i64,
) -> Result<Vec<(Told, Vec<Attachment>)>> {
    let sql = match reading {
        Reading::Forward => &MESSAGES,
        Reading::Back => &LAST_MESSAGES,
    };
    let messages: Vec<Told> = tx.all(sql, params![may.tenant(), id, from, limit]).await?;
    let ids: Vec<i64> = messages.iter().map(|message| message.id.number()).collect();
    let mut files: HashMap<MessageId, Vec<Attachment>> = HashMap::new();
    for file in store::files::of_messages(tx, may.tenant(), &ids).await? {
        files
            .entry(file.message.ok_or_else(|| Problem::broken("a tied file has its message"))?)
            .or_default()
            .push(file);
    }
    Ok(messages
        .into_iter()
        .map(|message| {
            let files = files.remove(&message.id).unwrap_or_default();
            (message, files)
        })
        .collect())
}

/// What the customer said last before that message, for everybody to read.
pub async fn last_word_of_customer(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    id: TicketId,
    before: MessageId,
) -> Result<Option<Told>> {
    let ids: Vec<i64> = together(tx, may, id).await?.iter().map(|id| id.number()).collect();
    tx.find(&LAST_WORD, params![may.tenant(), ids, before]).await
}

/// One message, and the ticket on which it stands, if the holder may see it.
pub(crate) async fn told<R: Right>(tx: &Tx<'_>, may: &May<R>, id: MessageId) -> Result<(TicketId, Told)> {
    let (ticket,): (TicketId,) = tx.one(&ONE, params![may.tenant(), id]).await?;
    store::ticket_to_read(tx, may, ticket).await?;
    let told: Told = tx.one(&MESSAGES, params![may.tenant(), ticket, id.number() - 1, 1_i64]).await?;
    Ok((ticket, told))
}

/// The ticket that a message is on, if the holder may see it.
pub async fn message(tx: &Tx<'_>, may: &May<rights::Read>, id: MessageId) -> Result<Ticket> {
    let (ticket,): (i64,) = tx.one(&ONE, params![may.tenant(), id]).await?;
    store::ticket_to_read(tx, may, TicketId::new(ticket)).await
}

record! {
    /// What a message says about the letter that carries it.
    pub struct Carried {
        /// Which way it went.
        pub direction: Direction,
        /// Who may read it.
        pub visibility: Visibility,
        /// What it wishes for its letter, if that is not the usual.
        pub envelope: Option<Json<Envelope>>,
        /// To whom it goes, once that is decided.
        pub recipients: Option<Json<Vec<Recipient>>>,
    }
}

impl Carried {
    /// Whether it leaves the house: an answer, or a word to somebody else.
    pub fn leaves(&self) -> bool {
        let is_named = self.envelope.as_ref().is_some_and(|envelope| envelope.0.to.is_some());
        self.direction == Direction::Out && (self.visibility == Visibility::Public || is_named)
    }
}

/// The same, of one message. For whoever carries it: which ticket it is on was asked before.
pub async fn carried(tx: &Tx<'_>, may: &May<rights::Read>, id: MessageId) -> Result<Carried> {
    tx.one(&LETTER, params![may.tenant(), id]).await
}

/// What was said and what happened, from either end.
pub async fn thread(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    id: TicketId,
    reading: Reading,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Thread> {
    let ticket = store::ticket_to_read(tx, may, id).await?;
    let asked = i64::try_from(limit + 1).expect("a page is small");
    let (tenant, stream) = (may.tenant(), ticket.id.number());
    let (from, rows) = match reading {
        Reading::Forward => {
            let from = after.map_or(0, |after| after.id);
            (from, fact::of_kinds(tx, tenant, stream, SHOWN, from, asked).await?)
        }
        Reading::Back => {
            let from = after.map_or(i64::MAX, |after| after.id);
            (from, fact::last_of_kinds(tx, tenant, stream, SHOWN, from, asked).await?)
        }
    };
    let together = together(tx, may, ticket.id).await?;
    let fitting = fitting(tx, may, &together, reading, from, asked).await?;
    let said = said_together(tx, may, &together, reading, from, fitting).await?;
    // The page ends with the last message that fits: what happened after it stands on the next.
    let last = said.last().filter(|_| fitting < asked).map(|(message, _)| message.id.number());
    let mut entries: Vec<Entry> =
        said.into_iter().map(|(message, files)| Entry::Message(Box::new(message), files)).collect();
    entries.extend(happened(tx, may, rows).await?);
    entries.sort_by_key(Entry::id);
    if reading == Reading::Back {
        entries.reverse();
    }
    let cut = last.and_then(|last| entries.iter().position(|entry| entry.id() == last));
    let (limit, has_more) = cut.map_or((limit, false), |last| (limit.min(last + 1), last < limit));
    entries.truncate(limit + 1);
    let mut page = Page::of(entries, limit, |entry| Cursor { key: 0, id: entry.id() });
    if has_more {
        page.next = page.items.last().map(|entry| Cursor { key: 0, id: entry.id() });
    }
    Ok(page)
}

async fn happened(tx: &Tx<'_>, may: &May<rights::Read>, rows: Vec<FactRow>) -> Result<Vec<Entry>> {
    let mut texts: HashMap<(FactId, String), String> = HashMap::new();
    let ids: Vec<FactId> = rows.iter().map(|row| row.id).collect();
    for text in fact::texts(tx, may.tenant(), &ids).await? {
        texts.insert((text.fact, text.name), text.text);
    }
    let is_ours = |row: &FactRow| matches!(row.actor_kind, ActorKind::Agent | ActorKind::Token);
    let actors: Vec<i64> = rows.iter().filter(|row| is_ours(row)).filter_map(|row| row.actor_id).collect();
    let names: Vec<(i64, String)> =
        if actors.is_empty() { Vec::new() } else { tx.all(&NAMES, params![may.tenant(), actors]).await? };
    let names: HashMap<i64, String> = names.into_iter().collect();
    let facts = rows.into_iter().map(|row| Ok((row.fact()?, row))).collect::<Result<Vec<(TicketFact, FactRow)>>>()?;
    let numbers = numbers(tx, may, facts.iter().filter_map(|(fact, _)| other_of(fact)).collect()).await?;
    let entry = |(mut fact, row): (TicketFact, FactRow)| {
        let other = other_of(&fact);
        let mut free = |name: &str| {
            let text = texts.remove(&(row.id, name.to_owned()));
            text.and_then(|text| serde_json::from_str::<Fields>(&text).ok()).unwrap_or_default()
        };
        fact.write_freely(free(FIELDS_BEFORE), free(FIELDS));
        let subject = (texts.remove(&(row.id, SUBJECT_BEFORE.to_owned())), texts.remove(&(row.id, SUBJECT.to_owned())));
        Entry::Fact {
            other: other.and_then(|id| Some((id, *numbers.get(&id)?))),
            fact: Box::new(fact),
            actor_name: row.actor_id.filter(|_| is_ours(&row)).and_then(|id| names.get(&id).cloned()),
            subject: (subject.0.is_some() || subject.1.is_some()).then_some(subject),
            row: Box::new(row),
        }
    };
    Ok(facts.into_iter().map(entry).collect())
}

/// The other ticket of which a fact tells.
fn other_of(fact: &TicketFact) -> Option<TicketId> {
    match fact {
        TicketFact::Merged { root: other, .. }
        | TicketFact::Rerooted { root: other }
        | TicketFact::Unmerged { root: other, .. }
        | TicketFact::Absorbed { ticket: other, .. }
        | TicketFact::Released { ticket: other, .. }
        | TicketFact::SideHeard { side: other, .. }
        | TicketFact::Split { into: other, .. }
        | TicketFact::TookOver { from: other, .. } => Some(*other),
        TicketFact::Opened { .. }
        | TicketFact::MessageReceived { .. }
        | TicketFact::Answered { .. }
        | TicketFact::Noted { .. }
        | TicketFact::Acknowledged { .. }
        | TicketFact::Forwarded { .. }
        | TicketFact::AnswerWithdrawn { .. }
        | TicketFact::Thanked { .. }
        | TicketFact::Admitted { .. }
        | TicketFact::Dismissed { .. }
        | TicketFact::LeftOut { .. }
        | TicketFact::DeliveryChanged { .. }
        | TicketFact::Changed { .. } => None,
    }
}

/// The numbers of these tickets, as far as the holder may see them.
async fn numbers(tx: &Tx<'_>, may: &May<rights::Read>, tickets: Vec<TicketId>) -> Result<HashMap<TicketId, i64>> {
    if tickets.is_empty() {
        return Ok(HashMap::new());
    }
    let (all, walls) = may.walls().params();
    let ids: Vec<i64> = tickets.iter().map(|id| id.number()).collect();
    let rows: Vec<(TicketId, i64)> = tx.all(&NUMBERS, params![may.tenant(), ids, all, walls]).await?;
    Ok(rows.into_iter().collect())
}
