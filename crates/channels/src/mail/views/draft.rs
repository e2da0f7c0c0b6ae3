//! Everything that writing an answer as a letter takes, on one snapshot.

use madoguchi_kernel::{EmailAddress, Problem, TenantId, problem::Result};
use madoguchi_people::ContactId;
use madoguchi_platform::db::Tx;
use madoguchi_tickets::{
    Ticket,
    attachments::Attachment,
    rights,
    views::{self, Told},
};

use crate::mail::{
    compose::REFERENCES_MAX,
    letter::MessageId,
    mailbox::Mailbox,
    outgoing::{Outgoing, OutgoingId},
    rights::MAIL,
    smtp::RECIPIENTS_MAX,
    store::{letters, mailboxes, marks, outgoing},
    token::without_token,
};

/// Somebody to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Their name.
    pub name: String,
    /// Where they read.
    pub address: EmailAddress,
}

/// What a letter is to say, to whom, and from where.
pub struct Plan {
    /// Whose it is.
    pub tenant: TenantId,
    /// The letter.
    pub outgoing: Outgoing,
    /// The mailbox from which it leaves; none when it was removed.
    pub mailbox: Option<Mailbox>,
    /// The ticket.
    pub ticket: Ticket,
    /// The message that it carries.
    pub message: Told,
    /// Its files.
    pub files: Vec<Attachment>,
    /// `To`.
    pub to: Vec<Reader>,
    /// `Cc`.
    pub cc: Vec<Reader>,
    /// The letters before it, the oldest first.
    pub thread: Vec<MessageId>,
}

/// Reads it.
pub async fn plan(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId) -> Result<Plan> {
    let may = MAIL.may::<rights::Read>(tenant);
    let outgoing = outgoing::one(tx, tenant, id).await?;
    let mailbox = mailboxes::find(tx, tenant, outgoing.mailbox).await?;
    let ticket = views::ticket(tx, &may, outgoing.ticket).await?;
    let said = views::messages(tx, &may, ticket.id, outgoing.message.number() - 1, 1).await?;
    let (message, files) = said
        .into_iter()
        .find(|(message, _)| message.id == outgoing.message)
        .ok_or_else(|| Problem::broken("an outgoing letter's message is gone"))?;
    let (to, cc) = readers(tx, tenant, &ticket).await?;
    let thread = marks::thread(tx, tenant, ticket.id, outgoing.message, REFERENCES_MAX).await?;
    Ok(Plan { tenant, outgoing, mailbox, ticket, message, files, to, cc, thread })
}

/// The requester, where they last wrote from; those in copy, but never ourselves.
async fn readers(tx: &Tx<'_>, tenant: TenantId, ticket: &Ticket) -> Result<(Vec<Reader>, Vec<Reader>)> {
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
            .find(|reachable| reachable.contact == contact.number())
            .map(|reachable| Reader { name: reachable.name.clone(), address: reachable.address.clone() })
    };
    let mut to = main(ticket.requester);
    if let Some(wanted) = letters::reply_address(tx, tenant, ticket.id, ticket.requester).await?
        && !is_own(&wanted)
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
