//! What goes out.

use std::collections::HashMap;

use madoguchi_kernel::{Language, Timestamp, Word};
use madoguchi_platform::{
    access::{Actor, Right},
    house::fact::ActorKind,
    http::Pictures,
    words,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    attachments::Attachment,
    envelope::{Field, Recipient},
    facts::{Change, Fields, TicketFact},
    markup::{shown_html, shown_lately},
    message::Flaw,
    quote::{self, Fold},
    rights,
    views::{Delivered, Entry, Line, Told},
    words::{AuthorKind, Channel, DeliveryState, Direction, Priority, Status, TicketType, Visibility},
};

/// A thing with a name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// Who asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RequesterView {
    /// The contact.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// Their organization's name.
    pub organization: Option<String>,
}

/// A ticket in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketLine {
    /// Its id.
    pub id: i64,
    /// The number that people see.
    pub number: i64,
    /// What it is about.
    pub subject: String,
    /// The step's category.
    pub status: Status,
    /// The step of its machine.
    pub state: String,
    /// What kind of matter it is.
    pub r#type: TicketType,
    /// How pressing it is.
    pub priority: Priority,
    /// Whose queue it is in.
    pub team: Option<Named>,
    /// Who has it.
    pub assignee: Option<Named>,
    /// Who asks.
    pub requester: RequesterView,
    /// How it came.
    pub channel: Channel,
    /// The beginning of the last message.
    pub snippet: String,
    /// Words put on it.
    pub tags: Vec<String>,
    /// How many messages it has.
    pub messages_count: i64,
    /// When the last one was said.
    #[schema(value_type = Option<String>)]
    pub last_message_at: Option<Timestamp>,
    /// Who said the last public one.
    pub last_message_by: Option<AuthorKind>,
    /// When it began.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When something last happened.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// How many facts it has.
    pub revision: i64,
    /// Where its last answer is, if that is nowhere (`failed`) or nobody knows (`unknown`).
    pub undelivered: Option<DeliveryState>,
}

impl From<Line> for TicketLine {
    fn from(line: Line) -> Self {
        Self {
            id: line.id.number(),
            number: line.number,
            subject: line.subject,
            status: line.status,
            state: line.state,
            r#type: line.ticket_type,
            priority: line.priority,
            team: line.team.map(|(id, name)| Named { id: id.number(), name }),
            assignee: line.assignee.map(|(id, name)| Named { id: id.number(), name }),
            requester: RequesterView {
                id: line.requester.number(),
                name: line.requester_name,
                organization: line.requester_organization,
            },
            channel: line.channel,
            snippet: line.snippet,
            tags: line.tags,
            messages_count: line.messages_count,
            last_message_at: line.last_message_at,
            last_message_by: line.last_message_by,
            created_at: line.created_at,
            updated_at: line.updated_at,
            revision: line.revision,
            undelivered: line.undelivered,
        }
    }
}

/// Somebody who reads along.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CcView {
    /// The contact.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
}

/// The ticket before this one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FollowsView {
    /// Its id.
    pub id: i64,
    /// Its number.
    pub number: i64,
}

/// A ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketView {
    /// As in a list.
    #[serde(flatten)]
    pub line: TicketLine,
    /// Who reads along.
    pub cc: Vec<CcView>,
    /// Custom fields.
    #[schema(value_type = Object)]
    pub fields: Fields,
    /// Its predecessor, which could no longer be reopened.
    pub follows: Option<FollowsView>,
    /// The wall that it stands behind.
    pub wall: i64,
    /// The brand under which it is answered.
    pub brand: i64,
    /// The mailbox through which it is answered, by number: mailboxes stand above tickets. Its name and address, and the
    /// mailbox that is taken where this is `null`, are in `GET /tickets/{id}/way-out`.
    pub mailbox: Option<i64>,
    /// What the caller may do with it.
    pub can: Vec<&'static str>,
    /// Its messages, when they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<MessageView>>,
}

/// What the caller may do with a ticket.
pub fn can(actor: &Actor, status: Status) -> Vec<&'static str> {
    let verbs: &[(&'static str, &str, bool)] = &[
        ("reply", rights::Reply::KEY, false),
        ("note", rights::Note::KEY, true),
        ("change", rights::Change::KEY, false),
        ("assign", rights::Assign::KEY, false),
        ("move", rights::Move::KEY, false),
        ("wall", rights::PutBehind::KEY, false),
    ];
    let closed = status == Status::Closed;
    verbs
        .iter()
        .filter(|(_, key, on_closed)| actor.has(key) && (*on_closed || !closed))
        .map(|(verb, ..)| *verb)
        .collect()
}

/// Who said something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuthorView {
    /// contact, agent, token or system.
    pub kind: AuthorKind,
    /// Their id.
    pub id: Option<i64>,
    /// Their name.
    pub name: String,
    /// Their address, if they are a contact that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A file on a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its media type, as its sender says.
    pub r#type: String,
    /// Its size, in bytes.
    pub size: i64,
    /// Whether the message shows it in its text.
    pub inline: bool,
    /// Where its bytes are, below the tenant's URL.
    pub url: String,
}

impl From<&Attachment> for AttachmentView {
    fn from(file: &Attachment) -> Self {
        Self {
            id: file.id.number(),
            name: file.name.clone(),
            r#type: file.content_type.clone(),
            size: file.size_bytes,
            inline: file.inline,
            url: address_of(file),
        }
    }
}

/// Below the tenant's URL.
fn address_of(file: &Attachment) -> String {
    format!("api/v1/attachments/{}", file.id)
}

/// Where an answer is on its way out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// queued, sending, sent, failed, unknown or withdrawn.
    pub state: &'static str,
    /// Tries so far.
    pub attempts: i64,
    /// Why it is not simply there: a stable word.
    pub code: Option<String>,
    /// The same in the caller's language.
    pub error: Option<String>,
    /// Since when it is there.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// To whom it goes; empty until that is decided.
    pub recipients: Vec<RecipientView>,
}

/// Somebody to whom a letter of ours goes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecipientView {
    /// Where they stand.
    pub field: Field,
    /// Their name; empty when it is not known.
    pub name: String,
    /// Where they read.
    pub address: String,
    /// Where the letter is for them, once it differs from not having left.
    pub state: Option<DeliveryState>,
    /// What a server said about them, in its own words.
    pub detail: Option<String>,
}

impl From<Recipient> for RecipientView {
    fn from(recipient: Recipient) -> Self {
        let Recipient { field, name, address, state, detail } = recipient;
        Self { field, name, address: address.to_string(), state, detail }
    }
}

impl DeliveryView {
    /// As somebody who reads this language sees it.
    pub fn of(delivered: Delivered, language: Language) -> Self {
        let Delivered { state, attempts, code, detail, at, recipients, .. } = delivered;
        let recipients = recipients.map(|recipients| recipients.0).unwrap_or_default();
        let error = code.as_deref().map(|code| words::of_code(language, code, &detail.unwrap_or_default()));
        let recipients = recipients.into_iter().map(RecipientView::from).collect();
        Self { state: state.word(), attempts, code, error, at, recipients }
    }
}

/// One thing said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageView {
    /// Its id.
    pub id: i64,
    /// Who may read it.
    pub visibility: Visibility,
    /// Which way it went.
    pub direction: Direction,
    /// Who said it.
    pub author: AuthorView,
    /// How it came or left.
    pub channel: Channel,
    /// Whether we know that the author is who they say.
    pub verified: bool,
    /// What was wrong with it.
    pub flaws: Vec<Flaw>,
    /// Its subject.
    pub subject: Option<String>,
    /// Its text.
    pub text: String,
    /// Where in the text the writer's signature begins, in UTF-16 units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_from: Option<usize>,
    /// Where in the text the letters begin that it only repeats, in UTF-16 units; they run to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted_from: Option<usize>,
    /// Its HTML, made harmless. `<!--signature-->` and `<!--quoted-->` stand where these begin.
    pub html: Option<String>,
    /// Its files.
    pub attachments: Vec<AttachmentView>,
    /// Where it is on its way out.
    pub delivery: Option<DeliveryView>,
    /// When it was said.
    #[schema(value_type = String)]
    pub occurred_at: Timestamp,
    /// When we learnt it.
    #[schema(value_type = String)]
    pub recorded_at: Timestamp,
}

impl MessageView {
    /// The message with its files and its way out.
    pub fn of(mut told: Told, files: &[Attachment], delivery: Option<DeliveryView>, outside: &Pictures) -> Self {
        let html = told.html.take();
        let make = |html: &str| shown_html(html, pictures(files), Some(outside));
        let html = html.map(|html| shown_lately(told.id, &html, || make(&html)));
        Self::with_html(told, html, files, delivery)
    }

    /// The same, its HTML already made harmless.
    pub fn with_html(told: Told, html: Option<String>, files: &[Attachment], delivery: Option<DeliveryView>) -> Self {
        let name = told.contact_name.or(told.own_name).unwrap_or_default();
        let (signature_from, quoted_from) = folded(&told.text);
        Self {
            id: told.id.number(),
            signature_from,
            quoted_from,
            visibility: told.visibility,
            direction: told.direction,
            author: AuthorView { kind: told.author_kind, id: told.author_id, name, email: told.contact_email },
            channel: told.channel,
            verified: told.verified,
            flaws: told.flaws.0,
            subject: told.subject,
            html,
            text: told.text,
            attachments: files.iter().map(AttachmentView::from).collect(),
            delivery,
            occurred_at: told.occurred_at,
            recorded_at: told.recorded_at,
        }
    }
}

/// Where a text's signature and history begin, in the units in which browsers count.
fn folded(text: &str) -> (Option<usize>, Option<usize>) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Fold { signature, history } = quote::fold(&lines);
    let units = |lines: &[&str]| lines.iter().map(|line| line.encode_utf16().count()).sum();
    (signature.map(|at| units(&lines[..at])), history.map(|at| units(&lines[..at])))
}

/// Where a letter's own pictures are, by the names by which its HTML calls them.
fn pictures(files: &[Attachment]) -> HashMap<String, String> {
    files.iter().filter_map(|file| Some((file.cid.clone()?, address_of(file)))).collect()
}

/// A field that changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangeView {
    /// Which.
    pub field: &'static str,
    /// Before.
    #[schema(value_type = Object)]
    pub before: serde_json::Value,
    /// After.
    #[schema(value_type = Object)]
    pub after: serde_json::Value,
}

/// Who did something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActorView {
    /// agent, token, contact or system.
    pub kind: &'static str,
    /// Their id.
    pub id: Option<i64>,
    /// Their name.
    pub name: Option<String>,
}

/// One entry of a timeline.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimelineEntry {
    /// Something said.
    Message {
        /// When we learnt it.
        #[schema(value_type = String)]
        at: Timestamp,
        /// What.
        message: Box<MessageView>,
    },
    /// Something that happened.
    Fact {
        /// When we learnt it.
        #[schema(value_type = String)]
        at: Timestamp,
        /// Its number in the ticket's stream.
        seq: i64,
        /// Who did it.
        actor: ActorView,
        /// What kind of fact.
        fact: String,
        /// What changed.
        changes: Vec<ChangeView>,
    },
}

impl TimelineEntry {
    /// The entry as the screen shows it.
    pub fn of(entry: Entry, deliveries: &HashMap<i64, DeliveryView>, outside: &Pictures) -> Self {
        match entry {
            Entry::Message(told, files) => {
                let at = told.recorded_at;
                let delivery = deliveries.get(&told.id.number()).cloned();
                Self::Message { at, message: Box::new(MessageView::of(*told, &files, delivery, outside)) }
            }
            Entry::Fact { row, fact, actor_name, subject } => {
                let actor = ActorView { kind: kind_word(row.actor_kind), id: row.actor_id, name: actor_name };
                Self::Fact {
                    at: row.recorded_at,
                    seq: row.seq,
                    actor,
                    fact: row.kind,
                    changes: changes(&fact, subject),
                }
            }
        }
    }
}

fn kind_word(kind: ActorKind) -> &'static str {
    kind.word()
}

fn changes(fact: &TicketFact, subject: Option<(Option<String>, Option<String>)>) -> Vec<ChangeView> {
    let TicketFact::Changed { changes } = fact else { return Vec::new() };
    changes.iter().map(|change| change_view(change, subject.as_ref())).collect()
}

fn change_view(change: &Change, subject: Option<&(Option<String>, Option<String>)>) -> ChangeView {
    fn both<T: Serialize>(field: &'static str, before: &T, after: &T) -> ChangeView {
        let json = |value: &T| serde_json::to_value(value).unwrap_or_default();
        ChangeView { field, before: json(before), after: json(after) }
    }
    match change {
        Change::Subject => {
            let (before, after) = subject.cloned().unwrap_or_default();
            both("subject", &before, &after)
        }
        Change::State { before, after, .. } => both("state", before, after),
        Change::Type { before, after } => both("type", before, after),
        Change::Priority { before, after } => both("priority", before, after),
        Change::Team { before, after } => both("team", before, after),
        Change::Assignee { before, after } => both("assignee", before, after),
        Change::Requester { before, after } => both("requester", before, after),
        Change::Cc { before, after } => both("cc", before, after),
        Change::Tags { before, after } => both("tags", before, after),
        Change::Fields { before, after } => both("fields", before, after),
        Change::Mailbox { before, after } => both("mailbox", before, after),
        Change::Wall { before, after } => both("wall", before, after),
    }
}

/// How many tickets wait.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CountsView {
    /// Mine.
    pub mine: i64,
    /// Nobody's.
    pub unassigned: i64,
    /// All with something to do; 1001 stands for "more than 1000", as below.
    pub open: i64,
    /// The customer's turn.
    pub pending: i64,
    /// Done.
    pub solved: i64,
    /// Those whose last answer did not leave, or may not have.
    pub undelivered: i64,
    /// Every one.
    pub all: i64,
    /// By team id.
    pub teams: HashMap<String, i64>,
}

/// A step of a type's machine.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StateView {
    /// Its key.
    pub key: &'static str,
    /// Its category.
    pub status: Status,
    /// Whether it was shipped.
    pub builtin: bool,
}
