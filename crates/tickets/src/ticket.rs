//! A ticket: one matter that a customer brought to us.
//!
//! Pure: time comes in as an argument; nothing here awaits, reads or writes. A ticket changes only by
//! [`Ticket::apply`], fact by fact.

use std::time::Duration;

use madoguchi_kernel::{Id, Problem, Timestamp, problem::Result};
use madoguchi_people::{AgentId, BrandId, ContactId, TeamId, WallId};

use crate::{
    facts::{Change, Fields, Opening, Said, Tally, Texts, TicketFact},
    message::MessageId,
    states::State,
    words::{AuthorKind, Channel, Priority, Status, TicketType, Visibility},
};

/// Marks ids of tickets.
pub enum TicketKind {}
/// The id of a ticket.
pub type TicketId = Id<TicketKind>;

/// How long after solving a customer's word still reopens the ticket; later it opens a follow-up.
pub const REOPEN_WINDOW: Duration = Duration::from_secs(14 * 24 * 3600);
/// The longest subject, in characters.
pub const SUBJECT_CHARACTERS_MAX: usize = 500;
/// Tickets that are read at one.
pub const SIDES_MAX: usize = 50;
/// Tags of one ticket.
pub const TAGS_MAX: usize = 50;
/// The longest tag, in characters.
pub const TAG_CHARACTERS_MAX: usize = 60;
/// Contacts in copy.
pub const CC_MAX: usize = 50;

/// A ticket as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The number that people see.
    pub number: i64,
    /// The wall that it stands behind.
    pub wall: WallId,
    /// The brand under which it is answered.
    pub brand: BrandId,
    /// Where it is read since it was merged.
    pub root: Option<TicketId>,
    /// The ticket into which somebody merged it: its root, unless that one was merged itself.
    pub merged_into: Option<TicketId>,
    /// Its predecessor.
    pub follows: Option<TicketId>,
    /// The ticket from which it was split off.
    pub split_from: Option<TicketId>,
    /// Whether somebody waits for our answer; not where we were only in copy.
    pub reply_expected: bool,
    /// What kind of matter it is.
    pub ticket_type: TicketType,
    /// The step of its type's machine.
    pub state: String,
    /// The step's category.
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
    /// Words put on it, in order, each once.
    pub tags: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// Custom fields.
    pub fields: Fields,
    /// How many messages it has.
    pub messages_count: i64,
    /// The last of them.
    pub last_message: Option<MessageId>,
    /// Who said the last public one.
    pub last_message_by: Option<AuthorKind>,
    /// When the last one was said.
    pub last_message_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
    /// When it was solved, if it is.
    pub solved_at: Option<Timestamp>,
    /// How many facts it has.
    pub revision: i64,
}

/// What a customer's word does to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// It is our turn already.
    Stays,
    /// What we waited for has come, or it was not solved after all.
    Opens,
    /// It sleeps for good: the word opens a follow-up.
    TooLate,
}

impl Ticket {
    /// A ticket's beginning.
    pub fn begin(id: TicketId, opening: &Opening, texts: Texts<'_>, at: Timestamp) -> Self {
        Self {
            id,
            number: opening.number,
            wall: opening.wall,
            brand: opening.brand,
            root: None,
            merged_into: None,
            follows: opening.follows,
            split_from: opening.split_from,
            reply_expected: opening.reply_expected,
            ticket_type: opening.ticket_type,
            state: opening.state.clone(),
            status: opening.status,
            priority: opening.priority,
            team: opening.team,
            assignee: opening.assignee,
            requester: opening.requester,
            cc: opening.cc.clone(),
            mailbox: opening.mailbox,
            channel: opening.channel,
            tags: opening.tags.clone(),
            subject: texts.subject.unwrap_or_default().to_owned(),
            fields: texts.with_fields(&opening.fields),
            messages_count: 0,
            last_message: None,
            last_message_by: None,
            last_message_at: None,
            created_at: at,
            updated_at: at,
            solved_at: None,
            revision: 0,
        }
    }

    /// The ticket after this fact with these texts.
    pub fn apply(&mut self, fact: &TicketFact, texts: Texts<'_>, at: Timestamp) {
        match fact {
            TicketFact::Opened { said, .. } => {
                if let Some(said) = said {
                    self.take_word(said);
                }
            }
            TicketFact::MessageReceived { said }
            | TicketFact::Answered { said }
            | TicketFact::Noted { said }
            | TicketFact::Acknowledged { said }
            | TicketFact::Forwarded { said } => self.take_word(said),
            TicketFact::AnswerWithdrawn { last_message_by, .. } => self.last_message_by = *last_message_by,
            TicketFact::SideHeard { said, .. } => self.take_word(said),
            TicketFact::DeliveryChanged { .. } => {}
            TicketFact::Changed { changes } => {
                for change in changes {
                    self.take_change(change, texts, at);
                }
            }
            TicketFact::Merged { into, root } => (self.merged_into, self.root) = (Some(*into), Some(*root)),
            TicketFact::Rerooted { root } => self.root = Some(*root),
            TicketFact::Unmerged { tally, .. } => {
                (self.merged_into, self.root) = (None, None);
                self.take_tally(tally);
            }
            TicketFact::Thanked { .. } | TicketFact::Dismissed { .. } | TicketFact::LeftOut { .. } => {}
            TicketFact::Absorbed { tally, .. }
            | TicketFact::Admitted { tally, .. }
            | TicketFact::Released { tally, .. }
            | TicketFact::Split { tally, .. }
            | TicketFact::TookOver { tally, .. } => self.take_tally(tally),
        }
        if !matches!(fact, TicketFact::DeliveryChanged { .. }) {
            // What is brought over may be older than what we have.
            self.updated_at = self.updated_at.max(at);
        }
        self.revision += 1;
    }

    fn take_word(&mut self, said: &Said) {
        self.messages_count += 1;
        self.last_message = Some(said.message);
        self.last_message_at = Some(said.at);
        if said.visibility == Visibility::Public && !said.automatic {
            self.last_message_by = Some(said.author_kind);
        }
    }

    fn take_tally(&mut self, tally: &Tally) {
        self.messages_count = tally.messages;
        self.last_message = tally.last_message;
        self.last_message_by = tally.last_message_by;
        self.last_message_at = tally.last_message_at;
    }

    fn take_change(&mut self, change: &Change, texts: Texts<'_>, at: Timestamp) {
        match change {
            Change::Subject => self.subject = texts.subject.unwrap_or_default().to_owned(),
            Change::State { after, status_after, .. } => {
                self.state.clone_from(after);
                self.solved_at = match status_after {
                    Status::Solved | Status::Closed => self.solved_at.or(Some(at)),
                    Status::New | Status::Open | Status::Pending | Status::OnHold => None,
                };
                self.status = *status_after;
            }
            Change::Type { after, .. } => self.ticket_type = *after,
            Change::Priority { after, .. } => self.priority = *after,
            Change::Team { after, .. } => self.team = *after,
            Change::Assignee { after, .. } => self.assignee = *after,
            Change::Requester { after, .. } => self.requester = *after,
            Change::Cc { after, .. } => self.cc.clone_from(after),
            Change::Tags { after, .. } => self.tags.clone_from(after),
            Change::Fields { after, .. } => self.fields = texts.with_fields(after),
            Change::Mailbox { after, .. } => self.mailbox = *after,
            Change::Wall { after, .. } => self.wall = *after,
            Change::ReplyExpected { after, .. } => self.reply_expected = *after,
        }
    }

    /// The customer wrote. Whatever we waited for has come: it is our turn.
    pub fn hear(&self, now: Timestamp) -> Hearing {
        match (self.status, self.solved_at) {
            (Status::Closed, _) => Hearing::TooLate,
            (Status::Solved, Some(at)) if now.since(at) > REOPEN_WINDOW => Hearing::TooLate,
            (Status::Solved | Status::Pending | Status::OnHold, _) => Hearing::Opens,
            (Status::New | Status::Open, _) => Hearing::Stays,
        }
    }

    /// The change to a state; none when it is there already.
    pub fn to_state(&self, state: State) -> Result<Option<Change>> {
        if self.state == state.key {
            return Ok(None);
        }
        if self.status == Status::Closed {
            return Err(Problem::conflict("ticket.closed"));
        }
        Ok(Some(Change::State {
            before: self.state.clone(),
            after: state.key,
            status_before: self.status,
            status_after: state.status,
        }))
    }

    /// Another ticket is merged into it: what that one still wants of us, this one wants now.
    pub fn absorbing(&self, other: &Ticket) -> Option<Change> {
        let wants = matches!(other.status, Status::New | Status::Open)
            || (self.status == Status::Solved && other.status != Status::Solved);
        match self.status {
            Status::Pending | Status::OnHold | Status::Solved if wants => {
                self.to_state(Status::Open.into()).ok().flatten()
            }
            Status::Pending | Status::OnHold | Status::Solved => None,
            Status::New | Status::Open | Status::Closed => None,
        }
    }

    /// It is read at another ticket: what one wants to do with it is done there.
    pub fn require_own(&self) -> Result<()> {
        match self.root {
            Some(root) => Err(Problem::conflict("ticket.merged").with("root", root.number())),
            None => Ok(()),
        }
    }

    /// Our work on it begins: a new ticket is no longer new once an agent does something with it.
    pub fn taken_up(&self) -> Option<Change> {
        match self.status {
            Status::New => self.to_state(Status::Open.into()).ok().flatten(),
            Status::Open | Status::Pending | Status::OnHold | Status::Solved | Status::Closed => None,
        }
    }
}

impl Status {
    /// The key of the state that every machine has for this category.
    pub fn word_key(self) -> &'static str {
        madoguchi_kernel::Word::word(self)
    }
}

/// Tags as they are kept: trimmed, lower-cased, each once, in order.
pub fn tidy_tags(tags: &[String]) -> Result<Vec<String>> {
    let mut tidy: Vec<String> =
        tags.iter().map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()).collect();
    tidy.sort();
    tidy.dedup();
    if tidy.len() > TAGS_MAX
        || tidy.iter().any(|tag| tag.chars().count() > TAG_CHARACTERS_MAX || tag.contains(|c: char| c.is_control()))
    {
        return Err(Problem::field("tags", "too_long"));
    }
    Ok(tidy)
}

/// A subject as it is kept: one line, within the limit.
pub fn tidy_subject(subject: &str) -> String {
    let line: String =
        subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SUBJECT_CHARACTERS_MAX).collect();
    line.trim().to_owned()
}
