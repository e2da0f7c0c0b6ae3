//! Why a letter is where it is, in whole sentences of the reader's language. What is kept of it is a stable word and a
//! line without language; what another server said is quoted, below what it means. Pure.

use madoguchi_kernel::{Language, Word};
use madoguchi_platform::words;

use super::{
    letters::LetterState,
    vouch::{
        Outcome,
        trust::{self, Checked},
    },
};

/// What servers' status codes mean (RFC 3463), by how they begin, and the key of a sentence; the first that fits.
const MEANINGS: [(&str, &str); 16] = [
    ("1.1", "no_mailbox"),
    ("1.10", "no_mailbox"),
    ("1.2", "no_domain"),
    ("4.4", "no_domain"),
    ("1.3", "bad_address"),
    ("1.6", "moved"),
    ("2.1", "mailbox_off"),
    ("2.2", "mailbox_full"),
    ("2.3", "too_large"),
    ("3.4", "too_large"),
    ("3.1", "mailbox_full"),
    ("4.1", "no_answer"),
    ("4.2", "no_answer"),
    ("4.7", "too_late"),
    ("6.", "unreadable"),
    ("7.", "refused"),
];
/// Kinds of complaints (RFC 5965 section 7.3) that have a word of ours.
const COMPLAINTS: [&str; 6] = ["abuse", "fraud", "virus", "not-spam", "opt-out", "other"];

/// The reason with what is known besides.
pub fn told(state: LetterState, reason: &str, detail: Option<&str>, language: Language) -> String {
    let key = match state {
        LetterState::Failed => format!("problems.{reason}"),
        _ => format!("mail.reason.{reason}"),
    };
    // A problem's sentence that speaks of values is none without them.
    let said = words::find(language, &key, &[])
        .filter(|said| !said.contains("{{"))
        .unwrap_or_else(|| words::say(language, "mail.reason_unknown", &[("reason", &reason)]));
    let detail = detail.map(str::trim).filter(|detail| !detail.is_empty());
    let more = detail.map(|detail| match (state, reason) {
        (LetterState::Failed, _) => noted(detail, language),
        (_, trust::FORGED) => checked(detail, language),
        (_, "bounce") => bounced(detail, language),
        (_, "complaint") => complained(detail, language),
        _ => noted(detail, language),
    });
    let gap = match language {
        Language::Ja => "",
        Language::En => " ",
    };
    more.into_iter().fold(said, |said, more| format!("{said}{gap}{more}"))
}

fn noted(detail: &str, language: Language) -> String {
    words::say(language, "mail.detail.noted", &[("detail", &detail)])
}

/// What SPF, DKIM and DMARC came to.
fn checked(detail: &str, language: Language) -> String {
    let Some(Checked { domain, ways }) = trust::read_checked(detail) else { return noted(detail, language) };
    let way = |(name, outcome, about): &(&str, Outcome, Option<&str>)| {
        let outcome = words::say(language, &format!("mail.detail.outcome.{}", outcome.word()), &[]);
        match about {
            Some(about) => {
                words::say(language, "mail.detail.way_about", &[("way", name), ("outcome", &outcome), ("about", about)])
            }
            None => words::say(language, "mail.detail.way", &[("way", name), ("outcome", &outcome)]),
        }
    };
    let ways = ways.iter().map(way).collect::<Vec<_>>().join(comma(language));
    words::say(language, "mail.detail.checked", &[("domain", &domain), ("ways", &ways)])
}

/// Who did not get it, what that means, and what their server said.
fn bounced(detail: &str, language: Language) -> String {
    let (who, said) = addressed(detail);
    let mut sentences = Vec::new();
    if !who.is_empty() {
        sentences.push(words::say(language, "mail.detail.missed", &[("who", &who.join(comma(language)))]));
    }
    if let Some(meaning) = meaning(said) {
        sentences.push(words::say(language, &format!("mail.meaning.{meaning}"), &[]));
    }
    if !said.is_empty() {
        sentences.push(words::say(language, "mail.detail.said", &[("said", &said)]));
    }
    sentences.join(match language {
        Language::Ja => "",
        Language::En => " ",
    })
}

fn complained(detail: &str, language: Language) -> String {
    let (kind, who) = detail.split_once(' ').unwrap_or((detail, ""));
    let known = COMPLAINTS.contains(&kind).then(|| words::say(language, &format!("mail.complaint.{kind}"), &[]));
    let kind = known.as_deref().unwrap_or(kind);
    match who.trim() {
        "" => words::say(language, "mail.detail.complaint", &[("kind", &kind)]),
        who => words::say(language, "mail.detail.complaint_of", &[("kind", &kind), ("who", &who)]),
    }
}

/// The addresses with which a line begins, and what follows them.
fn addressed(detail: &str) -> (Vec<&str>, &str) {
    let mut rest = detail;
    let mut who = Vec::new();
    while let Some(word) = rest.split_whitespace().next().filter(|word| word.contains('@') && !word.contains('<')) {
        rest = rest[word.len()..].trim_start();
        who.push(word.trim_end_matches(','));
        if !word.ends_with(',') {
            break;
        }
    }
    (who, rest)
}

/// What the first status code in a server's words means.
fn meaning(said: &str) -> Option<&'static str> {
    let is_code = |word: &&str| {
        let mut parts = word.split('.');
        let is_class = parts.next().is_some_and(|class| matches!(class, "4" | "5"));
        let rest: Vec<&str> = parts.collect();
        is_class && rest.len() == 2 && rest.iter().all(|part| (1..=3).contains(&part.len()) && is_digits(part))
    };
    let mut said = said.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_end_matches('.'));
    let code = &said.find(is_code)?[2..];
    let fits = |begins: &str| code == begins || (begins.ends_with('.') && code.starts_with(begins));
    MEANINGS.iter().find(|(begins, _)| fits(begins)).map(|(_, key)| *key)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn comma(language: Language) -> &'static str {
    match language {
        Language::Ja => "、",
        Language::En => ", ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARANTINE: LetterState = LetterState::Quarantine;

    #[test]
    fn what_was_checked_is_a_sentence() {
        let line = Some("bank.example p=reject: DMARC fail, SPF pass (evil.example), DKIM none");
        let ja = told(QUARANTINE, "forged", line, Language::Ja);
        assert!(
            ja.ends_with(
                "bank.example についての確認の結果は、DMARC が不合格、SPF が合格（別のドメイン evil.example について）、DKIM が対象なしです。"
            ),
            "{ja}"
        );
        let en = told(QUARANTINE, "forged", line, Language::En);
        assert!(
            en.ends_with(
                "bank.example was checked: DMARC failed, SPF passed (for evil.example), DKIM had nothing to check."
            ),
            "{en}"
        );
        // What cannot be read is shown as it is.
        assert!(told(QUARANTINE, "forged", Some("?"), Language::Ja).contains("「?」"));
    }

    #[test]
    fn what_a_server_said_stands_below_what_it_means() {
        let ja = told(
            LetterState::Bounce,
            "bounce",
            Some("a@x.jp, b@x.jp 550 5.1.1 <a@x.jp>... User unknown"),
            Language::Ja,
        );
        assert_eq!(
            ja,
            "こちらのメールが届きませんでした。届かなかった宛先は a@x.jp、b@x.jp です。宛先のアドレスが存在しません。相手のサーバーの返答は「550 5.1.1 <a@x.jp>... User unknown」です。"
        );
        let en = told(LetterState::Bounce, "bounce", Some("a@x.jp"), Language::En);
        assert_eq!(en, "A letter of ours did not arrive. It did not reach a@x.jp.");
        for (said, expected) in [
            ("552 5.2.2 full", Some("mailbox_full")),
            ("smtp; 554 5.7.26 no", Some("refused")),
            ("550 5.1.10 no", Some("no_mailbox")),
            ("host 192.0.2.1 said: 450 4.4.1 no", Some("no_answer")),
            ("550 5.9.9 no", None),
            ("no code", None),
            ("5.1.1.1 is an address", None),
        ] {
            assert_eq!(meaning(said), expected, "{said}");
        }
    }

    #[test]
    fn every_reason_is_a_whole_sentence_whatever_is_known_besides() {
        let reasons = [
            "again",
            "own-mark",
            "own-address",
            "burst",
            "agent-address",
            "forged",
            "auto-replied",
            "bounce",
            "complaint",
            "arrived",
            "disposition",
            "duplicate",
            "other-mailbox",
            "agent-may-not",
            "agent-ticket-closed",
            "agent-said-nothing",
            "agent-fields-missing",
            "agent-away",
            "agent-mail",
            "nobody knows this one",
        ];
        let details = [None, Some(""), Some("abuse taro@x.jp"), Some("a@x.jp 550 5.1.1 no"), Some("word")];
        let states = [LetterState::Quarantine, LetterState::Failed];
        for (reason, detail) in reasons.iter().flat_map(|reason| details.map(|detail| (reason, detail))) {
            for state in states {
                let (ja, en) = (told(state, reason, detail, Language::Ja), told(state, reason, detail, Language::En));
                assert!(ja.ends_with('。') && !ja.contains("{{"), "{reason} {detail:?}: {ja}");
                assert!(en.ends_with('.') && !en.contains("{{"), "{reason} {detail:?}: {en}");
            }
        }
    }

    #[test]
    fn a_complaint_says_of_what_kind_it_is() {
        let ja = told(LetterState::Bounce, "complaint", Some("abuse taro@x.jp"), Language::Ja);
        assert!(ja.ends_with("taro@x.jp からの「迷惑メール」という申し立てです。"), "{ja}");
        assert!(told(LetterState::Bounce, "complaint", Some("novel"), Language::Ja).contains("「novel」"));
    }
}
