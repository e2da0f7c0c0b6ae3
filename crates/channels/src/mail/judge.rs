//! Who wrote a letter, a person or a machine, and whether we may answer it by machine. Pure: an ordered
//! list of small judges; the first that has an opinion decides.

use super::letter::{Auto, Letter, Mailbox, MessageId, Report, Undelivered, headers};
use super::token::OutgoingId;

/// Letters of one sender within ten minutes above which we suspect two machines talking.
pub const BURST_MAX: u32 = 20;
/// Automatic answers of one kind to one sender within a day.
pub const AUTOREPLIES_OF_KIND_MAX: u32 = 1;
/// Automatic answers of all kinds to one sender within a day.
pub const AUTOREPLIES_MAX: u32 = 5;

/// What the judges must know besides the letter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Every address at which we receive, without reply tokens.
    pub own_addresses: &'a [String],
    /// What our own automatic letters carry in `X-Loop`.
    pub loop_mark: &'a str,
    /// How the mailbox knows the sender.
    pub sender: Sender,
    /// Automatic answers of the kind in question that this sender got in the last 24 hours.
    pub autoreplies_of_kind: u32,
    /// Automatic answers of any kind that this sender got in the last 24 hours.
    pub autoreplies: u32,
    /// Which letter of ours bore the return path to which this one came, if we gave it one of its own (VERP).
    pub returned: Option<OutgoingId>,
    /// Letters of this sender in the last ten minutes, this one included.
    pub letters_in_ten_minutes: u32,
}

/// How a mailbox knows a sender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sender {
    /// Like anybody.
    #[default]
    Anybody,
    /// A web form, fax or voicemail gateway that writes in others' names, often and from our own address.
    Gateway,
}

/// What a letter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Somebody has something to say: a ticket.
    Word,
    /// A machine's answer, such as out of office: kept on its ticket, wakes nothing, opens nothing.
    AutoReply,
    /// A letter of ours did not arrive, or not yet: shown under bounces.
    Bounce {
        /// Which letter of ours.
        of: Option<MessageId>,
        /// The same, by the return path that it came back on.
        outgoing: Option<OutgoingId>,
        /// Who did not get it.
        recipients: Vec<Undelivered>,
    },
    /// A letter of ours was opened, deleted, ….
    Disposition {
        /// Which letter of ours.
        of: Option<MessageId>,
    },
    /// Somebody complains about a letter of ours: shown with the bounces.
    Complaint {
        /// Which letter of ours.
        of: Option<MessageId>,
        /// As what, and who.
        detail: String,
    },
    /// Two machines talking, or we with ourselves: quarantine.
    Loop,
}

/// The judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What the letter is.
    pub kind: Kind,
    /// Whether an automatic answer may be sent to it.
    pub may_autoreply: bool,
    /// The stable word for why: of the kind when it is not [`Kind::Word`], else of the refusal to answer.
    pub reason: &'static str,
}

/// A small judge: the reason, when it has an opinion.
type Judge = fn(&Letter, &Context<'_>) -> Option<&'static str>;

/// Why a letter is a loop. Asked first: a loop must stop, whatever else the letter is.
const LOOPS: &[Judge] = &[own_mark, own_address, burst];
/// Why a person's or machine's word gets no automatic answer.
const SILENCES: &[Judge] = &[no_sender, automatic, bulk, suppressed, unanswerable, not_to_us, answered_enough];

/// Judges a letter.
pub fn judge(letter: &Letter, context: &Context<'_>) -> Verdict {
    let first = |judges: &[Judge]| judges.iter().find_map(|judge| judge(letter, context));
    let silent = |kind, reason| Verdict { kind, may_autoreply: false, reason };
    // Forms are sent by machines, and say so in every way; what they carry is a person's word all the same.
    let is_form = context.sender == Sender::Gateway && letter.report.is_none() && context.returned.is_none();
    match letter.auto {
        Auto::Bounce if !is_form => {
            let bounce =
                Kind::Bounce { of: original(letter), outgoing: context.returned, recipients: recipients(letter) };
            return silent(bounce, "bounce");
        }
        Auto::Complaint => {
            return silent(Kind::Complaint { of: original(letter), detail: complaint(letter) }, "complaint");
        }
        Auto::Disposition => return silent(Kind::Disposition { of: original(letter) }, "disposition"),
        Auto::Bounce | Auto::None | Auto::Generated | Auto::Notified | Auto::Replied | Auto::List => {}
    }
    if let Some(reason) = first(LOOPS) {
        return silent(Kind::Loop, reason);
    }
    if letter.auto == Auto::Replied && !is_form {
        return silent(Kind::AutoReply, "auto-replied");
    }
    match first(SILENCES) {
        Some(reason) => silent(Kind::Word, reason),
        None => Verdict { kind: Kind::Word, may_autoreply: true, reason: "word" },
    }
}

/// What we write into `X-Loop`, or a server of ours that writes its domain there, as many do.
fn own_mark(letter: &Letter, context: &Context<'_>) -> Option<&'static str> {
    let domains = || context.own_addresses.iter().filter_map(|own| own.rsplit_once('@')).map(|(_, domain)| domain);
    let marks = || domains().chain([context.loop_mark]).filter(|mark| !mark.is_empty());
    let ours = |mark: &str| marks().any(|own| mark.trim().eq_ignore_ascii_case(own));
    letter.headers.all("x-loop").any(ours).then_some("own-mark")
}

fn own_address(letter: &Letter, context: &Context<'_>) -> Option<&'static str> {
    let ours = letter.from.as_ref().is_some_and(|from| is_own(from, context));
    (ours && context.sender == Sender::Anybody).then_some("own-address")
}

fn burst(_: &Letter, context: &Context<'_>) -> Option<&'static str> {
    (context.letters_in_ten_minutes > BURST_MAX && context.sender == Sender::Anybody).then_some("burst")
}

fn no_sender(letter: &Letter, _: &Context<'_>) -> Option<&'static str> {
    letter.from.is_none().then_some("no-sender")
}

fn automatic(letter: &Letter, _: &Context<'_>) -> Option<&'static str> {
    match letter.auto {
        Auto::Generated => Some("auto-generated"),
        Auto::Notified => Some("auto-notified"),
        Auto::None | Auto::Replied | Auto::Bounce | Auto::Disposition | Auto::Complaint | Auto::List => None,
    }
}

fn bulk(letter: &Letter, _: &Context<'_>) -> Option<&'static str> {
    (letter.auto == Auto::List).then_some("list")
}

/// Exchange's wish (MS-OXCMAIL); of its values these three mean answers by machine.
fn suppressed(letter: &Letter, _: &Context<'_>) -> Option<&'static str> {
    let wishes = |value: &str| {
        value.split(',').any(|word| matches!(word.trim().to_ascii_lowercase().as_str(), "all" | "autoreply" | "oof"))
    };
    letter.headers.all("x-auto-response-suppress").any(wishes).then_some("suppressed")
}

/// Addresses that nobody reads (RFC 3834 section 2).
fn unanswerable(letter: &Letter, _: &Context<'_>) -> Option<&'static str> {
    let local = letter.from.as_ref()?.address.split('@').next()?.to_ascii_lowercase();
    let plain: String = local.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let nobody =
        matches!(plain.as_str(), "postmaster" | "noreply" | "donotreply" | "mailerdaemon" | "bounce" | "bounces")
            || plain.starts_with("noreply")
            || local.starts_with("owner-")
            || local.ends_with("-request");
    nobody.then_some("no-reply-address")
}

fn not_to_us(letter: &Letter, context: &Context<'_>) -> Option<&'static str> {
    let addressed = letter.to.iter().chain(&letter.cc).any(|mailbox| is_own(mailbox, context));
    (!addressed).then_some("not-addressed-to-us")
}

fn answered_enough(_: &Letter, context: &Context<'_>) -> Option<&'static str> {
    (context.autoreplies_of_kind >= AUTOREPLIES_OF_KIND_MAX || context.autoreplies >= AUTOREPLIES_MAX)
        .then_some("answered-enough")
}

/// Whether a mailbox is one of ours, with or without a reply token behind a plus sign.
fn is_own(mailbox: &Mailbox, context: &Context<'_>) -> bool {
    let bare = super::token::without_token(&mailbox.address);
    context
        .own_addresses
        .iter()
        .any(|own| own.eq_ignore_ascii_case(&mailbox.address) || own.eq_ignore_ascii_case(&bare))
}

/// The letter that a report is about. Old servers quote its head in the text instead of attaching it.
fn original(letter: &Letter) -> Option<MessageId> {
    let reported = match &letter.report {
        Some(
            Report::Delivery { original, .. }
            | Report::Disposition { original, .. }
            | Report::Complaint { original, .. },
        ) => original.clone(),
        None => None,
    };
    let quoted = || {
        let line = letter
            .text
            .lines()
            .find(|line| line.trim_start().get(..11).is_some_and(|label| label.eq_ignore_ascii_case("message-id:")))?;
        headers::message_ids(line.split_once(':')?.1).into_iter().next()
    };
    reported
        .or_else(|| letter.in_reply_to.first().cloned())
        .or_else(quoted)
        .or_else(|| letter.references.last().cloned())
}

/// Who did not get it; Exim tells in a header of its own.
fn recipients(letter: &Letter) -> Vec<Undelivered> {
    match &letter.report {
        Some(Report::Delivery { recipients, .. }) if !recipients.is_empty() => recipients.clone(),
        _ => letter
            .headers
            .mailboxes("x-failed-recipients")
            .into_iter()
            .map(|mailbox| Undelivered {
                address: mailbox.address,
                action: "failed".to_owned(),
                status: String::new(),
                diagnostic: None,
            })
            .collect(),
    }
}

/// What a complaint says, in a line.
fn complaint(letter: &Letter) -> String {
    match &letter.report {
        Some(Report::Complaint { kind, recipients, .. }) => {
            format!("{kind} {}", recipients.join(", ")).trim().to_owned()
        }
        Some(Report::Delivery { .. } | Report::Disposition { .. }) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::super::letter::read;
    use super::*;

    #[test]
    fn the_rules_of_the_vectors_hold() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/mail.json");
        let index: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let rules = index["auto_reply_rules"].as_array().unwrap();
        assert_eq!(rules.len(), 15);
        let own = ["support@help.example.com".to_owned()];
        for rule in rules {
            let mut raw = String::new();
            let given = rule["headers"].as_object().unwrap();
            for (name, value) in given {
                raw.push_str(&format!("{name}: {}\r\n", value.as_str().unwrap()));
            }
            for (name, value) in [("From", "a@example.jp"), ("To", "support@help.example.com")] {
                if !given.contains_key(name) {
                    raw.push_str(&format!("{name}: {value}\r\n"));
                }
            }
            let count = |key: &str| rule[key].as_u64().unwrap_or(0) as u32;
            let context = Context {
                own_addresses: &own,
                loop_mark: "madoguchi-7",
                autoreplies_of_kind: count("recent_autoreplies_to_sender_24h"),
                letters_in_ten_minutes: count("messages_from_sender_last_10min"),
                ..Context::default()
            };
            let verdict = judge(&read(format!("{raw}\r\nbody").as_bytes()), &context);
            let ticket = match verdict.kind {
                Kind::Word => Value::from(true),
                Kind::AutoReply => Value::from("append-only"),
                Kind::Bounce { .. } | Kind::Complaint { .. } => Value::from("bounces"),
                Kind::Disposition { .. } => Value::from("dispositions"),
                Kind::Loop => Value::from("quarantine"),
            };
            assert_eq!(ticket, rule["ticket"], "{rule}: {}", verdict.reason);
            assert_eq!(Value::from(verdict.may_autoreply), rule["autoreply"], "{rule}: {}", verdict.reason);
        }
    }

    #[test]
    fn our_own_mark_is_known_and_others_are_not() {
        let own = ["support@help.example.com".to_owned()];
        let context = Context { own_addresses: &own, loop_mark: "madoguchi-7", ..Context::default() };
        for (mark, kind) in [
            ("madoguchi-7", Kind::Loop),
            ("Help.Example.com", Kind::Loop),
            ("madoguchi-8", Kind::Word),
            ("list@help.example.com", Kind::Word),
            ("example.com", Kind::Word),
        ] {
            let raw = format!("From: a@example.jp\r\nTo: {}\r\nX-Loop: {mark}\r\n\r\nx", own[0]);
            assert_eq!(judge(&read(raw.as_bytes()), &context).kind, kind, "{mark}");
        }
    }

    #[test]
    fn who_is_away_is_told_from_programs_that_pass_on_what_people_write() {
        let exchange = "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nIn-Reply-To: <a@x>\r\n";
        for (more, subject, is_away) in [
            (exchange.to_owned(), "Out of Office AutoReply: fridge", true),
            // A rule of Exchange passes on what a customer wrote.
            (format!("{exchange}X-MS-Exchange-Inbox-Rules-Loop: a@example.jp\r\n"), "FW: 冷蔵庫", false),
            ("X-MS-Exchange-Inbox-Rules-Loop: a@example.jp\r\n".to_owned(), "冷蔵庫", false),
            (exchange.to_owned(), "自動応答: 冷蔵庫", true),
            ("In-Reply-To: <a@x>\r\n".to_owned(), "Automatic reply: fridge", true),
            ("In-Reply-To: <a@x>\r\n".to_owned(), "【自動返信】受け付けました", true),
            // Another desk's program passes on what its agent wrote.
            (exchange.to_owned(), "Re: 冷蔵庫", false),
            // Somebody answers such an answer, or writes about one.
            ("In-Reply-To: <a@x>\r\n".to_owned(), "Re: 自動応答: 冷蔵庫", false),
            ("In-Reply-To: <a@x>\r\n".to_owned(), "自動応答の設定について", false),
            (String::new(), "自動応答: 設定の方法", false),
        ] {
            let raw = format!("From: a@example.jp\r\nTo: s@x.jp\r\nSubject: {subject}\r\n{more}\r\nx");
            let kind = judge(&read(raw.as_bytes()), &Context::default()).kind;
            assert_eq!(kind == Kind::AutoReply, is_away, "{subject}: {kind:?}");
        }
    }

    #[test]
    fn a_gateway_may_write_from_our_own_address_and_often() {
        let own = ["form@help.example.com".to_owned()];
        let letter = read(b"From: form@help.example.com\r\nTo: form@help.example.com\r\n\r\nx");
        let context = Context { own_addresses: &own, letters_in_ten_minutes: 90, ..Context::default() };
        assert_eq!(judge(&letter, &context).kind, Kind::Loop);
        let context = Context { sender: Sender::Gateway, ..context };
        assert_eq!(judge(&letter, &context).kind, Kind::Word);
    }

    #[test]
    fn a_bounce_names_our_letter_even_without_a_report() {
        let raw = b"Return-Path: <>\r\nFrom: postmaster@x\r\nX-Failed-Recipients: a@x, b@x\r\n\r\nHi.\nMessage-ID: <out.1.k@d>\n";
        let Kind::Bounce { of, recipients, .. } = judge(&read(raw), &Context::default()).kind else {
            panic!("no bounce")
        };
        assert_eq!(of.unwrap().as_str(), "out.1.k@d");
        assert_eq!(recipients.iter().map(|r| r.address.as_str()).collect::<Vec<_>>(), ["a@x", "b@x"]);
    }
}
