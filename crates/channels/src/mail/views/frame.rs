//! What stands around an answer in its letter: the line that addresses the reader, the signature, the letter before.

use jiff::tz::TimeZone;
use madoguchi_kernel::{Language, TenantId, problem::Result};
use madoguchi_people::staff;
use madoguchi_platform::db::Tx;
use madoguchi_tickets::{
    MessageId, Ticket, TicketId,
    envelope::Quote,
    quote, rights,
    views::{self, Told},
};

use crate::mail::{
    letter::PASSWORD_LETTER,
    mailbox::Mailbox,
    rights::MAIL,
    store::{letters, styles, wishes},
    style::{LetterStyle, Meaning, language_of, salutation::Readers},
};

/// What stands around an answer.
pub struct Frame {
    /// How the team's letters look.
    pub style: LetterStyle,
    /// How much of the letters before the requester wants repeated, whatever the team does.
    pub wish: Option<Quote>,
    /// In which language we write to the customer: theirs, as far as their words tell.
    pub language: Language,
    /// The desk's clock.
    pub zone: TimeZone,
    /// Who is to be addressed.
    pub readers: Readers,
    /// How it begins unless the answer begins alike.
    pub opening: String,
    /// How it ends unless the answer ends alike.
    pub closing: String,
    /// What is signed.
    pub signature: String,
    /// The customer's word that is answered, if they said one.
    pub answered: Option<Told>,
    /// Who else was to read it.
    pub answered_cc: String,
}

impl Frame {
    /// How much of the letters before is repeated unless the answer says otherwise.
    pub fn quote(&self) -> Quote {
        self.wish.unwrap_or(self.style.quote)
    }

    /// The line that addresses the reader unless the answer says otherwise; empty when none does.
    pub fn salutation(&self) -> String {
        let line = || self.readers.line(self.readers.usual(), self.language);
        if self.style.salutation { line().unwrap_or_default() } else { String::new() }
    }
}

/// Finds it, for an answer by somebody of that name to these people, before that message.
pub async fn frame(
    tx: &Tx<'_>,
    tenant: TenantId,
    ticket: &Ticket,
    mailbox: Option<&Mailbox>,
    (agent, to): (&str, Vec<String>),
    before: MessageId,
) -> Result<Frame> {
    let defaults = staff::views::defaults(tx, tenant).await?;
    let style = styles::of(tx, tenant, ticket.team).await?;
    let wish = wishes::find(tx, tenant, ticket.requester).await?.quote;
    let answered = answered(tx, tenant, ticket.id, before).await?;
    let answered_cc = match &answered {
        Some(said) => letters::cc(tx, tenant, said.ticket, said.id).await?.unwrap_or_default(),
        None => String::new(),
    };
    // What they repeat of ours says nothing about their language.
    let words = answered.as_ref().map_or_else(|| ticket.subject.clone(), |said| quote::fresh(&said.text));
    let language = language_of(&words, defaults.language);
    let (_, organization) = styles::names(tx, tenant, ticket.requester.number()).await?;
    let meaning = Meaning {
        agent,
        desk: mailbox.map_or("", |mailbox| mailbox.settings.name.as_str()),
        address: mailbox.map_or("", |mailbox| mailbox.settings.address.as_str()),
        number: ticket.number,
        subject: &ticket.subject,
        opens: "",
    };
    let texts = style.texts(language);
    let [opening, closing, signature] =
        [&texts.opening, &texts.closing, &texts.signature].map(|text| meaning.fill(text));
    let zone = TimeZone::get(&defaults.time_zone).unwrap_or(TimeZone::UTC);
    let readers = Readers { names: to, organization };
    Ok(Frame { style, wish, language, zone, readers, opening, closing, signature, answered, answered_cc })
}

/// Passwords in a row above which nothing is repeated at all.
const PASSWORDS_MAX: usize = 8;

/// What the customer said last. A password is for us: it is in no letter to others, so the one before it is answered.
async fn answered(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId, before: MessageId) -> Result<Option<Told>> {
    let may = MAIL.may::<rights::Read>(tenant);
    let mut before = before;
    for _ in 0..PASSWORDS_MAX {
        let said = views::last_word_of_customer(tx, &may, ticket, before).await?;
        match said {
            Some(said) if said.flaws.0.iter().any(|flaw| flaw.flag == PASSWORD_LETTER) => before = said.id,
            said => return Ok(said),
        }
    }
    Ok(None)
}
