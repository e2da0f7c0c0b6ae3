//! A letter understood: what taking it in needs to know of it. Pure, so that it can be done away from the database
//! and off the runtime's threads.

use std::time::Duration;

use madoguchi_kernel::{EmailAddress, Timestamp};
use madoguchi_people::crm::contact::Introduction;
use madoguchi_tickets::{
    markup::is_bounded,
    message::{ATTACHMENTS_MAX, Flaw, LETTER_BYTES_MAX, SNIPPET_CHARACTERS, Words},
    quote,
    ticket::SUBJECT_CHARACTERS_MAX,
};
use sha2::{Digest, Sha256};

use super::{
    letter::{self, Letter, MULTIPLE_FROM, Mailbox, MessageId},
    letters::KeptLetter,
    ppap,
    store::letters::Looks,
    thread::{self, Evidence},
    token::MailKey,
    vouch::trust::Writers,
};

/// Characters kept of a sender's name.
const NAME_CHARACTERS_MAX: usize = 200;
/// Characters of those in copy that an answer repeats.
const READERS_CHARACTERS_MAX: usize = 1_000;
/// People in copy whose acquaintance one letter can make.
pub const COPIED_MAX: usize = 30;
/// A letter's own date counts when it came within this long of it; other clocks are wrong.
const ON_ITS_WAY_MAX: Duration = Duration::from_secs(7 * 86_400);

/// A letter understood.
#[derive(Clone)]
pub struct Understood {
    /// What it says.
    pub letter: Letter,
    /// Where it may belong.
    pub evidence: Evidence,
    /// What its row remembers of it.
    pub looks: Looks,
    /// What it says, as a message.
    pub words: Words,
    /// What was wrong with it.
    pub flaws: Vec<Flaw>,
    /// Who wrote it, where that is an address.
    pub sender: Option<Person>,
    /// Where they want the answer, when they say so.
    pub reply_to: Option<Person>,
    /// Everybody else whom it names as a reader, ourselves included.
    pub copied: Vec<Person>,
    /// When it was said.
    pub said_at: Timestamp,
    /// The gateway that wrote it in its sender's name.
    pub gateway: Option<EmailAddress>,
    /// Who asks, where a gateway wrote for somebody who gave no address.
    pub introduced: Option<Introduction>,
    /// The names of its files that open only with a password.
    pub locked: Vec<String>,
    /// It brings the password of a file that came before.
    pub brings_password: bool,
}

impl Understood {
    /// How many people it names as its writers.
    pub(super) fn writers(&self) -> Writers {
        let has_several = self.flaws.iter().any(|flaw| flaw.flag == MULTIPLE_FROM);
        if has_several { Writers::Several } else { Writers::One }
    }
    /// Text as a message.
    pub(super) fn words_of(text: &str) -> Words {
        let beginning = Some(quote::snippet(text, SNIPPET_CHARACTERS));
        Words { text: text.to_owned(), html: None, beginning }
    }
}

/// Somebody as a letter names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their address.
    pub address: EmailAddress,
    /// Their name, if it was given.
    pub name: Option<String>,
}

impl Person {
    fn of(mailbox: &Mailbox) -> Option<Self> {
        let name = mailbox.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let name = name.map(|name| name.chars().take(NAME_CHARACTERS_MAX).collect());
        Some(Self { address: mailbox.address.parse().ok()?, name })
    }
}

/// Understands a letter that was read.
pub fn understand(mut letter: Letter, kept: &KeptLetter, keys: &[MailKey]) -> Understood {
    let evidence = thread::candidates(&letter, keys, kept.tenant);
    let content = content(&letter, kept);
    let mut flaws: Vec<Flaw> = letter.flaws.iter().map(|flaw| flawed(flaw.flag, flaw.detail.clone())).collect();
    if evidence.forged {
        flaws.push(flawed("forged-token", "the address carries a mark that is not ours"));
    }
    if letter.attachments.len() > ATTACHMENTS_MAX {
        flaws.push(flawed("too-many-files", format!("only the first {ATTACHMENTS_MAX} files are shown")));
        letter.attachments.truncate(ATTACHMENTS_MAX);
    }
    for file in letter.attachments.iter().filter(|file| file.dangerous) {
        flaws.push(flawed("dangerous-file", file.name.clone()));
    }
    let words = words(&mut letter, &mut flaws);
    let sender = letter.from.as_ref().and_then(Person::of);
    let reply_to = letter.reply_to.iter().find_map(Person::of);
    let mut copied: Vec<Person> = letter.to.iter().chain(&letter.cc).filter_map(Person::of).collect();
    if copied.len() > COPIED_MAX {
        flaws.push(flawed(
            "too-many-readers",
            format!("only the first {COPIED_MAX} of {} are taken over", copied.len()),
        ));
        copied.truncate(COPIED_MAX);
    }
    if letter.subject.chars().count() > SUBJECT_CHARACTERS_MAX {
        flaws.push(flawed("subject-cut", format!("more than {SUBJECT_CHARACTERS_MAX} characters")));
    }
    let said_at = said_at(letter.date, kept.delivered_at);
    let locked = letter.attachments.iter().filter(|file| file.locked).map(|file| file.name.clone()).collect();
    let brings_password = ppap::brings_password(&letter);
    let looks = looks(&letter, kept, content, sender.as_ref(), reply_to.as_ref());
    let (gateway, introduced) = (None, None);
    Understood {
        evidence,
        looks,
        words,
        flaws,
        sender,
        reply_to,
        copied,
        said_at,
        gateway,
        introduced,
        locked,
        brings_password,
        letter,
    }
}

/// A flaw as a message keeps it.
pub(super) fn flawed(flag: &'static str, detail: impl Into<String>) -> Flaw {
    let flaw = letter::Flaw::new(flag, detail);
    Flaw { flag: flaw.flag.to_owned(), detail: flaw.detail, about: None }
}

/// Text and HTML within what a message holds; the rest stays in the bytes.
fn words(letter: &mut Letter, flaws: &mut Vec<Flaw>) -> Words {
    let mut text = std::mem::take(&mut letter.text);
    if text.len() > LETTER_BYTES_MAX {
        text.truncate(text.floor_char_boundary(LETTER_BYTES_MAX));
        flaws.push(flawed("text-cut", format!("more than {LETTER_BYTES_MAX} bytes of text")));
    }
    let mut html = letter.html.take().map(|html| html.as_written().to_owned());
    if html.as_ref().is_some_and(|html| html.len() > LETTER_BYTES_MAX || !is_bounded(html)) {
        html = None;
        flaws
            .push(flawed("html-left-out", format!("more than {LETTER_BYTES_MAX} bytes of HTML, or nested too deeply")));
    }
    letter.text.clone_from(&text);
    let beginning = Some(quote::snippet(&text, SNIPPET_CHARACTERS));
    Words { text, html, beginning }
}

/// When the sender says it was, unless their clock or ours is off.
fn said_at(date: Option<Timestamp>, delivered_at: Timestamp) -> Timestamp {
    date.filter(|date| *date <= delivered_at && delivered_at.since(*date) <= ON_ITS_WAY_MAX).unwrap_or(delivered_at)
}

fn looks(
    letter: &Letter,
    kept: &KeptLetter,
    content: [u8; 32],
    sender: Option<&Person>,
    reply_to: Option<&Person>,
) -> Looks {
    let own_id = letter.message_id.as_ref().map(|id| id.as_str().to_owned());
    // A letter without an id that at least says when it was written is known by what it says; one without either could
    // be the same words on another day, and only its bytes tell it apart.
    let stands_for_id = || match letter.date {
        Some(_) => format!("content:{}", hex(&content)),
        None => format!("sha256:{}", hex(&kept.sha256)),
    };
    let shown = |text: &str| text.chars().take(NAME_CHARACTERS_MAX).collect::<String>();
    let written = letter.from.as_ref();
    Looks {
        mail_id: own_id.unwrap_or_else(stands_for_id),
        content,
        from_name: written.and_then(|from| from.name.as_deref()).map(shown),
        from_address: sender
            .map(|sender| sender.address.to_string())
            .or_else(|| written.map(|from| shown(&from.address))),
        reply_address: reply_to.or(sender).map(|person| person.address.to_string()),
        sent_to: listed(&letter.to),
        cc: listed(&letter.cc),
        subject: letter.subject.chars().take(madoguchi_tickets::ticket::SUBJECT_CHARACTERS_MAX).collect(),
    }
}

/// Readers as Outlook names them, at most so many characters; whoever is cut off is told by the sign of it.
fn listed(readers: &[Mailbox]) -> Option<String> {
    let named = |mailbox: &Mailbox| match mailbox.name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} <{}>", mailbox.address),
        None => mailbox.address.clone(),
    };
    let all = readers.iter().map(named).collect::<Vec<_>>().join("; ");
    let mut cut: String = all.chars().take(READERS_CHARACTERS_MAX).collect();
    if cut.len() < all.len() {
        cut.push('…');
    }
    (!cut.is_empty()).then_some(cut)
}

/// The hash of what its writer wrote: who, to whom, in answer to what, when, about what, the words and the files. The
/// servers that it passed leave their marks in its head (`Received`, `Delivered-To`, `Authentication-Results`, …) and may
/// carry its body in another encoding, so copies of one letter differ in their bytes and agree in this.
fn content(letter: &Letter, kept: &KeptLetter) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for mailboxes in [letter.from.as_slice(), &letter.reply_to, &letter.to, &letter.cc] {
        add(mailboxes.iter().map(|mailbox| mailbox.address.to_lowercase()).collect::<Vec<_>>().join(",").as_bytes());
    }
    for ids in [&letter.in_reply_to, &letter.references] {
        add(ids.iter().map(MessageId::as_str).collect::<Vec<_>>().join(" ").as_bytes());
    }
    add(letter.subject.as_bytes());
    add(&letter.date.map(Timestamp::micros).unwrap_or_default().to_be_bytes());
    add(letter.text.as_bytes());
    add(letter.html.as_ref().map(|html| html.as_written()).unwrap_or_default().as_bytes());
    for file in &letter.attachments {
        add(file.name.as_bytes());
        add(&file.sha256);
    }
    if kept.head_only {
        // Of its words nothing is known but how many there are.
        add(&kept.size_bytes.to_be_bytes());
    }
    hash.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use madoguchi_kernel::TenantId;

    use super::*;
    use crate::mail::{
        letters::{LetterId, LetterState},
        mailbox::MailboxId,
    };

    fn kept() -> KeptLetter {
        let blob = format!("7/{}", "a".repeat(64)).parse().expect("a name");
        KeptLetter {
            id: LetterId::new(1),
            tenant: TenantId::new(7),
            mailbox: MailboxId::new(2),
            size_bytes: 1,
            head_only: false,
            blob,
            sha256: vec![0xab; 32],
            state: LetterState::Kept,
            delivered_at: "2026-04-01T00:00:00Z".parse().expect("a time"),
        }
    }

    fn read(raw: &str) -> Understood {
        understand(letter::read(raw.as_bytes()), &kept(), &[MailKey::new(1, [1; 32])])
    }

    #[test]
    fn copies_of_a_letter_differ_in_bytes_and_agree_in_content() {
        let raw = "From: a@x.jp\r\nTo: b@y.jp\r\nDate: Tue, 31 Mar 2026 20:00:00 +0900\r\nSubject: s\r\n\r\nhi\r\n";
        let one = read(&format!("Delivered-To: support@y.jp\r\n{raw}"));
        let marks = "Return-Path: <a@x.jp>\r\nReceived: by y\r\nX-Original-To: b@y.jp\r\nDKIM-Signature: v=1\r\nAuthentication-Results: y; spf=pass\r\n";
        let other = read(&format!("{marks}{raw}"));
        assert_eq!((one.looks.content, &one.looks.mail_id), (other.looks.content, &other.looks.mail_id));
        for (written, otherwise) in
            [("hi", "ho"), ("b@y.jp", "c@y.jp"), ("20:00", "20:01"), ("Subject", "In-Reply-To: <1@x>\r\nSubject")]
        {
            assert_ne!(one.looks.content, read(&raw.replacen(written, otherwise, 1)).looks.content, "{otherwise}");
        }
    }

    #[test]
    fn a_letter_without_an_id_or_a_sender_is_still_known() {
        let understood = read("Subject: x\r\n\r\nhi");
        assert!(understood.looks.mail_id.starts_with("sha256:abab"));
        assert_eq!((understood.sender, understood.looks.from_address), (None, None));
    }

    #[test]
    fn a_list_shows_what_is_new_in_a_letter() {
        let words = read("From: a@x.jp\r\n\r\n> ご不便をおかけしております。\r\n> サポート\r\n\r\n直りました。\r\nありがとうございます。").words;
        assert_eq!(words.snippet(), "直りました。 ありがとうございます。");
        assert_eq!(read("From: a@x.jp\r\n\r\n> すべて引用です").words.snippet(), "> すべて引用です");
    }

    #[test]
    fn a_date_counts_when_it_can_be_true() {
        let dated = |date: &str| read(&format!("Date: {date}\r\n\r\nx")).said_at.to_string();
        assert_eq!(dated("Tue, 31 Mar 2026 20:00:00 +0900"), "2026-03-31T11:00:00Z");
        for wrong in ["Thu, 01 Jan 1970 00:00:00 +0000", "Thu, 01 Jan 2099 00:00:00 +0000", "?"] {
            assert_eq!(dated(wrong), "2026-04-01T00:00:00Z");
        }
    }

    #[test]
    fn answers_go_where_the_sender_wants_them() {
        let understood = read("From: a@x.jp\r\nReply-To: =?utf-8?q?b?= <B@x.jp>\r\nTo: c@y.jp, d@y.jp\r\n\r\nx");
        assert_eq!(understood.looks.reply_address.as_deref(), Some("b@x.jp"));
        assert_eq!(understood.copied.len(), 2);
    }
}
