//! What was said and what happened, as it goes out.

use std::collections::HashMap;

use madoguchi_kernel::{Timestamp, Word};
use madoguchi_people::ContactId;
use madoguchi_platform::http::Pictures;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DeliveryView, FollowsView, MessageView};
use crate::{
    facts::{Change, TicketFact},
    views::Entry,
};

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
        /// The other ticket of which it tells: that into which this one was merged, from which it was split, and so on.
        #[serde(skip_serializing_if = "Option::is_none")]
        other: Option<FollowsView>,
        /// The word by which a letter was taken for mere thanks.
        #[serde(skip_serializing_if = "Option::is_none")]
        word: Option<String>,
        /// The contacts of whom it tells, by number.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        contacts: Vec<i64>,
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
            Entry::Fact { row, fact, actor_name, subject, other } => {
                let actor = ActorView { kind: row.actor_kind.word(), id: row.actor_id, name: actor_name };
                Self::Fact {
                    at: row.recorded_at,
                    seq: row.seq,
                    actor,
                    fact: row.kind,
                    changes: changes(&fact, subject),
                    word: word_of(&fact),
                    contacts: contacts_of(&fact),
                    other: other.map(|(id, number)| FollowsView { id: id.number(), number }),
                }
            }
        }
    }
}

fn word_of(fact: &TicketFact) -> Option<String> {
    if let TicketFact::Thanked { word, .. } = fact { Some(word.clone()) } else { None }
}

fn contacts_of(fact: &TicketFact) -> Vec<i64> {
    let told: &[ContactId] = match fact {
        TicketFact::LeftOut { contacts, .. } => contacts,
        TicketFact::Admitted { contact, .. } => std::slice::from_ref(contact),
        _ => &[],
    };
    told.iter().map(|contact| contact.number()).collect()
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
        Change::ReplyExpected { before, after } => both("reply_expected", before, after),
    }
}
