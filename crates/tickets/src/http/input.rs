//! What comes in: checked here, trusted below.

use madoguchi_kernel::{
    Cursor, EmailAddress, Problem, Word,
    condition::Written,
    problem::{Check, Result},
};
use madoguchi_people::{
    AgentId, ContactId, TeamId, WallId,
    crm::{
        self,
        contact::{Introduction, NAME_CHARACTERS_MAX, PhoneNumber},
    },
};
use madoguchi_platform::{
    access::{Actor, May},
    db::Tx,
    http::{Limit, double, place, present},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    actions::{NewMessage, NewTicket, Patch, Requester},
    attachments::AttachmentId,
    envelope::{ADDRESSEES_MAX, Addressee, Envelope, Quote, SALUTATION_CHARACTERS_MAX},
    facts::Fields,
    message::Words,
    ticket::{CC_MAX, tidy_subject},
    views::{Filter, Order, View},
    words::{Channel, Direction, Priority, Status, TicketType, Visibility},
};

/// Tickets of one page when nobody says.
pub const LINES_PER_PAGE: usize = 50;

/// Who asks: a known contact by its id, or whatever is known of them, at least one of name, address and telephone number.
/// An address says who it is, and what stands beside it changes nothing about a contact who has it already; a number does
/// so together with the name; otherwise a contact is added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequesterInput {
    /// A contact's id; nothing else is looked at then.
    pub id: Option<i64>,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their telephone number, as people write it: `03-1234-5678`, `+81 3 1234 5678`.
    pub phone: Option<String>,
}

impl RequesterInput {
    fn checked(&self) -> Result<Requester> {
        if let Some(id) = self.id {
            return Ok(Requester::Known(ContactId::new(id)));
        }
        let mut check = Check::new();
        let name = written(self.name.as_deref());
        let fits = name.is_none_or(|name| name.chars().count() <= NAME_CHARACTERS_MAX);
        check.require(fits, "requester.name", "too_long");
        let address = written(self.email.as_deref()).and_then(|email| {
            let address = email.parse::<EmailAddress>().ok();
            check.require(address.is_some(), "requester.email", "address");
            address
        });
        let phone = written(self.phone.as_deref()).and_then(|phone| {
            let number = PhoneNumber::parse(phone).ok();
            check.require(number.is_some(), "requester.phone", "phone");
            number
        });
        check.done()?;
        let who = Introduction::of(name, address, phone).ok_or_else(|| Problem::field("requester", "nobody_named"))?;
        Ok(Requester::Introduced(who))
    }
}

/// What was written into a field, if anything was.
fn written(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Who reads along: a known contact, or whoever has this address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CcInput {
    /// A contact's id.
    pub id: Option<i64>,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
}

/// Somebody in copy, to be found or to be made.
#[derive(Clone, Debug)]
pub enum Copied {
    /// Somebody whom we know.
    Known(ContactId),
    /// Whoever has this address.
    Address {
        /// The address.
        address: EmailAddress,
        /// The name, if it was given.
        name: Option<String>,
    },
}

impl CcInput {
    fn checked(&self, field: &str) -> Result<Copied> {
        match (self.id, self.email.as_deref()) {
            (Some(id), _) => Ok(Copied::Known(ContactId::new(id))),
            (None, Some(email)) => {
                let address: EmailAddress =
                    email.parse().map_err(|_| Problem::field(format!("{field}.email"), "address"))?;
                Ok(Copied::Address { address, name: written(self.name.as_deref()).map(str::to_owned) })
            }
            (None, None) => Err(Problem::field(format!("{field}.email"), "required")),
        }
    }
}

/// The first words.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstMessage {
    /// As text.
    pub text: Option<String>,
    /// As HTML.
    pub html: Option<String>,
    /// Whether only we may read it.
    #[serde(default)]
    pub internal: bool,
    /// Whether these are our words to the customer; otherwise they are the customer's.
    #[serde(default)]
    pub outbound: bool,
}

/// A ticket to open.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketInput {
    /// What it is about.
    pub subject: String,
    /// Who asks.
    pub requester: RequesterInput,
    /// The first words.
    pub message: FirstMessage,
    /// How the matter came to us: `phone`, `in_person`, `mail`, `other`; `web` (typed in by an agent) or `api` if it is
    /// not said.
    pub channel: Option<Channel>,
    /// Whose queue it goes to.
    pub team: Option<i64>,
    /// Who has it.
    pub assignee: Option<i64>,
    /// What kind of matter it is.
    pub r#type: Option<TicketType>,
    /// How pressing it is.
    pub priority: Option<Priority>,
    /// Words put on it.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Who reads along.
    #[serde(default)]
    pub cc: Vec<CcInput>,
    /// Custom fields.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: Fields,
    /// Files that were uploaded for it.
    #[serde(default)]
    pub attachments: Vec<i64>,
    /// The mailbox through which it is answered.
    pub mailbox: Option<i64>,
    /// The wall that it stands behind from its first word on: one behind which the caller may look.
    pub wall: Option<i64>,
}

impl TicketInput {
    /// As the action takes it; addresses in copy are still to be recognized. Every wrong field is named at once.
    pub fn checked(self) -> Result<(NewTicket, Vec<Copied>)> {
        let mut check = Check::new();
        check.require(!tidy_subject(&self.subject).is_empty(), "subject", "required");
        let requester = check.take(self.requester.checked());
        let words = Words::checked(self.message.text, self.message.html, !self.attachments.is_empty());
        let words = check.take(words.map_err(|problem| problem.within("message")));
        let cc = check.take(checked_cc(&self.cc));
        check.done()?;
        let direction = if self.message.internal || self.message.outbound { Direction::Out } else { Direction::In };
        let visibility = if self.message.internal { Visibility::Internal } else { Visibility::Public };
        let new = NewTicket {
            subject: self.subject,
            requester: requester.expect("checked"),
            words: words.expect("checked"),
            direction,
            visibility,
            channel: self.channel,
            attachments: self.attachments.into_iter().map(AttachmentId::new).collect(),
            ticket_type: self.r#type.unwrap_or_default(),
            priority: self.priority.unwrap_or_default(),
            team: self.team.map(TeamId::new),
            assignee: self.assignee.map(AgentId::new),
            cc: Vec::new(),
            mailbox: self.mailbox,
            wall: self.wall.map(WallId::new),
            tags: self.tags,
            fields: self.fields,
        };
        Ok((new, cc.expect("checked")))
    }
}

fn checked_cc(cc: &[CcInput]) -> Result<Vec<Copied>> {
    if cc.len() > CC_MAX {
        return Err(Problem::field("cc", "too_many"));
    }
    cc.iter().enumerate().map(|(i, input)| input.checked(&format!("cc.{i}"))).collect()
}

/// Finds or makes the contacts of addresses in copy.
pub async fn recognized(
    tx: &Tx<'_>,
    may: &May<crm::rights::KeepContacts>,
    people: &[Copied],
) -> Result<Vec<ContactId>> {
    let mut contacts = Vec::with_capacity(people.len());
    for person in people {
        let contact = match person {
            Copied::Known(contact) => *contact,
            Copied::Address { address, name } => crm::actions::recognize(tx, may, address, name.as_deref()).await?,
        };
        if !contacts.contains(&contact) {
            contacts.push(contact);
        }
    }
    Ok(contacts)
}

/// A reply or a note.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageInput {
    /// As text.
    pub text: Option<String>,
    /// As HTML.
    pub html: Option<String>,
    /// Who reads along from now on (replies).
    pub cc: Option<Vec<CcInput>>,
    /// Files that were uploaded for it.
    #[serde(default)]
    pub attachments: Vec<i64>,
    /// The state to leave the ticket in.
    pub state: Option<String>,
    /// To these instead of the requester (replies and forwards; a forward must name somebody).
    pub to: Option<Vec<AddresseeInput>>,
    /// Nobody in copy gets this one; who reads along on the ticket stays as it is (replies).
    #[serde(default)]
    pub without_cc: bool,
    /// And to these, unseen by the others (replies and forwards).
    #[serde(default)]
    pub bcc: Vec<AddresseeInput>,
    /// The line that addresses the reader, such as `山田 太郎 様`; an empty one leaves it out. As the desk's settings say
    /// when absent.
    pub salutation: Option<String>,
    /// How much of the letters before is repeated; as the settings say when absent.
    pub quote: Option<Quote>,
}

/// Somebody to write to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddresseeInput {
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub address: String,
}

impl MessageInput {
    /// As the action takes it, and who reads along from now on.
    pub fn checked(self) -> Result<(NewMessage, Option<Vec<Copied>>)> {
        let words = Words::checked(self.text, self.html, !self.attachments.is_empty())?;
        let cc = self.cc.as_deref().map(checked_cc).transpose()?;
        let attachments = self.attachments.into_iter().map(AttachmentId::new).collect();
        let mut check = Check::new();
        let count = self.to.as_ref().map_or(0, Vec::len) + self.bcc.len();
        check.require(count <= ADDRESSEES_MAX, "to", "too_many");
        check.require(self.to.as_ref().is_none_or(|to| !to.is_empty()), "to", "required");
        let to = self.to.map(|to| addressees(&to, "to", &mut check));
        let bcc = addressees(&self.bcc, "bcc", &mut check);
        let salutation = self.salutation.map(|line| line.trim().to_owned());
        let fits = salutation.as_deref().is_none_or(|line| line.chars().count() <= SALUTATION_CHARACTERS_MAX);
        check.require(fits, "salutation", "too_long");
        check.done()?;
        let envelope = Some(Envelope { to, bcc, without_cc: self.without_cc, salutation, quote: self.quote });
        Ok((NewMessage { words, attachments, state: self.state, envelope, channel: None }, cc))
    }
}

fn addressees(named: &[AddresseeInput], field: &'static str, check: &mut Check) -> Vec<Addressee> {
    let mut found: Vec<Addressee> = Vec::new();
    for one in named {
        let name = written(one.name.as_deref()).unwrap_or_default();
        check.require(name.chars().count() <= NAME_CHARACTERS_MAX, field, "too_long");
        match one.address.trim().parse::<EmailAddress>() {
            Ok(address) if found.iter().any(|known| known.address == address) => {}
            Ok(address) => found.push(Addressee { name: name.to_owned(), address }),
            Err(_) => check.require(false, field, "address"),
        }
    }
    found
}

/// Fields to change; what is absent stays, `null` takes away.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketPatch {
    /// What it is about.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub subject: Option<String>,
    /// The step of its machine.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub state: Option<String>,
    /// What kind of matter it is.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub r#type: Option<TicketType>,
    /// How pressing it is.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub priority: Option<Priority>,
    /// Words put on it.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub tags: Option<Vec<String>>,
    /// Whose queue it is in.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<i64>)]
    pub team: Option<Option<i64>>,
    /// Who has it.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<i64>)]
    pub assignee: Option<Option<i64>>,
    /// Who asks: a contact's id.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub requester: Option<i64>,
    /// Who reads along.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub cc: Option<Vec<CcInput>>,
    /// Custom fields.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>, nullable = false)]
    pub fields: Option<Fields>,
    /// The mailbox through which it is answered.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<i64>)]
    pub mailbox: Option<Option<i64>>,
    /// The wall that it stands behind: one behind which the caller may look.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub wall: Option<i64>,
    /// Whether somebody waits for our answer.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub reply_expected: Option<bool>,
}

impl TicketPatch {
    /// As the action takes it; addresses in copy are still to be recognized.
    pub fn checked(self) -> Result<(Patch, Option<Vec<Copied>>)> {
        let cc = self.cc.as_deref().map(checked_cc).transpose()?;
        let patch = Patch {
            subject: self.subject,
            state: self.state,
            ticket_type: self.r#type,
            priority: self.priority,
            tags: self.tags,
            team: self.team.map(|team| team.map(TeamId::new)),
            assignee: self.assignee.map(|agent| agent.map(AgentId::new)),
            requester: self.requester.map(ContactId::new),
            cc: None,
            fields: self.fields,
            mailbox: self.mailbox,
            wall: self.wall.map(WallId::new),
            reply_expected: self.reply_expected,
        };
        Ok((patch, cc))
    }
}

/// Which tickets.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TicketsQuery {
    /// mine, unassigned, open, pending, solved or all. When absent: `all` when a status or a condition is asked for, else `open`, which
    /// leaves out what is solved or closed.
    pub view: Option<String>,
    /// Categories, separated by commas.
    pub status: Option<String>,
    /// A team's id, or `none`.
    pub team: Option<String>,
    /// An agent's id, `me` or `none`.
    pub assignee: Option<String>,
    /// A contact's id.
    pub requester: Option<i64>,
    /// A tag.
    pub tag: Option<String>,
    /// A type.
    pub r#type: Option<String>,
    /// A priority.
    pub priority: Option<String>,
    /// A number, or words of the subject, the messages, the names of files, or the requester, with operators such as `status:open`
    /// among them; within the view.
    pub q: Option<String>,
    /// A condition of the condition language, as JSON: `{"all": [{"field": "priority", "op": "is", "value": ["high", "urgent"]}]}`.
    #[param(rename = "where")]
    #[serde(rename = "where")]
    pub condition: Option<String>,
    /// `updated` (what happened last first) or `created` (newest first).
    pub sort: Option<String>,
    /// At most this many.
    #[param(inline)]
    pub limit: Option<Limit>,
    /// `next` of the page before.
    pub after: Option<String>,
}

impl TicketsQuery {
    /// As the view takes it.
    pub fn checked(&self, actor: &Actor) -> Result<(Filter, Option<Cursor>, usize)> {
        let status = match &self.status {
            None => Vec::new(),
            Some(list) => list.split(',').map(|word| one("status", word)).collect::<Result<Vec<Status>>>()?,
        };
        let default_view = if status.is_empty() && self.condition.is_none() { View::default() } else { View::All };
        let filter = Filter {
            view: self.view.as_deref().map_or(Ok(default_view), |word| one("view", word))?,
            status,
            team: self.team.as_deref().map(|word| id_or_none("team", word)).transpose()?.map(|id| id.map(TeamId::new)),
            assignee: match self.assignee.as_deref() {
                Some("me") => Some(actor.id.map(AgentId::new)),
                Some(word) => Some(id_or_none("assignee", word)?.map(AgentId::new)),
                None => None,
            },
            requester: self.requester.map(ContactId::new),
            tag: self.tag.clone(),
            ticket_type: self.r#type.as_deref().map(|word| one("type", word)).transpose()?,
            priority: self.priority.as_deref().map(|word| one("priority", word)).transpose()?,
            text: self.q.clone(),
            found: None,
            condition: None,
            order: self.sort.as_deref().map_or(Ok(Order::default()), |word| one("sort", word))?,
        };
        let after = place(filter.order.list(), self.after.as_deref())?;
        Ok((filter, after, Limit::rows(self.limit, LINES_PER_PAGE)?))
    }
}

/// The condition that a text of JSON writes.
pub(super) fn condition_of(field: &str, text: &str) -> Result<Written> {
    serde_json::from_str(text).map_err(|_| Problem::field(field, "condition_unreadable"))
}

fn one<W: Word>(field: &str, word: &str) -> Result<W> {
    W::from_word(word.trim()).ok_or_else(|| Problem::field(field, "unknown"))
}

fn id_or_none(field: &str, word: &str) -> Result<Option<i64>> {
    if word == "none" { Ok(None) } else { word.parse().map(Some).map_err(|_| Problem::field(field, "unknown")) }
}
