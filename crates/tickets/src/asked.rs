//! What conditions may ask of a ticket: its fields, where the database has them, and what it holds in each. Pure.

use std::sync::LazyLock;

use madoguchi_kernel::{
    Word,
    condition::{Condition, Field, Held, Here, Kind, Subject, Whom, Written},
    problem::Result,
};
use madoguchi_people::OrganizationId;
use madoguchi_platform::{db::Place, search::fold::fold};

use crate::{
    ticket::Ticket,
    words::{Channel, Priority, Status, TicketType},
};

/// Their numbers are those of [`Asked::held`].
static FIELDS: LazyLock<(Vec<Field>, Vec<Place>)> = LazyLock::new(|| {
    let (agent, team, other) = (Whom::Agent, Whom::Team, Whom::Other);
    let fields = [
        ("status", choice::<Status>(), "t.status"),
        ("state", Kind::Choice(Vec::new()), "t.state"),
        ("type", choice::<TicketType>(), "t.type"),
        ("priority", choice::<Priority>(), "t.priority"),
        ("channel", choice::<Channel>(), "t.channel"),
        ("team", Kind::Reference(team), "t.team_id"),
        ("assignee", Kind::Reference(agent), "t.assignee_id"),
        ("requester", Kind::Reference(other), "t.requester_id"),
        ("organization", Kind::Reference(other), ORGANIZATION),
        ("subject", Kind::Text, "NULLIF(t.subject_folded, '')"),
        ("messages", Kind::Number, "t.messages_count"),
        ("reply_expected", Kind::Flag, "t.reply_expected"),
        ("created_at", Kind::Moment, "t.created_at"),
        ("updated_at", Kind::Moment, "t.updated_at"),
        ("last_message_at", Kind::Moment, "t.last_message_at"),
        ("solved_at", Kind::Moment, "t.solved_at"),
    ];
    let (mut kinds, mut places): (Vec<Field>, Vec<Place>) =
        fields.into_iter().map(|(name, kind, column)| (Field { name, kind }, Place::Column(column))).unzip();
    kinds.push(Field { name: "tags", kind: Kind::Words });
    places.push(Place::Rows(TAGS, "g.tag"));
    (kinds, places)
});

const ORGANIZATION: &str = "(SELECT c.organization_id FROM people_contacts_v c WHERE c.tenant_id = t.tenant_id AND c.contact_id = t.requester_id)";
const TAGS: &str = "SELECT 1 FROM tickets_tags g WHERE g.tenant_id = t.tenant_id AND g.ticket_id = t.id";

fn choice<W: Word>() -> Kind {
    Kind::Choice(W::ALL.iter().map(|word| word.word().to_owned()).collect())
}

/// Where the fields of the ticket `t` are, in their order.
pub fn places() -> &'static [Place] {
    &FIELDS.1
}

/// The condition on tickets that is written.
pub fn condition(written: &Written, here: &Here) -> Result<Condition> {
    Condition::of(written, &FIELDS.0, fold, here)
}

/// A subject as conditions look at it, and as it is kept for them.
pub fn folded(subject: &str) -> String {
    fold(subject)
}

/// A ticket of which a condition is asked.
pub struct Asked<'a> {
    ticket: &'a Ticket,
    organization: Option<OrganizationId>,
    subject: String,
}

impl<'a> Asked<'a> {
    /// The ticket, and the organization of whoever asks in it.
    pub fn of(ticket: &'a Ticket, organization: Option<OrganizationId>) -> Self {
        Self { ticket, organization, subject: folded(&ticket.subject) }
    }
}

impl Subject for Asked<'_> {
    fn held(&self, field: usize) -> Held<'_> {
        let t = self.ticket;
        let id = |id: Option<i64>| id.map_or(Held::Nothing, Held::Id);
        let moment = |at: Option<_>| at.map_or(Held::Nothing, Held::Moment);
        match field {
            0 => Held::Word(t.status.word()),
            1 => Held::Word(&t.state),
            2 => Held::Word(t.ticket_type.word()),
            3 => Held::Word(t.priority.word()),
            4 => Held::Word(t.channel.word()),
            5 => id(t.team.map(|id| id.number())),
            6 => id(t.assignee.map(|id| id.number())),
            7 => Held::Id(t.requester.number()),
            8 => id(self.organization.map(OrganizationId::number)),
            9 if self.subject.is_empty() => Held::Nothing,
            9 => Held::Text(&self.subject),
            #[expect(clippy::cast_precision_loss, reason = "nobody writes so many messages")]
            10 => Held::Number(t.messages_count as f64),
            11 => Held::Flag(t.reply_expected),
            12 => Held::Moment(t.created_at),
            13 => Held::Moment(t.updated_at),
            14 => moment(t.last_message_at),
            15 => moment(t.solved_at),
            16 => Held::Words(&t.tags),
            _ => Held::Nothing,
        }
    }
}
