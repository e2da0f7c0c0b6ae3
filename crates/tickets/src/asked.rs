//! What conditions may ask of a ticket: its fields and those that the desk made, where the database has them, and what it holds in
//! each. Pure.

use std::sync::{Arc, LazyLock};

use madoguchi_kernel::{
    Word,
    condition::{Condition, Field, Held, Here, Kind, Subject, Whom, Written},
    problem::Result,
};
use madoguchi_people::OrganizationId;
use madoguchi_platform::{db::Place, search::fold::fold};

use crate::{
    fields::{self, Catalog, holding::Holding},
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
    let (mut kinds, mut places): (Vec<Field>, Vec<Place>) = fields
        .into_iter()
        .map(|(name, kind, column)| (Field { name: name.into(), kind }, Place::column(column)))
        .unzip();
    kinds.push(Field { name: "tags".into(), kind: Kind::Words });
    places.push(Place::rows(TAGS, "g.tag"));
    (kinds, places)
});

const ORGANIZATION: &str = "(SELECT c.organization_id FROM people_contacts_v c WHERE c.tenant_id = t.tenant_id AND c.contact_id = t.requester_id)";
const TAGS: &str = "SELECT 1 FROM tickets_tags g WHERE g.tenant_id = t.tenant_id AND g.ticket_id = t.id";

fn choice<W: Word>() -> Kind {
    Kind::Choice(W::ALL.iter().map(|word| word.word().to_owned()).collect())
}

/// What may be asked of a desk's tickets.
pub struct Askable {
    fields: Vec<Field>,
    places: Arc<[Place]>,
}

impl Askable {
    /// Everything that every ticket has, and these fields as `fields.<key>`.
    pub fn of(catalog: &Catalog) -> Self {
        let (mut fields, mut places) = FIELDS.clone();
        for own in catalog.all() {
            fields.push(Field { name: own.asked_as().into(), kind: own.kind() });
            places.push(own.place());
        }
        Self { fields, places: places.into() }
    }

    /// The condition that is written.
    pub fn condition(&self, written: &Written, here: &Here) -> Result<Condition> {
        Condition::of(written, &self.fields, fold, here)
    }

    /// The condition as the database is asked.
    pub fn question(&self, condition: Condition) -> Question {
        Question { condition, places: self.places.clone() }
    }
}

/// A condition, and where the database has what it asks for.
#[derive(Clone, Debug)]
pub struct Question {
    /// The condition.
    pub condition: Condition,
    /// Where the fields of the ticket `t` are, in their order.
    pub places: Arc<[Place]>,
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
    own: Vec<(&'a fields::Field, Holding)>,
}

impl<'a> Asked<'a> {
    /// The ticket of a desk with these fields, and the organization of whoever asks in it.
    pub fn of(ticket: &'a Ticket, organization: Option<OrganizationId>, catalog: &'a Catalog) -> Self {
        let held = |field: &'a fields::Field| (field, field.holding(ticket.fields.get(&field.key)));
        let own = catalog.all().iter().map(held).collect();
        Self { ticket, organization, subject: folded(&ticket.subject), own }
    }

    /// The ticket.
    pub fn ticket(&self) -> &'a Ticket {
        self.ticket
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
            own => self.own.get(own - FIELDS.0.len()).map_or(Held::Nothing, |(field, holding)| holding.held(field)),
        }
    }
}
