//! By which way an answer to a ticket leaves: from which mailbox, and to whom.

use madoguchi_kernel::{EmailAddress, TenantId, problem::Result};
use madoguchi_people::{ContactId, TeamId};
use madoguchi_platform::{db::Tx, outbound};
use madoguchi_tickets::{
    Ticket,
    envelope::{Addressee, Envelope, Field, Recipient},
};

use crate::mail::{
    mailbox::{Activity, Mailbox, Obstacle},
    smtp::RECIPIENTS_MAX,
    store::{letters, mailboxes, outgoing},
    token::without_token,
};

/// Domains to which nothing can be sent (RFC 2606).
const NOWHERE: &str = ".invalid";

/// Nothing can leave from anywhere: the key of a sentence.
const NO_MAILBOX: &str = "mail.no_mailbox";

/// Somebody to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Their name.
    pub name: String,
    /// Where they read.
    pub address: EmailAddress,
}

impl Reader {
    fn addressee(&self) -> Addressee {
        Addressee { name: self.name.clone(), address: self.address.clone() }
    }
}

/// The way by which an answer to a ticket leaves.
#[derive(Clone, Debug)]
pub struct WayOut {
    /// The mailbox from which it leaves, if the desk has one.
    pub mailbox: Option<Mailbox>,
    /// `To`.
    pub to: Vec<Reader>,
    /// `Cc`.
    pub cc: Vec<Reader>,
}

/// What becomes of an answer that is written now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// It leaves.
    Leaves,
    /// It waits until this is out of the way: the key of a sentence, and what was said besides.
    Waits(String, String),
    /// It cannot leave: the key of a sentence.
    Stays(&'static str),
}

impl WayOut {
    /// What keeps an answer from leaving at all, until a person mends it: the key of a sentence.
    pub fn closed(&self) -> Option<&'static str> {
        self.closed_to(&Envelope::default())
    }

    /// The same, for an answer that wishes for this.
    pub fn closed_to(&self, envelope: &Envelope) -> Option<&'static str> {
        if self.mailbox.is_none() {
            Some(NO_MAILBOX)
        } else if self.recipients(envelope, false).is_empty() {
            Some("mail.no_address")
        } else {
            None
        }
    }

    /// Everybody to whom an answer goes that wishes for this, each once. A forward goes to those whom it names, and to
    /// nobody else.
    pub fn recipients(&self, envelope: &Envelope, is_forward: bool) -> Vec<Recipient> {
        let to = envelope.to.clone().unwrap_or_else(|| self.to.iter().map(Reader::addressee).collect());
        let is_alone = is_forward || envelope.without_cc;
        let cc = if is_alone { Vec::new() } else { self.cc.iter().map(Reader::addressee).collect() };
        let fields = [(Field::To, to), (Field::Cc, cc), (Field::Bcc, envelope.bcc.clone())];
        let mut all: Vec<Recipient> = Vec::new();
        for (field, one) in fields.into_iter().flat_map(|(field, named)| named.into_iter().map(move |one| (field, one)))
        {
            if all.len() < RECIPIENTS_MAX && all.iter().all(|known| known.address != one.address) {
                all.push(Recipient::new(field, &one.name, &one.address));
            }
        }
        all
    }
}

/// Finds it.
pub async fn way_out(tx: &Tx<'_>, tenant: TenantId, ticket: &Ticket) -> Result<WayOut> {
    let mailbox = mailboxes::to_answer_from(tx, tenant, ticket.mailbox, ticket.team).await?;
    let (to, cc) = readers(tx, tenant, ticket).await?;
    Ok(WayOut { mailbox, to, cc })
}

/// What would become of an answer that is written now.
pub async fn prospect(tx: &Tx<'_>, tenant: TenantId, way: &WayOut) -> Result<Prospect> {
    match way.closed() {
        Some(closed) => Ok(Prospect::Stays(closed)),
        None => from_mailbox(tx, tenant, way.mailbox.as_ref()).await,
    }
}

/// The mailbox from which the first letter of a ticket would leave, and what would become of it there.
pub async fn first_way_out(
    tx: &Tx<'_>,
    tenant: TenantId,
    own: Option<i64>,
    team: Option<TeamId>,
) -> Result<(Option<Mailbox>, Prospect)> {
    let mailbox = mailboxes::to_answer_from(tx, tenant, own, team).await?;
    let prospect = from_mailbox(tx, tenant, mailbox.as_ref()).await?;
    Ok((mailbox, prospect))
}

async fn from_mailbox(tx: &Tx<'_>, tenant: TenantId, mailbox: Option<&Mailbox>) -> Result<Prospect> {
    let Some(mailbox) = mailbox else { return Ok(Prospect::Stays(NO_MAILBOX)) };
    if mailbox.settings.activity == Activity::Off {
        return Ok(Prospect::Waits("mail.mailbox_off".to_owned(), String::new()));
    }
    if outbound::is_held(tx).await? {
        return Ok(Prospect::Waits("mail.held".to_owned(), String::new()));
    }
    Ok(match mailboxes::watch(tx, tenant, mailbox.id).await?.outgoing {
        Some(Obstacle { code, detail, .. }) => Prospect::Waits(code, detail),
        None => Prospect::Leaves,
    })
}

/// The requester, where they last wrote from; those in copy, but never ourselves.
pub(super) async fn readers(tx: &Tx<'_>, tenant: TenantId, ticket: &Ticket) -> Result<(Vec<Reader>, Vec<Reader>)> {
    let everybody: Vec<i64> =
        std::iter::once(ticket.requester).chain(ticket.cc.iter().copied()).map(ContactId::number).collect();
    let known = outgoing::addresses(tx, tenant, &everybody).await?;
    let own = mailboxes::own_addresses(tx, tenant).await?;
    let is_own = |address: &EmailAddress| {
        let bare = without_token(address.as_str());
        own.iter().any(|own| own.eq_ignore_ascii_case(&bare))
    };
    let main = |contact: ContactId| {
        known
            .iter()
            .find(|reachable| reachable.contact == contact.number() && !reachable.address.domain().ends_with(NOWHERE))
            .map(|reachable| Reader { name: reachable.name.clone(), address: reachable.address.clone() })
    };
    let mut to = main(ticket.requester);
    if let Some(wanted) = letters::reply_address(tx, tenant, ticket.id, ticket.requester).await?
        && !is_own(&wanted)
        && !wanted.domain().ends_with(NOWHERE)
    {
        let name = to.map(|reader| reader.name).unwrap_or_default();
        to = Some(Reader { name, address: wanted });
    }
    let mut cc: Vec<Reader> = Vec::new();
    for reader in ticket.cc.iter().filter_map(|contact| main(*contact)) {
        let is_new = to.as_ref().is_none_or(|to| to.address != reader.address)
            && cc.iter().all(|known| known.address != reader.address);
        if is_new && !is_own(&reader.address) && cc.len() + 1 < RECIPIENTS_MAX {
            cc.push(reader);
        }
    }
    Ok((to.into_iter().collect(), cc))
}
