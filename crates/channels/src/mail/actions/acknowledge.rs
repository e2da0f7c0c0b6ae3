//! The program tells a customer that their word has come, with the ticket's number; while the desk is closed, also when
//! it opens. At most once a day and sender, and never to a machine (RFC 3834).

use std::time::Duration;

use jiff::{Zoned, tz::TimeZone};
use madoguchi_kernel::{Language, Timestamp, problem::Result};
use madoguchi_people::staff;
use madoguchi_platform::{db::Tx, words};
use madoguchi_tickets::{
    Ticket, actions,
    envelope::{Field, Recipient},
    message::Words,
    rights,
    ticket::TicketId,
};

use super::{queue::put_down, take_in::Taken};
use crate::mail::{
    judge::{AUTOREPLIES_MAX, AUTOREPLIES_OF_KIND_MAX},
    mailbox::Mailbox,
    rights::MAIL,
    store::{autoreplies, outgoing},
    style::{LetterStyle, Meaning, language_of},
    views,
};

/// The kind of answer by machine, as it is counted.
const KIND: &str = "acknowledgement";
/// A letter that lay longer before we saw it is not acknowledged any more: a desk that is set up reads old letters.
const FRESH_FOR: Duration = Duration::from_secs(86_400);

/// Acknowledges a letter that began a ticket, if the desk wants that and the writer did not get one lately.
pub(super) async fn acknowledge(
    tx: &Tx<'_>,
    taken: &Taken,
    (mailbox, style): (&Mailbox, &LetterStyle),
    ticket: TicketId,
) -> Result<()> {
    let tenant = taken.kept.tenant;
    if !style.acknowledgement || tx.now().since(taken.kept.delivered_at) > FRESH_FOR {
        return Ok(());
    }
    let ticket = madoguchi_tickets::views::ticket(tx, &MAIL.may::<rights::Read>(tenant), ticket).await?;
    let Some(reader) = views::way_out(tx, tenant, &ticket).await?.to.into_iter().next() else { return Ok(()) };
    let (of_kind, all) = autoreplies::count(tx, tenant, &reader.address, KIND).await?;
    if of_kind >= AUTOREPLIES_OF_KIND_MAX || all >= AUTOREPLIES_MAX {
        return Ok(());
    }
    let defaults = staff::views::defaults(tx, tenant).await?;
    let language = language_of(&taken.understood.words.text, defaults.language);
    let zone = TimeZone::get(&defaults.time_zone).unwrap_or(TimeZone::UTC);
    let text = text(style, language, (&ticket, mailbox), (tx.now(), &zone));
    let may = MAIL.may::<rights::Receive>(tenant);
    let words = Words { text, html: None, beginning: None };
    let (ticket, message) = actions::acknowledge(tx, &may, ticket.id, &words).await?;
    let Some(letter) = outgoing::queue(tx, tenant, Some(mailbox.id), ticket.id, message.id).await? else {
        return Ok(());
    };
    autoreplies::add(tx, tenant, &reader.address, KIND).await?;
    let recipients = vec![Recipient::new(Field::To, &reader.name, &reader.address)];
    put_down(tx, tenant, letter, (ticket.id, message.id), (recipients, Duration::ZERO)).await
}

/// What it says: the team's own words, else ours.
fn text(
    style: &LetterStyle,
    language: Language,
    (ticket, mailbox): (&Ticket, &Mailbox),
    (now, zone): (Timestamp, &TimeZone),
) -> String {
    let closed = style.hours.as_ref().filter(|hours| !hours.is_open(now, zone));
    let opens = closed.and_then(|hours| hours.opens_after(now, zone));
    let opens = opens.map(|opens| opening(&opens, language));
    let texts = style.texts(language);
    let (own, key) = match (closed, &opens) {
        (None, _) => (&texts.acknowledgement, "mail.acknowledgement.text"),
        (Some(_), Some(_)) => (&texts.closed, "mail.acknowledgement.closed"),
        (Some(_), None) => (&texts.closed, "mail.acknowledgement.closed_for_now"),
    };
    let ours = words::say(language, key, &[]);
    let meaning = Meaning {
        agent: "",
        desk: &mailbox.settings.name,
        address: mailbox.settings.address.as_str(),
        number: ticket.number,
        subject: &ticket.subject,
        opens: opens.as_deref().unwrap_or_default(),
    };
    meaning.fill(if own.trim().is_empty() { &ours } else { own })
}

/// With its weekday: `11月26日（木）09:00`.
fn opening(at: &Zoned, language: Language) -> String {
    match language {
        Language::Ja => {
            let days = ["月", "火", "水", "木", "金", "土", "日"];
            let day = days[usize::from(at.weekday().to_monday_zero_offset().unsigned_abs())];
            format!("{}（{day}）{}", at.strftime("%-m月%-d日"), at.strftime("%H:%M"))
        }
        Language::En => at.strftime("%A %-d %B %H:%M").to_string(),
    }
}
