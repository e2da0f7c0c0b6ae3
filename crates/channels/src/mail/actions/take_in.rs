//! A letter that was understood is taken in: judged, and put where it belongs, in one unit.

use std::{sync::Arc, time::Duration};

use madoguchi_kernel::{EmailAddress, Problem, TenantId, problem::Result};
use madoguchi_people::ContactId;
use madoguchi_platform::{
    access::{May, Right},
    db::Tx,
};
use madoguchi_tickets::{actions::Addressed, attachments::NewAttachment};

use super::{acknowledge, body_readers, hear, recall, report};
use crate::mail::{
    judge::{self, BURST_MAX, Context, Kind, Sender},
    letters::{Fate, KeptLetter, LetterId, LetterState, Reading},
    mailbox::{Mailbox, MailboxId, Settings},
    rights::MAIL,
    store::{letters, mailboxes, styles, verdicts},
    style::LetterStyle,
    token::{self, MailKey, OutgoingId},
    understood::{Person, Understood},
    vouch::{
        Verdict,
        trust::{self, Gateway, Judge, Trust},
    },
};

/// The span in which letters of one sender are counted.
const BURST_WITHIN: Duration = Duration::from_secs(600);

/// What is to be taken in.
#[derive(Clone)]
pub struct Taken {
    /// The letter as it is kept.
    pub kept: KeptLetter,
    /// What it says.
    pub understood: Arc<Understood>,
    /// Its files, whose bytes are kept.
    pub files: Arc<[NewAttachment]>,
    /// How it is to be read.
    pub reading: Reading,
    /// The tenant's keys for marks of ours.
    pub keys: Arc<[MailKey]>,
    /// Who vouches for it, where anybody does.
    pub verdict: Option<Verdict>,
}

impl Taken {
    /// What the mail may do with it: what is brought over from elsewhere is done in the past.
    pub(super) fn may<R: Right>(&self) -> May<R> {
        self.dated(MAIL.may(self.kept.tenant))
    }
    /// The same, as the word of that contact.
    pub(super) fn may_for<R: Right>(&self, contact: ContactId) -> May<R> {
        let may = MAIL.may_for_contact(self.kept.tenant, contact.number());
        self.dated(may.at(self.understood.said_at))
    }
    fn dated<R: Right>(&self, may: May<R>) -> May<R> {
        match self.reading {
            Reading::Imported => may.importing(self.understood.said_at),
            Reading::Judged | Reading::AsWord => may,
        }
    }
}

/// What the tenant knows that matters for every letter of a mailbox.
pub struct Place {
    id: MailboxId,
    /// The mailbox where it came, unless it was removed since.
    pub(super) mailbox: Option<Mailbox>,
    /// Every address of ours.
    pub(super) own: Vec<String>,
    /// How its team's letters look.
    pub(super) style: LetterStyle,
}

impl Place {
    /// Finds it, on the snapshot on which its letters are taken in.
    pub async fn of(tx: &Tx<'_>, tenant: TenantId, id: MailboxId) -> Result<Self> {
        let mailbox = mailboxes::find(tx, tenant, id).await?;
        let team = mailbox.as_ref().and_then(|mailbox| mailbox.settings.team);
        let own = mailboxes::own_addresses(tx, tenant).await?;
        Ok(Self { id, mailbox, own, style: styles::of(tx, tenant, team).await? })
    }
    pub(super) fn settings(&self) -> Option<&Settings> {
        self.mailbox.as_ref().map(|mailbox| &mailbox.settings)
    }
    /// Whether it is one of ours, with a token or without.
    pub(super) fn is_own(&self, address: &EmailAddress) -> bool {
        let bare = crate::mail::token::without_token(address.as_str());
        self.own.iter().any(|own| own.eq_ignore_ascii_case(&bare))
    }
    /// Whether they write in others' names.
    pub(super) fn is_gateway(&self, person: &Person) -> bool {
        self.settings().is_some_and(|settings| settings.gateways.contains(&person.address))
    }
    /// How the mailbox knows whoever wrote it.
    pub(super) fn sender(&self, understood: &Understood) -> Sender {
        match &understood.sender {
            _ if understood.gateway.is_some() => Sender::Gateway,
            Some(sender) if self.is_gateway(sender) => Sender::Gateway,
            _ => Sender::Anybody,
        }
    }
    /// How far it is believed whom the letter names.
    pub(super) fn trust(&self, taken: &Taken) -> Trust {
        let verdict = taken.verdict.as_ref();
        let gateway = match self.sender(&taken.understood) {
            Sender::Gateway => Gateway::Declared,
            Sender::Anybody if self.speaks_for_others(taken) => Gateway::Declared,
            Sender::Anybody => Gateway::None,
        };
        let judge = match taken.reading {
            Reading::AsWord => Judge::Person,
            Reading::Judged | Reading::Imported
                if self.settings().is_none_or(|settings| settings.quarantine_forged) =>
            {
                Judge::Strict
            }
            Reading::Judged | Reading::Imported => Judge::Lenient,
        };
        trust::trust(verdict, taken.understood.writers(), gateway, judge)
    }
    /// Whether a gateway wrote it that puts its visitor's address into `From` and names itself beside it.
    fn speaks_for_others(&self, taken: &Taken) -> bool {
        let letter = &taken.understood.letter;
        let sender = letter.sender.iter().map(|mailbox| mailbox.address.as_str());
        let path = letter.headers.get("return-path").map(|path| path.trim().trim_matches(['<', '>']));
        sender.chain(path).filter_map(|address| address.parse::<EmailAddress>().ok()).any(|address| {
            self.settings().is_some_and(|settings| settings.gateways.contains(&address))
                && trust::may_speak(taken.verdict.as_ref(), address.domain())
        })
    }
}

/// Takes the letter in; `None` when that was done before.
pub async fn take_in(tx: &Tx<'_>, taken: &Taken) -> Result<Option<Fate>> {
    let place = Place::of(tx, taken.kept.tenant, taken.kept.mailbox).await?;
    take_in_at(tx, taken, &place).await
}

/// The same, where what is known of its mailbox was read by the same unit.
pub async fn take_in_at(tx: &Tx<'_>, taken: &Taken, place: &Place) -> Result<Option<Fate>> {
    let letter = letters::locked(tx, taken.kept.tenant, taken.kept.id).await?;
    if letter.state != LetterState::Kept {
        return Ok(None);
    }
    if letter.mailbox != place.id {
        return Err(Problem::broken("a letter is taken in where it came"));
    }
    take_in_kept(tx, taken, place).await.map(Some)
}

/// The same of one that this very unit kept.
pub(super) async fn take_in_kept(tx: &Tx<'_>, taken: &Taken, place: &Place) -> Result<Fate> {
    let tenant = taken.kept.tenant;
    let read = body_readers::read_body(tx, taken, place).await?;
    let taken = read.as_ref().unwrap_or(taken);
    let fate = match taken.reading {
        Reading::AsWord => hear::hear(tx, taken, place, hear::Voice::Person).await?,
        Reading::Judged => judged(tx, taken, place).await?,
        Reading::Imported => match recall::recall(tx, taken, place).await? {
            Some(fate) => fate,
            None => judged(tx, taken, place).await?,
        },
    };
    letters::note(tx, tenant, taken.kept.id, &taken.understood.looks, &fate).await?;
    if let Some(verdict) = &taken.verdict {
        verdicts::keep(tx, tenant, taken.kept.id, verdict).await?;
    }
    Ok(fate)
}

/// The letter of ours to whose return path it came, if it came to one.
fn returned(taken: &Taken) -> Option<OutgoingId> {
    let letter = &taken.understood.letter;
    let addressed = letter.to.iter().chain(&letter.cc).map(|mailbox| mailbox.address.as_str());
    let addresses = addressed.chain(letter.delivered_to.iter().map(String::as_str));
    token::returned(addresses, &taken.keys, taken.kept.tenant)
}

async fn judged(tx: &Tx<'_>, taken: &Taken, place: &Place) -> Result<Fate> {
    let understood = &*taken.understood;
    let tenant = taken.kept.tenant;
    let before = match &understood.looks.from_address {
        // Nobody answers what is brought over, so nothing can turn in circles.
        Some(_) if taken.reading == Reading::Imported => 0,
        Some(address) => {
            // By the clock of the server that got them: a folder that is read after a night brings many at once.
            let until = taken.kept.delivered_at;
            let span = (until.before(BURST_WITHIN), until);
            letters::of_sender(tx, tenant, address, span, taken.kept.id, BURST_MAX + 1).await?
        }
        None => 0,
    };
    let context = Context {
        own_addresses: &place.own,
        loop_mark: &loop_mark(tenant),
        sender: place.sender(understood),
        letters_in_ten_minutes: before + 1,
        returned: returned(taken),
        ..Context::default()
    };
    let verdict = judge::judge(&understood.letter, &context);
    match verdict.kind {
        Kind::Word => {
            let fate = hear::hear(tx, taken, place, hear::Voice::Person).await?;
            // Whoever only let us read along waits for no answer of ours.
            let is_to_us = hear::addressed(place, taken) == Addressed::Directly;
            // A gateway for whose letters there is no reader is no customer.
            let is_customers = !place.is_gateway(&hear::writer(place, taken));
            let is_live = taken.reading == Reading::Judged && fate.opened && is_to_us && is_customers;
            if let (true, true, Some(mailbox), Some(ticket)) =
                (verdict.may_autoreply, is_live, &place.mailbox, fate.ticket)
            {
                // Whoever was only named would get an answer to what they never wrote.
                if place.trust(taken) == Trust::Whole {
                    acknowledge::acknowledge(tx, taken, (mailbox, &place.style), ticket).await?;
                }
            }
            Ok(fate)
        }
        Kind::AutoReply => hear::hear(tx, taken, place, hear::Voice::Machine).await,
        Kind::Loop => Ok(Fate::aside(LetterState::Quarantine, verdict.reason)),
        Kind::Bounce { of, outgoing, recipients } => {
            report::bounce(tx, taken, (of.as_ref(), outgoing), &recipients).await
        }
        Kind::Complaint { of, detail } => report::complaint(tx, taken, of.as_ref(), detail).await,
        Kind::Disposition { of } => report::disposition(tx, taken, of.as_ref()).await,
    }
}

/// What letters that the program writes by itself carry in `X-Loop`.
pub fn loop_mark(tenant: TenantId) -> String {
    format!("madoguchi-{tenant}")
}

/// The letter could not be read; its bytes wait for somebody who looks into it.
pub async fn fail_letter(tx: &Tx<'_>, tenant: TenantId, id: LetterId, reason: &str, detail: &str) -> Result<()> {
    let letter = letters::locked(tx, tenant, id).await?;
    if letter.state == LetterState::Kept {
        letters::set_state(tx, tenant, id, LetterState::Failed, Some((reason, detail))).await?;
    }
    Ok(())
}
