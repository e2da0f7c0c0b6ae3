//! The closed sets of words that tickets use.

use madoguchi_kernel::Word;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of matter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketType {
    /// Somebody wants to know something.
    #[default]
    Question,
    /// Something does not work.
    Incident,
    /// The cause behind incidents.
    Problem,
    /// Somebody wants something that we offer.
    Request,
}
impl Word for TicketType {
    const ALL: &'static [Self] = &[Self::Question, Self::Incident, Self::Problem, Self::Request];
    fn word(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Incident => "incident",
            Self::Problem => "problem",
            Self::Request => "request",
        }
    }
}

/// The category of a state, which clocks and filters use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has looked at it.
    New,
    /// It is our turn.
    Open,
    /// It is the customer's turn.
    Pending,
    /// It is somebody else's turn.
    OnHold,
    /// Done, unless the customer says otherwise.
    Solved,
    /// Done for good.
    Closed,
}
impl Word for Status {
    const ALL: &'static [Self] = &[Self::New, Self::Open, Self::Pending, Self::OnHold, Self::Solved, Self::Closed];
    fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::OnHold => "on_hold",
            Self::Solved => "solved",
            Self::Closed => "closed",
        }
    }
}

/// How pressing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// It can wait.
    Low,
    /// As most are.
    #[default]
    Normal,
    /// Sooner than most.
    High,
    /// At once.
    Urgent,
}
impl Word for Priority {
    const ALL: &'static [Self] = &[Self::Low, Self::Normal, Self::High, Self::Urgent];
    fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}

/// Who may read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The customer too.
    Public,
    /// Only ourselves.
    Internal,
}
impl Word for Visibility {
    const ALL: &'static [Self] = &[Self::Public, Self::Internal];
    fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
        }
    }
}

/// What a message is to whoever reads its ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaidAs {
    /// Theirs.
    In,
    /// Ours to the customer.
    Out,
    /// Said among us.
    Note,
    /// Ours to somebody else about the ticket, unseen by the customer.
    Forward,
    /// Of somebody who does not stand to the ticket; the customer does not see it.
    Stranger,
}
impl SaidAs {
    /// What it is by these; `names_others` tells whether its letter goes to others than the customer.
    pub fn of(visibility: Visibility, direction: Direction, author: AuthorKind, names_others: bool) -> Self {
        match (visibility, direction, author) {
            (Visibility::Public, Direction::In, _) => Self::In,
            (Visibility::Public, Direction::Out, _) => Self::Out,
            (Visibility::Internal, _, AuthorKind::Contact) => Self::Stranger,
            (Visibility::Internal, Direction::Out, _) if names_others => Self::Forward,
            (Visibility::Internal, _, _) => Self::Note,
        }
    }
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To us.
    In,
    /// From us.
    Out,
}
impl Word for Direction {
    const ALL: &'static [Self] = &[Self::In, Self::Out];
    fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// A contact.
    Contact,
    /// An agent.
    Agent,
    /// A program with an API token.
    Token,
    /// A part of our own program.
    System,
}
impl Word for AuthorKind {
    const ALL: &'static [Self] = &[Self::Contact, Self::Agent, Self::Token, Self::System];
    fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Agent => "agent",
            Self::Token => "token",
            Self::System => "system",
        }
    }
}

/// How a message came or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Mail.
    Mail,
    /// Typed in by an agent.
    Web,
    /// Through the API.
    Api,
    /// By telephone.
    Phone,
    /// At the counter, or wherever one meets.
    InPerson,
    /// Another way: a letter, a fax, an event.
    Other,
}
impl Word for Channel {
    const ALL: &'static [Self] = &[Self::Mail, Self::Web, Self::Api, Self::Phone, Self::InPerson, Self::Other];
    fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Web => "web",
            Self::Api => "api",
            Self::Phone => "phone",
            Self::InPerson => "in_person",
            Self::Other => "other",
        }
    }
}

/// Where an answer is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits to be carried.
    Queued,
    /// It is being carried.
    Sending,
    /// The next one on the road has taken it.
    Sent,
    /// It will not arrive.
    Failed,
    /// We lost sight of it: it may have arrived.
    Unknown,
    /// Whoever wrote it took it back before it left.
    Withdrawn,
}
impl Word for DeliveryState {
    const ALL: &'static [Self] =
        &[Self::Queued, Self::Sending, Self::Sent, Self::Failed, Self::Unknown, Self::Withdrawn];
    fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Withdrawn => "withdrawn",
        }
    }
}
