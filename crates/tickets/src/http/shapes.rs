//! What goes out.

mod message;
mod timeline;

use std::collections::HashMap;

use madoguchi_kernel::Timestamp;
use madoguchi_platform::access::{Actor, Right};
use serde::Serialize;
use utoipa::ToSchema;

pub use message::{ArchiveView, AttachmentView, DeliveryView, MessageView};
pub use timeline::TimelineEntry;

use crate::{
    facts::Fields,
    rights,
    ticket::TicketId,
    views::{Line, Side},
    words::{AuthorKind, Channel, DeliveryState, Priority, SaidAs, Status, TicketType},
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
    /// What the last one is, of which `snippet` is the beginning.
    pub last_message_kind: Option<SaidAs>,
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
    /// The ticket where it is read since it was merged.
    pub merged_into: Option<i64>,
    /// Whether somebody waits for our answer; not where we were only in copy.
    pub reply_expected: bool,
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
            last_message_kind: line.last_message_kind,
            created_at: line.created_at,
            updated_at: line.updated_at,
            revision: line.revision,
            undelivered: line.undelivered,
            merged_into: line.root.map(TicketId::number),
            reply_expected: line.reply_expected,
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

/// A ticket that is read at another since it was merged.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SideView {
    /// Its id.
    pub id: i64,
    /// Its number.
    pub number: i64,
    /// What it is about.
    pub subject: String,
    /// Who asks there: a contact's id.
    pub requester: i64,
}

impl From<Side> for SideView {
    fn from(side: Side) -> Self {
        let Side { id, number, subject, requester } = side;
        Self { id: id.number(), number, subject, requester: requester.number() }
    }
}

/// Another ticket.
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
    /// Which of the desk's own fields apply to it, by their keys and in their order.
    pub applying: Vec<String>,
    /// Its predecessor, which could no longer be reopened.
    pub follows: Option<FollowsView>,
    /// Where it is read since it was merged: there one answers, and its timeline has what was said here too.
    pub root: Option<FollowsView>,
    /// The tickets that were merged into it, and are read here.
    pub sides: Vec<SideView>,
    /// The ticket from which it was split off.
    pub split_from: Option<FollowsView>,
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
pub fn can(actor: &Actor, status: Status, root: Option<TicketId>) -> Vec<&'static str> {
    if root.is_some() {
        // What one wants to do with it is done where it is read.
        return if actor.has(rights::Merge::KEY) { vec!["unmerge"] } else { Vec::new() };
    }
    let verbs: &[(&'static str, &str, bool)] = &[
        ("reply", rights::Reply::KEY, false),
        ("note", rights::Note::KEY, true),
        ("change", rights::Change::KEY, false),
        ("assign", rights::Assign::KEY, false),
        ("move", rights::Move::KEY, false),
        ("wall", rights::PutBehind::KEY, false),
        ("merge", rights::Merge::KEY, false),
        ("split", rights::Merge::KEY, false),
        ("unmerge", rights::Merge::KEY, true),
    ];
    let closed = status == Status::Closed;
    verbs
        .iter()
        .filter(|(_, key, on_closed)| actor.has(key) && (*on_closed || !closed))
        .map(|(verb, ..)| *verb)
        .collect()
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
    /// Those where we were only in copy, and nobody waits for an answer.
    pub copied: i64,
    /// Done.
    pub solved: i64,
    /// Those whose last answer did not leave, or may not have.
    pub undelivered: i64,
    /// Every one.
    pub all: i64,
    /// By team id.
    pub teams: HashMap<String, i64>,
}
