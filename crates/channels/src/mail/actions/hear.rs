//! Somebody's word, or a machine's answer: it goes on the ticket where it belongs, or begins one.

use madoguchi_kernel::{EmailAddress, Problem, problem::Result};
use madoguchi_people::{
    ContactId,
    crm::{self, contact::Introduction},
    staff,
};
use madoguchi_platform::{access::May, db::Tx, words};
use madoguchi_tickets::{
    TicketId,
    actions::{self, Addressed, Incoming, NewMessage, Received},
    attachments::{self, AttachmentId},
    message::{Flaw, Words},
    rights, views,
    words::{Channel, Visibility},
};

use super::{
    belonging::{self, Belongs, Found, Standing},
    circle::{self, Circle},
    colleague,
    take_in::{Place, Taken},
    unlock,
};
use crate::mail::{
    judge::Sender,
    letter::Mailbox,
    letters::{Fate, LetterState, Reading},
    rights::MAIL,
    store::{letters, marks},
    understood::{Person, flawed},
    vouch::trust::{self, Trust},
};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// A person, or a program with something to say.
    Person,
    /// A machine that answers by itself: it wakes nothing and opens nothing.
    Machine,
}

/// Somebody without an address is this person.
const NOBODY: &str = "unknown@sender.invalid";

pub(super) async fn hear(tx: &Tx<'_>, taken: &Taken, place: &Place, voice: Voice) -> Result<Fate> {
    let (tenant, understood) = (taken.kept.tenant, &*taken.understood);
    let mut flaws = understood.flaws.clone();
    log_forgery(taken);
    let variant_of = match claim(tx, taken, place).await? {
        Claim::Known(fate) => return Ok(fate),
        Claim::New => None,
        Claim::Variant(ticket) => {
            flaws.push(flawed("variant", "another letter has the same id"));
            ticket
        }
    };
    let writer = writer(place, taken);
    let trust = place.trust(taken);
    let Found { belongs, lock, key } = belonging::found(tx, taken, (&writer, trust), variant_of).await?;
    if let Some(fate) = apart(tx, taken, (&writer, trust, voice), belongs.as_ref()).await? {
        return Ok(fate);
    }
    flaws.extend(belonging::conflict(tx, taken, belongs.as_ref()).await?);
    flaws.extend(belonging::answers_forward(tx, taken, belongs.as_ref(), &writer).await?);
    flaws.extend(lock.iter().map(unlock::Lock::flaw));
    flaws.extend(key.iter().map(unlock::Key::flaw));
    let contact = contact(tx, taken, &writer).await?;
    let copied = circle::copied(tx, taken, place, &writer.address).await?;
    let circle = Circle::of(tx, taken, belongs.as_ref(), copied).await?;
    flaws.extend(circle.told());
    let received = receive(tx, taken, place, (contact, voice), belongs.as_ref(), (flaws, &circle.joins)).await?;
    let (ticket, message) = (received.ticket.id, received.message.id);
    if trust == Trust::Whole {
        unlock::remember(tx, taken, &writer.address, (ticket, message)).await?;
        if lock.is_none() {
            unlock::remember_password(tx, taken, &writer.address, Some((ticket, message))).await?;
        }
    }
    let is_public = received.message.visibility == Visibility::Public;
    marks::point_if_own(tx, tenant, &understood.looks.mail_id, taken.kept.id, (ticket, message), is_public).await?;
    if let Some(belongs) = belongs
        && !received.opened
    {
        let read_at = received.root.as_ref().unwrap_or(&received.ticket);
        circle.widen(tx, taken, &belongs, (read_at, message, contact), voice).await?;
    }
    if let Some(key) = &key {
        unlock::join(tx, taken, key, ticket).await?;
    }
    Ok(Fate {
        state: LetterState::Read,
        reason: None,
        detail: None,
        contact: Some(contact),
        ticket: Some(ticket),
        message: Some(message),
        opened: received.opened,
    })
}

/// Who speaks, as a contact. Nobody's letter has nobody else's history: each is somebody new, without an address.
async fn contact(tx: &Tx<'_>, taken: &Taken, writer: &Person) -> Result<ContactId> {
    let (understood, may) = (&*taken.understood, taken.may());
    if let Some(who) = &understood.introduced {
        return crm::actions::meet(tx, &may, who).await;
    }
    if writer.address.as_str() != NOBODY {
        return crm::actions::recognize(tx, &may, &writer.address, writer.name.as_deref()).await;
    }
    let language = staff::views::defaults(tx, taken.kept.tenant).await?.language;
    let nobody = words::say(language, "mail.unknown_sender", &[]);
    let named = Introduction::of(understood.looks.from_name.as_deref(), None, None);
    let who = named.or_else(|| Introduction::of(Some(&nobody), None, None));
    crm::actions::meet(tx, &may, &who.ok_or_else(|| Problem::broken("a name is there"))?).await
}

/// That somebody guesses our marks is seen in the log as well as at the letter.
fn log_forgery(taken: &Taken) {
    if taken.understood.evidence.forged {
        let (tenant, letter) = (taken.kept.tenant.number(), taken.kept.id.number());
        tracing::warn!(tenant, letter, "A letter came to a mark of ours that is not genuine");
    }
}

/// What becomes of a letter that is no customer's word: it may be forged, it is a colleague's, or a machine's about
/// nothing that we know.
async fn apart(
    tx: &Tx<'_>,
    taken: &Taken,
    (writer, trust, voice): (&Person, Trust, Voice),
    belongs: Option<&Belongs>,
) -> Result<Option<Fate>> {
    if trust == Trust::Forged && belongs.is_none() && voice == Voice::Person {
        let checked = taken.verdict.as_ref().map(trust::checked);
        return Ok(Some(Fate { detail: checked, ..Fate::aside(LetterState::Quarantine, trust::FORGED) }));
    }
    let as_stranger = belongs.filter(|belongs| belongs.standing == Standing::Stranger);
    let as_colleague = colleague::hear(tx, taken, (&writer.address, voice), as_stranger.map(Belongs::ticket));
    if let Some(fate) = as_colleague.await? {
        return Ok(Some(fate));
    }
    if voice == Voice::Machine && belongs.is_none() {
        if trust == Trust::Whole {
            unlock::remember_password(tx, taken, &writer.address, None).await?;
        }
        return Ok(Some(Fate::aside(LetterState::Ignored, "auto-replied")));
    }
    Ok(None)
}

/// Whether a letter's id is its own.
enum Claim {
    /// It is.
    New,
    /// Another letter has it, on that ticket.
    Variant(Option<TicketId>),
    /// The letter was here before.
    Known(Fate),
}

async fn claim(tx: &Tx<'_>, taken: &Taken, place: &Place) -> Result<Claim> {
    let (tenant, understood) = (taken.kept.tenant, &*taken.understood);
    if marks::claim(tx, tenant, &understood.looks.mail_id, taken.kept.mailbox, taken.kept.id).await? {
        return Ok(Claim::New);
    }
    Ok(match met_before(tx, taken).await? {
        Met::Itself => Claim::New,
        Met::Same(fate) => Claim::Known(fate),
        Met::Elsewhere(fate) if taken.reading == Reading::Imported => Claim::Known(fate),
        Met::Elsewhere(fate) => Claim::Known(in_two_mailboxes(tx, taken, place, fate).await?),
        // Some forms give all of their letters one id.
        Met::Variant(_) if place.sender(understood) == Sender::Gateway => Claim::New,
        Met::Variant(ticket) => Claim::Variant(ticket),
    })
}

/// What is known of a letter whose id was met before.
pub(super) enum Met {
    /// It was looked at before and set aside.
    Itself,
    /// The very same letter, apart from what servers wrote on it.
    Same(Fate),
    /// The same letter in another mailbox of the tenant.
    Elsewhere(Fate),
    /// Another letter with the same id, on that ticket.
    Variant(Option<TicketId>),
}

pub(super) async fn met_before(tx: &Tx<'_>, taken: &Taken) -> Result<Met> {
    let (kept, looks) = (&taken.kept, &taken.understood.looks);
    let mark = marks::find(tx, kept.tenant, &looks.mail_id).await?;
    if mark.as_ref().is_some_and(|mark| mark.letter == Some(kept.id)) {
        return Ok(Met::Itself);
    }
    let variant = Met::Variant(mark.and_then(|mark| mark.ticket));
    if taken.reading == Reading::AsWord {
        return Ok(variant);
    }
    let twins = letters::twins(tx, kept.tenant, &looks.mail_id, kept.id).await?;
    for twin in &twins {
        let same_bytes = twin.sha256 == kept.sha256;
        let same_content = twin.content.as_deref() == Some(looks.content.as_slice());
        let is_here = twin.mailbox == kept.mailbox;
        let fate = Fate {
            contact: twin.contact,
            ticket: twin.ticket,
            message: twin.message,
            ..Fate::aside(LetterState::Duplicate, "duplicate")
        };
        if (is_here && (same_bytes || same_content)) || (twin.is_orphan && same_content) {
            return Ok(Met::Same(fate));
        }
        if !is_here && same_content && twin.ticket.is_some() {
            return Ok(Met::Elsewhere(fate));
        }
    }
    Ok(variant)
}

/// One letter to two mailboxes of a tenant is one ticket: the second team reads of it there.
async fn in_two_mailboxes(tx: &Tx<'_>, taken: &Taken, place: &Place, fate: Fate) -> Result<Fate> {
    let tenant = taken.kept.tenant;
    if let (Some(ticket), Some(settings)) = (fate.ticket, place.settings()) {
        let language = staff::views::defaults(tx, tenant).await?.language;
        let text = words::say(language, "mail.also_came", &[("address", &settings.address), ("name", &settings.name)]);
        let note = NewMessage::of(Words { text, html: None, beginning: None });
        let read_at = views::ticket(tx, &MAIL.may::<rights::Read>(tenant), ticket).await?.root.unwrap_or(ticket);
        actions::note(tx, &MAIL.may(tenant), read_at, &note).await?;
    }
    Ok(Fate { state: LetterState::Read, reason: Some("other-mailbox".to_owned()), ..fate })
}

/// Whose word it is. A gateway writes in others' names and says whose in `Reply-To`.
pub(super) fn writer(place: &Place, taken: &Taken) -> Person {
    let understood = &*taken.understood;
    let gateways = place.settings().map(|settings| settings.gateways.as_slice()).unwrap_or_default();
    let nobody = || Person { address: NOBODY.parse().expect("a sound address"), name: None };
    match (&understood.sender, &understood.reply_to) {
        (Some(sender), Some(reply_to)) if gateways.contains(&sender.address) && !place.is_own(&reply_to.address) => {
            reply_to.clone()
        }
        (Some(sender), _) => sender.clone(),
        (None, Some(reply_to)) if !place.is_own(&reply_to.address) => reply_to.clone(),
        (None, _) => nobody(),
    }
}

async fn receive(
    tx: &Tx<'_>,
    taken: &Taken,
    place: &Place,
    (contact, voice): (ContactId, Voice),
    belongs: Option<&Belongs>,
    (flaws, copied): (Vec<Flaw>, &[ContactId]),
) -> Result<Received> {
    let (tenant, understood) = (taken.kept.tenant, &*taken.understood);
    let may: May<rights::Receive> = taken.may_for(contact);
    let files = files(tx, taken, &may).await?;
    let is_stranger = belongs.is_some_and(|belongs| belongs.standing == Standing::Stranger);
    let mut incoming = Incoming {
        contact,
        ticket: belongs.map(|belongs| belongs.ticket.id),
        subject: understood.looks.subject.clone(),
        words: understood.words.clone(),
        channel: Channel::Mail,
        visibility: if is_stranger { Visibility::Internal } else { Visibility::Public },
        verified: !is_stranger && place.trust(taken) == Trust::Whole,
        automatic: voice == Voice::Machine,
        addressed: addressed(place, taken),
        fresh: Some(madoguchi_tickets::quote::fresh(&understood.words.text)),
        flaws,
        attachments: files,
        cc: copied.to_vec(),
        mailbox: place.mailbox.as_ref().map(|mailbox| mailbox.id.number()),
        team: place.settings().and_then(|settings| settings.team),
        occurred_at: understood.said_at,
    };
    if incoming.subject.trim().is_empty() || taken.kept.head_only {
        let language = staff::views::defaults(tx, tenant).await?.language;
        if incoming.subject.trim().is_empty() {
            incoming.subject = words::say(language, "mail.no_subject", &[]);
        }
        if taken.kept.head_only {
            let mib = (taken.kept.size_bytes + (1 << 19)) >> 20;
            incoming.words.text = words::say(language, "mail.head_only", &[("mib", &mib)]);
            incoming.words.beginning = None;
            // Where its head ends we cut it off ourselves.
            incoming.flaws.retain(|flaw| flaw.flag != "truncated");
            incoming.flaws.push(flawed("too-large", format!("{mib} MiB")));
        }
    }
    actions::receive(tx, &may, &incoming).await
}

/// To us, unless none of our addresses stands in `To` and one stands in `Cc`.
pub(super) fn addressed(place: &Place, taken: &Taken) -> Addressed {
    let letter = &taken.understood.letter;
    let has_us = |mailboxes: &[Mailbox]| {
        mailboxes
            .iter()
            .filter_map(|mailbox| mailbox.address.parse::<EmailAddress>().ok())
            .any(|address| place.is_own(&address))
    };
    let is_copy = !letter.to.is_empty() && !has_us(&letter.to) && has_us(&letter.cc);
    if is_copy { Addressed::InCopy } else { Addressed::Directly }
}

/// Keeps its files.
pub(super) async fn files(tx: &Tx<'_>, taken: &Taken, may: &May<rights::Receive>) -> Result<Vec<AttachmentId>> {
    let mut files = Vec::with_capacity(taken.files.len());
    for file in taken.files.iter() {
        files.push(attachments::add(tx, may, file).await?);
    }
    Ok(files)
}
