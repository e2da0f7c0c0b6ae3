//! Somebody says how a gateway's letters are read; and they are.

use std::sync::Arc;

use madoguchi_kernel::{EmailAddress, Problem, problem::Result};
use madoguchi_people::{
    change::{Change, Changes, require_seen},
    crm::contact::Introduction,
};
use madoguchi_platform::{access::May, db::Tx};

use super::{
    take_in::{Place, Taken},
    tell,
};
use crate::mail::{
    body_reader::{self, BodyReader, BodyReaderId, Form, Label, READERS_MAX, Settings},
    facts::MailFact,
    mailbox::MailboxId,
    rights::ChangeMailboxes,
    store::{body_readers, mailboxes},
    understood::{Person, Understood, flawed},
};

/// Adds a reader.
pub async fn add_body_reader(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    mailbox: MailboxId,
    settings: &Settings,
) -> Result<BodyReader> {
    let tenant = may.tenant();
    require_gateway(tx, may, mailbox, settings).await?;
    if body_readers::of_mailbox(tx, tenant, mailbox).await?.len() >= READERS_MAX {
        return Err(Problem::field("name", "too_many"));
    }
    let reader = BodyReader { id: BodyReaderId::new(tx.new_id()), mailbox, settings: settings.clone(), revision: 1 };
    body_readers::add(tx, tenant, &reader).await?;
    let changes = changes(None, settings);
    tell(tx, may.by(), 1, &MailFact::BodyReaderAdded { reader: reader.id, mailbox, changes }).await?;
    Ok(reader)
}

/// Changes a reader, if the caller saw its present revision.
pub async fn change_body_reader(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    (mailbox, id): (MailboxId, BodyReaderId),
    seen: Option<i64>,
    after: impl Fn(&Settings) -> Result<Settings>,
) -> Result<BodyReader> {
    let before = body_readers::one(tx, may.tenant(), mailbox, id).await?;
    require_seen(seen, before.revision)?;
    let settings = after(&before.settings)?;
    let changes = changes(Some(&before.settings), &settings);
    if changes.is_empty() {
        return Ok(before);
    }
    require_gateway(tx, may, mailbox, &settings).await?;
    if !body_readers::save(tx, may.tenant(), &before, &settings).await? {
        return Err(Problem::conflict("conflict"));
    }
    let revision = before.revision + 1;
    tell(tx, may.by(), revision, &MailFact::BodyReaderChanged { reader: id, mailbox, changes }).await?;
    Ok(BodyReader { settings, revision, ..before })
}

/// Removes a reader: letters are read as any others from now on.
pub async fn remove_body_reader(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    (mailbox, id): (MailboxId, BodyReaderId),
    seen: Option<i64>,
) -> Result<()> {
    let reader = body_readers::one(tx, may.tenant(), mailbox, id).await?;
    require_seen(seen, reader.revision)?;
    body_readers::remove(tx, may.tenant(), id).await?;
    tell(tx, may.by(), reader.revision + 1, &MailFact::BodyReaderRemoved { reader: id, mailbox }).await
}

/// Only letters of a declared gateway are read: anybody else would choose in whose name they write.
async fn require_gateway(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    mailbox: MailboxId,
    settings: &Settings,
) -> Result<()> {
    let mailbox = mailboxes::one(tx, may.tenant(), mailbox).await?;
    if mailbox.settings.gateways.contains(&settings.gateway) {
        Ok(())
    } else {
        Err(Problem::field("gateway", "unknown"))
    }
}

fn changes(before: Option<&Settings>, after: &Settings) -> Vec<Change> {
    let mut changes = Changes::new();
    let labels = |settings: &Settings| {
        let pair = |label: &Label| format!("{}={}", label.label, madoguchi_kernel::Word::word(label.field));
        settings.labels.iter().map(pair).collect::<Vec<_>>().join("\n")
    };
    changes.note("name", &before.map(|before| before.name.clone()), &Some(after.name.clone()));
    changes.note("gateway", &before.map(|before| before.gateway.to_string()), &Some(after.gateway.to_string()));
    changes.note("labels", &before.map(labels), &Some(labels(after)));
    changes.note("active", &before.map(|before| before.active), &Some(after.active));
    changes.into_parts().0
}

/// The letter as the word of whoever a gateway wrote for; `None` where no reader knows its gateway.
pub(super) async fn read_body(tx: &Tx<'_>, taken: &Taken, place: &Place) -> Result<Option<Taken>> {
    let (Some(mailbox), Some(sender)) = (&place.mailbox, &taken.understood.sender) else { return Ok(None) };
    if !place.is_gateway(sender) {
        return Ok(None);
    }
    let readers = body_readers::of_gateway(tx, taken.kept.tenant, mailbox.id, &sender.address).await?;
    let Some(mut form) = body_reader::best(&readers, &taken.understood.letter.text) else { return Ok(None) };
    // Whoever types our own address into our form would have us answer ourselves.
    let own = form.email.take_if(|address| place.is_own(address) || *address == sender.address);
    let understood = Arc::new(said_by(&taken.understood, &form, own.as_ref()));
    Ok(Some(Taken { understood, ..taken.clone() }))
}

fn said_by(understood: &Understood, form: &Form, own: Option<&EmailAddress>) -> Understood {
    let mut said = understood.clone();
    said.gateway = understood.sender.as_ref().map(|sender| sender.address.clone());
    if form.is_whole() {
        if let Some(subject) = &form.subject {
            said.looks.subject.clone_from(subject);
        }
        if !form.text.is_empty() {
            said.words = Understood::words_of(&form.text);
        }
    }
    for (flag, labels) in
        [("form-changed", &form.missing), ("form-no-address", &form.without_address), ("form-doubled", &form.doubled)]
    {
        if !labels.is_empty() {
            said.flaws.push(flawed(flag, labels.join(", ")));
        }
    }
    said.flaws.extend(own.map(|own| flawed("form-own-address", own.to_string())));
    if let Some(address) = &form.email {
        said.looks.reply_address = Some(address.to_string());
        said.sender = Some(Person { address: address.clone(), name: form.name.clone() });
        said.reply_to = None;
        return said;
    }
    let who = Introduction::of(form.name.as_deref(), None, form.phone.clone());
    let is_lost = !form.without_address.is_empty() || (form.is_address_missing && !form.found.is_empty());
    if own.is_some() || is_lost || (who.is_some() && form.is_whole()) {
        // Nobody answers the gateway: whoever answers finds the number, or that there is no address.
        said.looks.reply_address = None;
        said.sender = None;
        said.reply_to = None;
        said.introduced = who;
    }
    said
}
