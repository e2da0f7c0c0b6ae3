//! To which ticket a letter may belong, best evidence first. Pure: who may write to it is decided where
//! tickets are.

use madoguchi_kernel::TenantId;

use super::letter::{Letter, MessageId};
use super::token::{Found, MailKey, ReplyToken};

/// Candidates given at most.
pub const CANDIDATES_MAX: usize = 50;

/// A piece of evidence, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    /// Our own signed mark in the address that was written to.
    Token(ReplyToken),
    /// The id of a letter that this one answers or follows; worth something only if it is stored for the
    /// mailbox.
    MessageId(MessageId),
    /// `[#1001]` in the subject: anybody can write that.
    SubjectNumber(u64),
}

/// The evidence in a letter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Where it may belong, best first.
    pub candidates: Vec<Candidate>,
    /// It carries something that imitates our token, or another tenant's: worth a security event.
    pub forged: bool,
}

impl Evidence {
    /// The mark that we put into a notice to an agent.
    pub fn of_notice(&self) -> Option<ReplyToken> {
        self.candidates.iter().find_map(|candidate| match candidate {
            Candidate::Token(token) => token.audience.agent().map(|_| *token),
            Candidate::MessageId(_) | Candidate::SubjectNumber(_) => None,
        })
    }
}

/// Collects the evidence.
pub fn candidates(letter: &Letter, keys: &[MailKey], tenant: TenantId) -> Evidence {
    let mut evidence = Evidence::default();
    let written_to = letter.to.iter().chain(&letter.cc).map(|mailbox| mailbox.address.as_str());
    let addresses = written_to.chain(letter.delivered_to.iter().map(String::as_str));
    match ReplyToken::find(addresses, keys, tenant) {
        Found::Token(token) => evidence.candidates.push(Candidate::Token(token)),
        Found::Forged => evidence.forged = true,
        Found::Nothing => {}
    }
    for id in letter.in_reply_to.iter().chain(letter.references.iter().rev()) {
        let candidate = Candidate::MessageId(id.clone());
        if evidence.candidates.len() < CANDIDATES_MAX && !evidence.candidates.contains(&candidate) {
            evidence.candidates.push(candidate);
        }
    }
    evidence.candidates.extend(subject_number(&letter.subject).map(Candidate::SubjectNumber));
    evidence
}

/// The number in `[#1001]`, full-width brackets and digits included.
pub fn subject_number(subject: &str) -> Option<u64> {
    let plain: String = subject.chars().map(narrow).collect();
    plain.match_indices("[#").find_map(|(at, mark)| {
        let rest = &plain[at + mark.len()..];
        let digits = &rest[..rest.find(']')?];
        (!digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse().ok())?
    })
}

/// The subject without `Re:`, `Fwd:`, `返信:`, `転送:` and our `[#1001]`, however many of them.
pub fn base_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    loop {
        let next = without_mark(without_prefix(rest)).trim_start();
        if next == rest {
            return rest;
        }
        rest = next;
    }
}

fn without_prefix(subject: &str) -> &str {
    const PREFIXES: &[&str] =
        &["re", "fw", "fwd", "aw", "wg", "sv", "vs", "返信", "転送", "回复", "答复", "转发", "회신", "전달"];
    let Some((at, colon)) = subject.char_indices().find(|(_, c)| matches!(c, ':' | '：')) else { return subject };
    // `Re[2]:` and `Re^2:` count how often.
    let word = subject[..at].trim_end();
    let word = word.split(['[', '^', '(']).next().unwrap_or(word).trim_end().to_lowercase();
    let word: String = word.chars().map(narrow).collect();
    if PREFIXES.contains(&word.as_str()) { &subject[at + colon.len_utf8()..] } else { subject }
}

fn without_mark(subject: &str) -> &str {
    match subject.strip_prefix("[#").and_then(|rest| rest.split_once(']')) {
        Some((digits, rest)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => subject,
    }
}

/// Full-width letters, digits and signs as their ASCII fellows.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter::read;
    use super::super::token::Audience;
    use super::*;

    const T: TenantId = TenantId::new(1);

    fn evidence(head: &str) -> Evidence {
        candidates(&read(format!("{head}\r\n\r\nx").as_bytes()), &[MailKey::new(1, [9; 32])], T)
    }

    #[test]
    fn the_strongest_evidence_comes_first() {
        let token = ReplyToken { ticket: madoguchi_tickets::TicketId::new(42), audience: Audience::Customer };
        let address = token.address("support@x.jp", &MailKey::new(1, [9; 32]), T).unwrap();
        let head =
            format!("To: {address}\r\nSubject: Re: [#1001] a\r\nIn-Reply-To: <c@x>\r\nReferences: <a@x> <b@x> <c@x>");
        let id = |id: &str| Candidate::MessageId(MessageId::new(id).unwrap());
        let want = [Candidate::Token(token), id("c@x"), id("b@x"), id("a@x"), Candidate::SubjectNumber(1001)];
        assert_eq!(evidence(&head), Evidence { candidates: want.into(), forged: false });
        let delivered = evidence(&format!("To: list@x.jp\r\nDelivered-To: {address}"));
        assert_eq!(delivered.candidates, [Candidate::Token(token)]);
    }

    #[test]
    fn a_forged_token_is_no_evidence_but_a_reason_to_look() {
        assert_eq!(evidence("To: support+t.1a.zzzz@x.jp"), Evidence { candidates: Vec::new(), forged: true });
    }

    #[test]
    fn subjects_lose_what_mailers_add() {
        for subject in
            ["Re: 修理", "RE: Fwd: 修理", "返信：修理", "Re[2]: [#12] 転送: 修理", "ＲＥ： 修理", "[#7] 修理"]
        {
            assert_eq!(base_subject(subject), "修理", "{subject}");
        }
        assert_eq!(base_subject("緊急: 修理"), "緊急: 修理");
        assert_eq!(base_subject("Re:"), "");
        assert_eq!(subject_number("Re: ［＃１００１］ x"), Some(1001));
        assert_eq!(subject_number("[#] [#a] [#99999999999999999999]"), None);
    }
}
