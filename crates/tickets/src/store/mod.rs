//! Loads and keeps tickets and messages; decides nothing.

pub(crate) mod files;
pub(crate) mod sides;

use madoguchi_kernel::{
    Problem, TenantId, Timestamp,
    problem::{Kind, Result},
};
use madoguchi_people::WallId;
use madoguchi_platform::{
    access::{May, Right},
    db::{DbError, FromRow, Row, Sql, Tx},
    house::fact::{By, Json, Stream, Telling},
    params,
};

use crate::{
    actions::Delivery,
    asked,
    facts::{FIELDS, FIELDS_BEFORE, Fields, SUBJECT, SUBJECT_BEFORE, Texts, TicketFact},
    message::{Message, MessageId},
    ticket::{Ticket, TicketId},
    words::AuthorKind,
};

static MARK: Sql = Sql::new(
    "tickets.mark_delivery",
    "INSERT INTO tickets_deliveries (tenant_id, message_id, state, attempts, code, detail, at, recipients, undelivered, ticket_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (tenant_id, message_id) DO UPDATE
        SET state = $3, attempts = $4, code = $5, detail = $6, at = $7, recipients = COALESCE($8, tickets_deliveries.recipients), undelivered = $9",
);

static DELIVERY_CODE: Sql =
    Sql::new("tickets.delivery_code", "SELECT code FROM tickets_deliveries WHERE tenant_id = $1 AND message_id = $2");

static LAST_WORD: Sql = Sql::new(
    "tickets.last_public_word",
    "SELECT m.author_kind FROM tickets_messages m
      WHERE m.tenant_id = $1 AND m.ticket_id any($2) AND m.id <> $3 AND m.visibility = 'public' AND m.author_kind <> 'system'
        AND NOT EXISTS (SELECT 1 FROM tickets_deliveries d WHERE d.tenant_id = m.tenant_id AND d.message_id = m.id AND d.state = 'withdrawn')
      ORDER BY m.id DESC LIMIT 1",
);

static TICKET: Sql = Sql::new(
    "tickets.ticket",
    "SELECT id, number, wall_id, brand_id, root_id, merged_into_id, follows_id, split_from_id, reply_expected, type, state, status, priority, team_id, assignee_id, requester_id, cc,
            mailbox_id, channel, tags, subject, fields, messages_count, last_message_id, last_message_by, last_message_at,
            created_at, updated_at, solved_at, revision
       FROM tickets WHERE tenant_id = $1 AND id = $2 AND ($3 = 1 OR wall_id any($4)) /*lock*/",
);
static TICKET_READ: Sql = Sql::new(
    "tickets.ticket_read",
    "SELECT id, number, wall_id, brand_id, root_id, merged_into_id, follows_id, split_from_id, reply_expected, type, state, status, priority, team_id, assignee_id, requester_id, cc,
            mailbox_id, channel, tags, subject, fields, messages_count, last_message_id, last_message_by, last_message_at,
            created_at, updated_at, solved_at, revision
       FROM tickets WHERE tenant_id = $1 AND id = $2 AND ($3 = 1 OR wall_id any($4))",
);
static ADD: Sql = Sql::new(
    "tickets.add",
    "INSERT INTO tickets (id, tenant_id, number, wall_id, brand_id, root_id, follows_id, type, state, status, priority, team_id, assignee_id,
            requester_id, cc, mailbox_id, channel, tags, subject, fields, messages_count, last_message_id, last_message_by,
            last_message_at, created_at, updated_at, solved_at, revision, snippet, merged_into_id, split_from_id, reply_expected, subject_folded)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29,
             $30, $31, $32, $33)",
);
static SAVE: Sql = Sql::new(
    "tickets.save",
    "UPDATE tickets SET root_id = $4, type = $5, state = $6, status = $7, priority = $8, team_id = $9, assignee_id = $10, requester_id = $11,
            cc = $12, mailbox_id = $13, tags = $14, subject = $15, fields = $16, messages_count = $17, last_message_id = $18,
            last_message_by = $19, last_message_at = $20, updated_at = $21, solved_at = $22, revision = $23, wall_id = $24,
            snippet = coalesce($25, snippet), merged_into_id = $26, reply_expected = $27, subject_folded = $28
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static COUNT_UP: Sql = Sql::new("tickets.count_up", "UPDATE tickets_numbers SET last = last + 1 WHERE tenant_id = $1");
static NUMBER: Sql = Sql::new("tickets.number", "SELECT last FROM tickets_numbers WHERE tenant_id = $1");
static FIRST_NUMBER: Sql = Sql::new(
    "tickets.first_number",
    "INSERT INTO tickets_numbers (tenant_id, last) VALUES ($1, 0) ON CONFLICT DO NOTHING",
);
static ADD_TAG: Sql = Sql::new(
    "tickets.add_tag",
    "INSERT INTO tickets_tags (tenant_id, tag, ticket_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
);
static DROP_TAG: Sql =
    Sql::new("tickets.drop_tag", "DELETE FROM tickets_tags WHERE tenant_id = $1 AND tag = $2 AND ticket_id = $3");
static ADD_MESSAGE: Sql = Sql::new(
    "tickets.add_message",
    "INSERT INTO tickets_messages (id, tenant_id, ticket_id, visibility, direction, author_kind, author_id, channel, verified, automatic, flaws, subject,
            occurred_at, recorded_at, text, html, envelope)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
);

impl FromRow for Ticket {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            number: row.get(1)?,
            wall: row.get(2)?,
            brand: row.get(3)?,
            root: row.get(4)?,
            merged_into: row.get(5)?,
            follows: row.get(6)?,
            split_from: row.get(7)?,
            reply_expected: row.get(8)?,
            ticket_type: row.get(9)?,
            state: row.get(10)?,
            status: row.get(11)?,
            priority: row.get(12)?,
            team: row.get(13)?,
            assignee: row.get(14)?,
            requester: row.get(15)?,
            cc: row.get::<Json<_>>(16)?.0,
            mailbox: row.get(17)?,
            channel: row.get(18)?,
            tags: row.get::<Json<_>>(19)?.0,
            subject: row.get(20)?,
            fields: row.get::<Json<_>>(21)?.0,
            messages_count: row.get(22)?,
            last_message: row.get(23)?,
            last_message_by: row.get(24)?,
            last_message_at: row.get(25)?,
            created_at: row.get(26)?,
            updated_at: row.get(27)?,
            solved_at: row.get(28)?,
            revision: row.get(29)?,
        })
    }
}

/// The ticket, if it exists *and* the holder may see it. We do not say which of the two failed. It is ours
/// to change until the unit ends.
pub(crate) async fn ticket<R: Right>(tx: &Tx<'_>, may: &May<R>, id: TicketId) -> Result<Ticket> {
    let (all, walls) = may.walls().params();
    tx.one(&TICKET, params![may.tenant(), id, all, walls]).await
}

/// The same, to look at only.
pub(crate) async fn ticket_to_read<R: Right>(tx: &Tx<'_>, may: &May<R>, id: TicketId) -> Result<Ticket> {
    let (all, walls) = may.walls().params();
    tx.one(&TICKET_READ, params![may.tenant(), id, all, walls]).await
}

/// The caller saw another revision than there is now: theirs must not overwrite it.
pub(crate) fn seen(ticket: &Ticket, seen: Option<i64>) -> Result<()> {
    match seen {
        Some(revision) if revision != ticket.revision => {
            Err(Problem::new(Kind::Stale, "ticket.changed_meanwhile").with("revision", ticket.revision))
        }
        _ => Ok(()),
    }
}

/// The next number that people see. On PostgreSQL it holds others of the tenant up until the unit ends, so
/// it is taken late.
pub(crate) async fn next_number(tx: &Tx<'_>, tenant: TenantId) -> Result<i64> {
    if let Some(number) = count_up(tx, tenant).await? {
        return Ok(number);
    }
    tx.run_new(&FIRST_NUMBER, params![tenant]).await?;
    count_up(tx, tenant).await?.ok_or_else(|| Problem::broken("a tenant's tickets have numbers"))
}

/// Two statements: for an answer of the first, SQLite would build a table.
async fn count_up(tx: &Tx<'_>, tenant: TenantId) -> Result<Option<i64>> {
    tx.put(&COUNT_UP, params![tenant]).await?;
    let number: Option<(i64,)> = tx.find(&NUMBER, params![tenant]).await?;
    Ok(number.map(|(number,)| number))
}

pub(crate) async fn add_message(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId, message: &Message) -> Result<()> {
    let m = message;
    tx.put(
        &ADD_MESSAGE,
        params![
            m.id,
            tenant,
            ticket,
            m.visibility,
            m.direction,
            m.author_kind,
            m.author_id,
            m.channel,
            m.verified,
            m.automatic,
            m.flaws,
            m.subject,
            m.occurred_at,
            m.recorded_at,
            m.text,
            m.html,
            m.envelope
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn mark_delivery(tx: &Tx<'_>, tenant: TenantId, delivery: &Delivery) -> Result<()> {
    let d = delivery;
    let (code, detail) = d.reason.as_ref().map(|reason| (reason.code.as_str(), reason.detail.as_str())).unzip();
    let recipients = d.recipients.as_ref().map(Json);
    let kept =
        params![tenant, d.message, d.state, d.attempts, code, detail, d.at, recipients, d.undelivered(), d.ticket];
    tx.put(&MARK, kept).await
}

/// Why an answer was not simply there, the last time that anybody said.
pub(crate) async fn delivery_code(tx: &Tx<'_>, tenant: TenantId, message: MessageId) -> Result<Option<String>> {
    let found: Option<(Option<String>,)> = tx.find(&DELIVERY_CODE, params![tenant, message]).await?;
    Ok(found.and_then(|(code,)| code))
}

/// Who said the last public word on these tickets, apart from this one and from what was taken back.
pub(crate) async fn last_word_without(
    tx: &Tx<'_>,
    tenant: TenantId,
    tickets: &[TicketId],
    message: MessageId,
) -> Result<Option<AuthorKind>> {
    let tickets: Vec<i64> = tickets.iter().map(|ticket| ticket.number()).collect();
    let found: Option<(AuthorKind,)> = tx.find(&LAST_WORD, params![tenant, tickets, message]).await?;
    Ok(found.map(|(author,)| author))
}

/// A ticket and what happened to it in this unit: applied at once, kept together at the end.
pub(crate) struct Turn {
    pub ticket: Ticket,
    loaded_revision: i64,
    loaded_wall: WallId,
    loaded_tags: Vec<String>,
    snippet: Option<String>,
    at: Option<Timestamp>,
    told: Vec<Happened>,
}

struct Happened {
    fact: TicketFact,
    texts: Vec<(&'static str, String)>,
}

impl Turn {
    /// On a ticket that was loaded.
    pub fn of(ticket: Ticket) -> Self {
        Self {
            at: None,
            loaded_revision: ticket.revision,
            loaded_wall: ticket.wall,
            loaded_tags: ticket.tags.clone(),
            ticket,
            snippet: None,
            told: Vec::new(),
        }
    }

    /// What happens in it is told by them: in the past, where it was brought over from elsewhere.
    pub fn told_by(self, by: By, now: Timestamp) -> Self {
        Self { at: Some(by.counts_from(now)), ..self }
    }

    /// How the last thing said on it begins, for lists. It is no fact's: who erases words erases it with them.
    pub fn begins(&mut self, snippet: String) {
        self.snippet = Some(snippet);
    }

    /// Something happened to it.
    pub fn tell(&mut self, tx: &Tx<'_>, fact: TicketFact, subject: Option<&str>) {
        self.tell_with(tx, fact, Texts::subject(subject), None);
    }

    /// The same, with what people wrote freely into fields; `before` is what stood there.
    pub fn tell_with(&mut self, tx: &Tx<'_>, fact: TicketFact, texts: Texts<'_>, before: Option<&Fields>) {
        let is_change = matches!(fact, TicketFact::Changed { .. });
        let json = |fields: &Fields| serde_json::to_string(fields).expect("fields are JSON");
        let mut kept = Vec::new();
        if let Some(subject) = texts.subject {
            kept.push((SUBJECT, subject.to_owned()));
            if is_change {
                kept.push((SUBJECT_BEFORE, self.ticket.subject.clone()));
            }
        }
        let some = |fields: Option<&Fields>| fields.filter(|fields| !fields.is_empty()).map(json);
        kept.extend(some(texts.fields).map(|fields| (FIELDS, fields)));
        kept.extend(some(before).map(|fields| (FIELDS_BEFORE, fields)));
        self.ticket.apply(&fact, texts, self.at.unwrap_or(tx.now()));
        self.told.push(Happened { fact, texts: kept });
    }

    /// Keeps the ticket and tells its facts.
    pub async fn keep(self, tx: &Tx<'_>, tenant: TenantId, by: By) -> Result<Ticket> {
        let ticket = &self.ticket;
        if self.told.is_empty() {
            return Ok(self.ticket);
        }
        if self.loaded_revision == 0 {
            add(tx, tenant, ticket, self.snippet.as_deref().unwrap_or_default()).await?;
        } else {
            save(tx, tenant, ticket, self.loaded_revision, self.snippet.as_deref()).await?;
        }
        let before: &[String] = if self.loaded_revision == 0 { &[] } else { &self.loaded_tags };
        for tag in ticket.tags.iter().filter(|tag| !before.contains(tag)) {
            tx.put(&ADD_TAG, params![tenant, *tag, ticket.id]).await?;
        }
        for tag in before.iter().filter(|tag| !ticket.tags.contains(tag)) {
            tx.put(&DROP_TAG, params![tenant, *tag, ticket.id]).await?;
        }
        for (seq, happened) in (self.loaded_revision + 1..).zip(&self.told) {
            let texts: Vec<(&str, &str)> = happened.texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let stream = Stream { kind: "ticket", id: ticket.id.number() };
            let wall = Some(ticket.wall.number());
            tx.tell(Telling { stream, seq, fact: &happened.fact, texts: &texts, by, wall }).await?;
        }
        if self.loaded_wall != ticket.wall {
            let stream = Stream { kind: "ticket", id: ticket.id.number() };
            tx.move_behind(stream, ticket.revision, self.loaded_wall.number(), ticket.wall.number()).await?;
        }
        Ok(self.ticket)
    }
}

async fn add(tx: &Tx<'_>, tenant: TenantId, t: &Ticket, snippet: &str) -> Result<()> {
    tx.put(
        &ADD,
        params![
            t.id,
            tenant,
            t.number,
            t.wall,
            t.brand,
            t.root,
            t.follows,
            t.ticket_type,
            t.state,
            t.status,
            t.priority,
            t.team,
            t.assignee,
            t.requester,
            Json(&t.cc),
            t.mailbox,
            t.channel,
            Json(&t.tags),
            t.subject,
            Json(&t.fields),
            t.messages_count,
            t.last_message,
            t.last_message_by,
            t.last_message_at,
            t.created_at,
            t.updated_at,
            t.solved_at,
            t.revision,
            snippet,
            t.merged_into,
            t.split_from,
            t.reply_expected,
            asked::folded(&t.subject)
        ],
    )
    .await?;
    Ok(())
}

/// Two agents saved at once: the second is told, never overwrites.
async fn save(tx: &Tx<'_>, tenant: TenantId, t: &Ticket, loaded_revision: i64, snippet: Option<&str>) -> Result<()> {
    let saved = tx
        .run(
            &SAVE,
            params![
                tenant,
                t.id,
                loaded_revision,
                t.root,
                t.ticket_type,
                t.state,
                t.status,
                t.priority,
                t.team,
                t.assignee,
                t.requester,
                Json(&t.cc),
                t.mailbox,
                Json(&t.tags),
                t.subject,
                Json(&t.fields),
                t.messages_count,
                t.last_message,
                t.last_message_by,
                t.last_message_at,
                t.updated_at,
                t.solved_at,
                t.revision,
                t.wall,
                snippet,
                t.merged_into,
                t.reply_expected,
                asked::folded(&t.subject)
            ],
        )
        .await?;
    if saved == 1 { Ok(()) } else { Err(Problem::conflict("ticket.changed_meanwhile")) }
}
