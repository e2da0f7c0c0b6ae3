//! A ticket begins: by an agent or a program that writes down what a customer said, or by an agent who
//! writes to a customer first.

use madoguchi_kernel::problem::{Check, Result};
use madoguchi_people::{
    AgentId, ContactId, TeamId, WallId,
    crm::{self, contact::Introduction},
    staff,
};
use madoguchi_platform::{
    access::{May, Right},
    db::Tx,
    house::fact::Json,
};

use super::{
    change::may_put_behind,
    say::{keep_message, ours, said},
};
use crate::{
    attachments::AttachmentId,
    facts::{Fields, Opening, Texts, TicketFact},
    fields::{self, Gate},
    message::{Message, MessageId, Words},
    rights,
    store::{self, Turn},
    ticket::{CC_MAX, Ticket, TicketId, tidy_subject, tidy_tags},
    views,
    words::{AuthorKind, Channel, Direction, Priority, Status, TicketType, Visibility},
};

/// Who asks.
#[derive(Clone, Debug)]
pub enum Requester {
    /// Somebody whom we know.
    Known(ContactId),
    /// Whoever says this of themselves.
    Introduced(Introduction),
}

/// A ticket to open.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// What it is about.
    pub subject: String,
    /// Who asks.
    pub requester: Requester,
    /// The first words.
    pub words: Words,
    /// Whether they are the customer's words (`In`), ours to the customer (`Out`), or a note.
    pub direction: Direction,
    /// Who may read them.
    pub visibility: Visibility,
    /// How the matter came to us; the agent's console or the API if it is not said.
    pub channel: Option<Channel>,
    /// Files that were uploaded for it.
    pub attachments: Vec<AttachmentId>,
    /// What kind of matter it is.
    pub ticket_type: TicketType,
    /// How pressing it is.
    pub priority: Priority,
    /// Whose queue it goes to.
    pub team: Option<TeamId>,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// Who reads along.
    pub cc: Vec<ContactId>,
    /// The mailbox through which it is answered.
    pub mailbox: Option<i64>,
    /// The wall that it stands behind; the tenant's usual one if it is not said.
    pub wall: Option<WallId>,
    /// Words put on it.
    pub tags: Vec<String>,
    /// Custom fields.
    pub fields: Fields,
}

/// Opens it.
pub async fn open(
    tx: &Tx<'_>,
    may: &May<rights::Open>,
    keep_contacts: &May<crm::rights::KeepContacts>,
    new: &NewTicket,
) -> Result<(Ticket, Message)> {
    check(tx, may, new).await?;
    let catalog = fields::views::catalog(tx, may.tenant()).await?;
    let none = Fields::new();
    let held = Box::pin(fields::views::taken(tx, may.tenant(), &catalog, (&none, &new.fields))).await?;
    let (plain, free) = catalog.parted(&held);
    let subject = tidy_subject(&new.subject);
    let requester = match &new.requester {
        Requester::Known(contact) => *contact,
        Requester::Introduced(who) => crm::actions::meet(tx, keep_contacts, who).await?,
    };
    let own = ours(tx, may.actor(), &new.words, new.visibility, may.by().occurred_at);
    let channel = new.channel.unwrap_or(own.channel);
    let message = match new.direction {
        Direction::Out => own,
        Direction::In => Message {
            channel,
            author_kind: AuthorKind::Contact,
            author_id: Some(requester.number()),
            direction: Direction::In,
            ..own
        },
    };
    let status = if new.direction == Direction::Out && new.visibility == Visibility::Public {
        Status::Open
    } else {
        Status::New
    };
    let defaults = staff::views::defaults(tx, may.tenant()).await?;
    let opening = Opening {
        number: 0,
        wall: new.wall.unwrap_or(defaults.wall),
        brand: defaults.brand,
        follows: None,
        split_from: None,
        reply_expected: true,
        ticket_type: new.ticket_type,
        state: status.word_key().to_owned(),
        status,
        priority: new.priority,
        team: new.team,
        assignee: new.assignee,
        requester,
        cc: new.cc.clone(),
        mailbox: new.mailbox,
        channel,
        tags: tidy_tags(&new.tags)?,
        fields: plain,
    };
    let texts = Texts { subject: Some(&subject), fields: Some(&free) };
    let (ticket, message) = begin(tx, may, opening, texts, message, &new.words, &new.attachments, false).await?;
    let hold = fields::views::hold(tx, may.tenant(), ticket.id, &catalog, (&none, &held));
    Box::pin(hold).await?;
    Box::pin(fields::views::require_filled(tx, may, &catalog, &ticket, Gate::Open)).await?;
    Ok((ticket, message))
}

/// Everything that makes a ticket of an opening and its first message.
#[expect(clippy::too_many_arguments, reason = "the parts of one beginning, each from another hand")]
pub(super) async fn begin<R: Right>(
    tx: &Tx<'_>,
    may: &May<R>,
    mut opening: Opening,
    texts: Texts<'_>,
    message: Message,
    words: &Words,
    files: &[AttachmentId],
    automatic: bool,
) -> Result<(Ticket, Message)> {
    opening.number = store::next_number(tx, may.tenant()).await?;
    let by = may.by();
    let ticket = Ticket::begin(TicketId::new(tx.new_id()), &opening, texts, by.counts_from(tx.now()));
    let mut turn = Turn::of(ticket).told_by(by, tx.now());
    let first_words = said(&message, automatic);
    turn.tell_with(tx, TicketFact::Opened { opening: Box::new(opening), said: Some(first_words) }, texts, None);
    keep_message(tx, may, &mut turn, &message, words, files).await?;
    let ticket = turn.keep(tx, may.tenant(), may.by()).await?;
    Ok((ticket, message))
}

async fn check(tx: &Tx<'_>, may: &May<rights::Open>, new: &NewTicket) -> Result<()> {
    let mut check = Check::new();
    check.require(!tidy_subject(&new.subject).is_empty(), "subject", "required");
    check.require(new.cc.len() <= CC_MAX, "cc", "too_many");
    check.require(new.fields.len() <= fields::FIELDS_MAX, "fields", "too_many");
    if let Some(team) = new.team {
        check.require(staff::views::team_exists(tx, may.tenant(), team).await?, "team", "unknown");
    }
    if let Some(agent) = new.assignee {
        check.require(staff::views::agent_exists(tx, may.tenant(), agent).await?, "assignee", "unknown");
    }
    if let Requester::Known(contact) = new.requester {
        check.require(views::contact_exists(tx, may.tenant(), contact).await?, "requester", "unknown");
    }
    if let Some(wall) = new.wall {
        may.actor().may::<rights::PutBehind>()?;
        check.require(may_put_behind(tx, may, wall).await?, "wall", "unknown");
    }
    for contact in &new.cc {
        check.require(views::contact_exists(tx, may.tenant(), *contact).await?, "cc", "unknown");
    }
    check.done()
}

/// A message that came in from a contact over a channel.
pub(super) fn theirs(
    tx: &Tx<'_>,
    contact: ContactId,
    words: &Words,
    channel: Channel,
    incoming: &super::Incoming,
) -> Message {
    Message {
        id: MessageId::new(tx.new_id()),
        visibility: incoming.visibility,
        direction: Direction::In,
        author_kind: AuthorKind::Contact,
        author_id: Some(contact.number()),
        channel,
        verified: incoming.verified,
        automatic: incoming.automatic,
        flaws: Json(incoming.flaws.clone()),
        subject: Some(incoming.subject.clone()),
        occurred_at: incoming.occurred_at,
        recorded_at: tx.now(),
        text: words.text.clone(),
        html: words.html.clone(),
        envelope: None,
    }
}
