//! An answer as a letter. Pure: the same words give the same bytes.

use madoguchi_kernel::{EmailAddress, Problem, Timestamp, problem::Result};
use madoguchi_tickets::{
    envelope::Field,
    words::{AuthorKind, Visibility},
};

mod framed;

use super::{
    actions::loop_mark,
    compose::{self, Author, Draft, File, Party, charset},
    letter::MessageId,
    mailbox::Mailbox,
    store::outgoing::Dated,
    thread::base_subject,
    token::{self, Audience, MailKey, ReplyToken},
    views::Plan,
};

/// A letter, ready to leave.
pub struct Written {
    /// What it says of itself.
    pub head: Head,
    /// Where bounces go; nowhere for what the program writes by itself.
    pub from: Option<String>,
    /// To whom it goes.
    pub recipients: Vec<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The signs that its charset does not hold, each once.
    pub lost: String,
}

/// What a letter says of itself, the same however often it is sent.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its id.
    pub message_id: MessageId,
    /// Its `Date`.
    pub at: Timestamp,
    /// How often it was sent again without knowing whether it had left.
    pub resent: i64,
    /// Whether later letters name it as what they answer. What the customer may not know of they do not, nor what the
    /// program says by itself: only one reader has it, and nobody answers it.
    pub is_named: bool,
}

impl Head {
    /// As the letter's row remembers it.
    pub fn dated(&self) -> Dated<'_> {
        Dated { mail_id: self.message_id.as_str(), at: self.at, resent: self.resent, is_named: self.is_named }
    }
}

/// Writes it. `html` is the plan's, made harmless; `files` are the bytes of the plan's files, in their order.
pub fn write(
    plan: &Plan,
    mailbox: &Mailbox,
    (html, files): (Option<&str>, &[Vec<u8>]),
    key: &MailKey,
    now: Timestamp,
) -> Result<Written> {
    let address = &mailbox.settings.address;
    let message_id = token::message_id(plan.outgoing.id, address.domain(), key, plan.tenant)
        .ok_or_else(|| Problem::broken("the mailbox's domain is too long for a Message-ID"))?;
    let is_automatic = plan.message.author_kind == AuthorKind::System;
    let beginning = plan.outgoing.begin(mailbox.settings.after_crash);
    let head = Head {
        message_id,
        at: plan.outgoing.dated_at.unwrap_or(now),
        resent: plan.outgoing.resent_by(beginning),
        is_named: plan.message.visibility == Visibility::Public && !is_automatic,
    };
    let reply_to = reply_to(plan, mailbox, key);
    let (to, cc) = (parties(plan, Field::To), parties(plan, Field::Cc));
    let attached: Vec<File<'_>> = plan
        .files
        .iter()
        .zip(files)
        .map(|(file, bytes)| File {
            name: &file.name,
            content_type: &file.content_type,
            bytes,
            cid: file.cid.as_deref().filter(|_| file.inline),
        })
        .collect();
    let (text, html) = framed::framed(plan, html);
    let loop_mark = loop_mark(plan.tenant);
    let author = if is_automatic { Author::Program { loop_mark: &loop_mark } } else { Author::Agent };
    let draft = Draft {
        from: Party { name: Some(&mailbox.settings.name), address },
        reply_to: reply_to.as_ref(),
        to: &to,
        cc: &cc,
        subject: &subject(plan),
        message_id: &head.message_id,
        in_reply_to: plan.thread.last(),
        references: &plan.thread,
        date: head.at,
        zone: &plan.frame.zone,
        resent: head.resent,
        text: &text,
        html: html.as_deref(),
        files: &attached,
        author,
        charset: charset_of(plan),
    };
    let (bytes, lost) = (compose::compose(&draft), draft.lost());
    let waiting = plan.recipients.iter().filter(|recipient| recipient.waits());
    let recipients = waiting.map(|recipient| recipient.address.to_string()).collect();
    let from = (!is_automatic).then(|| {
        let own = || token::return_path(plan.outgoing.id, address.as_str(), key, plan.tenant);
        mailbox.settings.plus_addressing.then(own).flatten().unwrap_or_else(|| address.to_string())
    });
    Ok(Written { head, from, recipients, bytes, lost })
}

/// `Re:` for an answer, and the number by which a lost thread can be found again.
fn subject(plan: &Plan) -> String {
    let base = base_subject(&plan.ticket.subject);
    let re = match (plan.message.visibility, plan.thread.is_empty()) {
        (Visibility::Internal, _) => "Fw: ",
        (Visibility::Public, true) => "",
        (Visibility::Public, false) => "Re: ",
    };
    format!("{re}{base} [#{}]", plan.ticket.number)
}

/// One letter goes to everybody, so the reader who can read least decides.
fn charset_of(plan: &Plan) -> charset::Charset {
    let domains = &plan.frame.style.iso_2022_jp;
    let is_old = plan.recipients.iter().any(|recipient| charset::is_among(domains, &recipient.address));
    if is_old { charset::Charset::Iso2022Jp } else { charset::Charset::Utf8 }
}

/// Our address with the ticket's token, where such addresses arrive. A forward has none: the token speaks for the
/// customer, and whoever answers a forward is somebody else. Their answer finds the ticket by our Message-ID.
fn reply_to(plan: &Plan, mailbox: &Mailbox, key: &MailKey) -> Option<EmailAddress> {
    if !mailbox.settings.plus_addressing || plan.message.visibility == Visibility::Internal {
        return None;
    }
    let token = ReplyToken { ticket: plan.ticket.id, audience: Audience::Customer };
    token.address(mailbox.settings.address.as_str(), key, plan.tenant)?.parse().ok()
}

fn parties(plan: &Plan, field: Field) -> Vec<Party<'_>> {
    let here = plan.recipients.iter().filter(|recipient| recipient.field == field);
    here.map(|recipient| {
        let name = Some(recipient.name.as_str()).filter(|name| !name.is_empty());
        Party { name, address: &recipient.address }
    })
    .collect()
}
