//! What tickets tell the house, past tense. Ids and words only; text about people (subjects) stands in the
//! facts' erasable texts.

mod change;

use std::collections::BTreeMap;

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_people::{AgentId, BrandId, ContactId, TeamId, WallId};
use madoguchi_platform::house::fact::{Fact, FactRow};
use serde::{Deserialize, Serialize};

use crate::{
    message::MessageId,
    ticket::TicketId,
    words::{AuthorKind, Channel, DeliveryState, Direction, Priority, Status, TicketType, Visibility},
};

pub use change::Change;

/// Values of a ticket's custom fields.
pub type Fields = BTreeMap<String, serde_json::Value>;

/// Name of the erasable text that holds a subject.
pub const SUBJECT: &str = "subject";
/// Name of the erasable text that holds the subject before a change.
pub const SUBJECT_BEFORE: &str = "subject_before";
/// Name of the erasable text that holds what people wrote freely into fields, as JSON.
pub const FIELDS: &str = "fields";
/// Name of the erasable text that holds the same before a change.
pub const FIELDS_BEFORE: &str = "fields_before";

/// A fact's erasable texts, as far as a ticket is made of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Texts<'a> {
    /// What it is about.
    pub subject: Option<&'a str>,
    /// What people wrote freely into fields.
    pub fields: Option<&'a Fields>,
}

impl<'a> Texts<'a> {
    /// Only a subject.
    pub fn subject(subject: Option<&'a str>) -> Self {
        Self { subject, fields: None }
    }
    /// These fields and what was written freely.
    pub fn with_fields(&self, fields: &Fields) -> Fields {
        let free = self.fields.into_iter().flatten();
        fields.iter().chain(free).map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// What a ticket remembers of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The message.
    pub message: MessageId,
    /// Who may read it.
    pub visibility: Visibility,
    /// Which way it went.
    pub direction: Direction,
    /// Who said it.
    pub author_kind: AuthorKind,
    /// Their id.
    pub author_id: Option<i64>,
    /// How it came or left.
    pub channel: Channel,
    /// A machine wrote it: an absence note, a delivery report.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// When it was said.
    pub at: Timestamp,
}

/// What a ticket's list line knows of what was said on it, counted anew where messages came or went.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// How many messages it has.
    pub messages: i64,
    /// The last of them.
    pub last_message: Option<MessageId>,
    /// Who said the last public one that no machine wrote.
    pub last_message_by: Option<AuthorKind>,
    /// When the last one was said.
    pub last_message_at: Option<Timestamp>,
}

impl Said {
    /// What the fact says was said, if anything: read without the rest of the fact, for whoever hears many.
    pub fn of(fact: &FactRow) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Told {
            #[serde(
                alias = "message_received",
                alias = "answered",
                alias = "noted",
                alias = "acknowledged",
                alias = "forwarded"
            )]
            opened: Option<Carried>,
        }
        #[derive(Deserialize)]
        struct Carried {
            said: Option<Said>,
        }
        let told: Told = fact.part()?;
        Ok(told.opened.and_then(|carried| carried.said))
    }
}

/// A ticket's beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The number that people see.
    pub number: i64,
    /// The wall that it stands behind.
    pub wall: WallId,
    /// The brand under which it is answered.
    pub brand: BrandId,
    /// Its predecessor, which could no longer be reopened.
    pub follows: Option<TicketId>,
    /// The ticket on which its first messages were said, if it was split off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<TicketId>,
    /// Whether somebody waits for our answer; not where we were only in copy.
    #[serde(default = "expected")]
    pub reply_expected: bool,
    /// What kind of matter it is.
    pub ticket_type: TicketType,
    /// Its first state.
    pub state: String,
    /// That state's category.
    pub status: Status,
    /// How pressing it is.
    pub priority: Priority,
    /// Whose queue it is in.
    pub team: Option<TeamId>,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// Who asks.
    pub requester: ContactId,
    /// Who reads along.
    pub cc: Vec<ContactId>,
    /// The mailbox through which it is answered.
    pub mailbox: Option<i64>,
    /// How it came.
    pub channel: Channel,
    /// Words put on it.
    pub tags: Vec<String>,
    /// Custom fields, but for what people wrote freely.
    pub fields: Fields,
}

/// Somebody mostly waits for an answer.
fn expected() -> bool {
    true
}

/// What happened to a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketFact {
    /// It began, mostly with a word.
    Opened {
        /// How.
        opening: Box<Opening>,
        /// The word it began with.
        said: Option<Said>,
    },
    /// The customer, or somebody for them, said something.
    MessageReceived {
        /// What.
        said: Said,
    },
    /// We wrote to the customer.
    Answered {
        /// What.
        said: Said,
    },
    /// Somebody wrote a note.
    Noted {
        /// What.
        said: Said,
    },
    /// The program told the customer that their word has come.
    Acknowledged {
        /// What.
        said: Said,
    },
    /// We wrote to somebody else about it.
    Forwarded {
        /// What.
        said: Said,
    },
    /// Whoever wrote to the customer took it back before it left.
    AnswerWithdrawn {
        /// The answer.
        message: MessageId,
        /// Who said the last public word without it.
        last_message_by: Option<AuthorKind>,
    },
    /// An answer went further on its way out, or got stuck.
    DeliveryChanged {
        /// The answer.
        message: MessageId,
        /// Where it is.
        state: DeliveryState,
    },
    /// Fields changed.
    Changed {
        /// Which, and how.
        changes: Vec<Change>,
    },
    /// It was merged: from now on it is read where that ticket is read.
    Merged {
        /// The ticket that was named.
        into: TicketId,
        /// Where the thread is read: that ticket, or the one into which that was merged.
        root: TicketId,
    },
    /// What it was merged into was itself merged or taken apart: it is read elsewhere.
    Rerooted {
        /// Where the thread is read now.
        root: TicketId,
    },
    /// It stands for itself again.
    Unmerged {
        /// Where it was read.
        root: TicketId,
        /// What was said on it, and on those that were merged into it.
        tally: Tally,
    },
    /// Another ticket was merged into it, or into one that is read here.
    Absorbed {
        /// The other one.
        ticket: TicketId,
        /// Whom it brought along as readers.
        readers: Vec<ContactId>,
        /// What was said on all of them.
        tally: Tally,
    },
    /// A ticket that was merged into it stands for itself again.
    Released {
        /// The other one.
        ticket: TicketId,
        /// What is left.
        tally: Tally,
    },
    /// Something was said on a ticket that is read here.
    SideHeard {
        /// The ticket.
        side: TicketId,
        /// What.
        said: Said,
    },
    /// It was solved, and the customer did nothing but thank: it stays solved.
    Thanked {
        /// What they wrote.
        message: MessageId,
        /// The word by which we saw it.
        word: String,
    },
    /// A stranger's word was let in: they read along from now on.
    Admitted {
        /// The word.
        message: MessageId,
        /// Whose it is.
        contact: ContactId,
        /// What was said, now that it counts.
        tally: Tally,
    },
    /// A stranger's word stays among us.
    Dismissed {
        /// The word.
        message: MessageId,
    },
    /// Whoever wrote no longer named these, who read along all the same.
    LeftOut {
        /// What they wrote.
        message: MessageId,
        /// Who was not named.
        contacts: Vec<ContactId>,
    },
    /// Messages of it became a ticket of their own.
    Split {
        /// The new one.
        into: TicketId,
        /// Which.
        messages: Vec<MessageId>,
        /// What is left.
        tally: Tally,
    },
    /// It was opened with messages of another.
    TookOver {
        /// The other one.
        from: TicketId,
        /// Which.
        messages: Vec<MessageId>,
        /// What was said on it.
        tally: Tally,
    },
}

/// Kinds of facts that carry a message; `ticket.opened` mostly does.
pub const WITH_MESSAGE: &[&str] = &[
    "ticket.opened",
    "ticket.message_received",
    "ticket.answered",
    "ticket.noted",
    "ticket.acknowledged",
    "ticket.forwarded",
];

impl Fact for TicketFact {
    fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "ticket.opened",
            Self::MessageReceived { .. } => "ticket.message_received",
            Self::Answered { .. } => "ticket.answered",
            Self::Noted { .. } => "ticket.noted",
            Self::Acknowledged { .. } => "ticket.acknowledged",
            Self::Forwarded { .. } => "ticket.forwarded",
            Self::AnswerWithdrawn { .. } => "ticket.answer_withdrawn",
            Self::DeliveryChanged { .. } => "ticket.delivery_changed",
            Self::Changed { .. } => "ticket.changed",
            Self::Merged { .. } => "ticket.merged",
            Self::Rerooted { .. } => "ticket.rerooted",
            Self::Unmerged { .. } => "ticket.unmerged",
            Self::Absorbed { .. } => "ticket.absorbed",
            Self::Released { .. } => "ticket.released",
            Self::SideHeard { .. } => "ticket.side_heard",
            Self::Thanked { .. } => "ticket.thanked",
            Self::Admitted { .. } => "ticket.admitted",
            Self::Dismissed { .. } => "ticket.dismissed",
            Self::LeftOut { .. } => "ticket.left_out",
            Self::Split { .. } => "ticket.split",
            Self::TookOver { .. } => "ticket.took_over",
        }
    }
}

impl TicketFact {
    /// Puts what people wrote freely into fields beside what the fact itself says of them.
    pub fn write_freely(&mut self, free_before: Fields, free_after: Fields) {
        let Self::Changed { changes } = self else { return };
        for change in changes {
            if let Change::Fields { before, after } = change {
                before.extend(free_before.clone());
                after.extend(free_after.clone());
            }
        }
    }
    /// The message that it tells of.
    pub fn said(&self) -> Option<&Said> {
        match self {
            Self::Opened { said, .. } => said.as_ref(),
            Self::MessageReceived { said }
            | Self::Answered { said }
            | Self::Noted { said }
            | Self::Acknowledged { said }
            | Self::Forwarded { said } => Some(said),
            Self::AnswerWithdrawn { .. }
            | Self::DeliveryChanged { .. }
            | Self::Changed { .. }
            | Self::Merged { .. }
            | Self::Rerooted { .. }
            | Self::Unmerged { .. }
            | Self::Absorbed { .. }
            | Self::Released { .. }
            // It is told where it was said.
            | Self::SideHeard { .. }
            | Self::Thanked { .. }
            | Self::Admitted { .. }
            | Self::Dismissed { .. }
            | Self::LeftOut { .. }
            | Self::Split { .. }
            | Self::TookOver { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_kernel::TenantId;
    use madoguchi_platform::house::fact::{ActorKind, FactId, Origin};

    use super::*;

    fn row(fact: &TicketFact) -> FactRow {
        FactRow {
            id: FactId::new(1),
            tenant: TenantId::new(1),
            stream_kind: "ticket".to_owned(),
            stream_id: 1,
            seq: 1,
            kind: fact.kind().to_owned(),
            data: serde_json::to_string(fact).unwrap(),
            actor_kind: ActorKind::System,
            actor_id: None,
            origin: Origin::Live,
            depth: 0,
            occurred_at: Timestamp::default(),
            recorded_at: Timestamp::default(),
        }
    }

    #[test]
    fn what_was_said_is_read_alike_from_the_part_and_from_the_whole() {
        let said = Said {
            message: MessageId::new(7),
            visibility: Visibility::Public,
            direction: Direction::Out,
            author_kind: AuthorKind::Agent,
            author_id: Some(3),
            channel: Channel::Web,
            automatic: false,
            at: Timestamp::default(),
        };
        let opening = Opening {
            number: 1,
            wall: WallId::new(1),
            brand: BrandId::new(1),
            follows: None,
            split_from: None,
            reply_expected: true,
            ticket_type: TicketType::Question,
            state: "new".to_owned(),
            status: Status::New,
            priority: Priority::Normal,
            team: None,
            assignee: None,
            requester: ContactId::new(1),
            cc: Vec::new(),
            mailbox: None,
            channel: Channel::Web,
            tags: Vec::new(),
            fields: Fields::new(),
        };
        for fact in [
            TicketFact::Opened { opening: Box::new(opening.clone()), said: Some(said.clone()) },
            TicketFact::Opened { opening: Box::new(opening), said: None },
            TicketFact::MessageReceived { said: said.clone() },
            TicketFact::Answered { said: said.clone() },
            TicketFact::Noted { said: said.clone() },
            TicketFact::Acknowledged { said: said.clone() },
            TicketFact::Forwarded { said: said.clone() },
            TicketFact::AnswerWithdrawn { message: MessageId::new(7), last_message_by: None },
            TicketFact::SideHeard { side: TicketId::new(1), said },
            TicketFact::DeliveryChanged { message: MessageId::new(7), state: DeliveryState::Sent },
            TicketFact::Changed { changes: vec![Change::Subject] },
        ] {
            assert_eq!(Said::of(&row(&fact)).unwrap().as_ref(), fact.said(), "{fact:?}");
        }
    }
}
