//! What those who handed a letter on say that they had found (ARC, RFC 8617). Pure. Whether their seals are genuine says
//! `check`, or a server of ours; here stands what they sealed.

use super::{Outcome, is_aligned, results};

/// Hands that are looked at (RFC 8617 section 4.2.1).
const HANDS_MAX: usize = 50;

/// One hand through which the letter went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Hand {
    /// Which in the row; the first is 1.
    instance: usize,
    /// Who sealed it.
    sealer: Option<String>,
    /// The domain for whose letters DMARC had passed there.
    passed: Option<String>,
}

/// The hands through which a letter went, the first first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    hands: Vec<Hand>,
}

impl Sealed {
    /// As it stands at the head of a letter.
    pub fn read(head: &[u8]) -> Self {
        let mut hands: Vec<Hand> = Vec::new();
        for (name, value) in results::fields(head) {
            let is_seal = name.eq_ignore_ascii_case("arc-seal");
            if !is_seal && !name.eq_ignore_ascii_case("arc-authentication-results") {
                continue;
            }
            let Some(instance) = tag(&value, "i").and_then(|i| i.parse().ok()).filter(|i| *i <= HANDS_MAX) else {
                continue;
            };
            let at = hands.iter().position(|hand| hand.instance == instance).unwrap_or_else(|| {
                hands.push(Hand { instance, ..Hand::default() });
                hands.len() - 1
            });
            if is_seal {
                hands[at].sealer = tag(&value, "d").map(str::to_ascii_lowercase);
            } else {
                hands[at].passed = value.split_once(';').and_then(|(_, told)| passed(told));
            }
        }
        hands.sort_by_key(|hand| hand.instance);
        Self { hands }
    }

    /// Who had it last.
    pub fn last(&self) -> Option<&str> {
        self.hands.last()?.sealer.as_deref()
    }

    /// Whether the first hand had found that a letter of this domain is genuine, and every hand is one of those who are
    /// believed: each could have written what it likes into the row.
    pub fn vouches(&self, from: &str, believed: &[String]) -> bool {
        let is_believed = |hand: &Hand| {
            let sealer = hand.sealer.as_deref();
            sealer.is_some_and(|sealer| believed.iter().any(|known| is_aligned(sealer, known)))
        };
        let first = self.hands.first().filter(|hand| hand.instance == 1);
        let was_genuine = first.and_then(|hand| hand.passed.as_deref()).is_some_and(|passed| passed == from);
        was_genuine && self.hands.iter().all(is_believed)
    }
}

/// The domain for whose letters DMARC passed.
fn passed(told: &str) -> Option<String> {
    let results = results::read(told)?;
    let finding = results.findings.iter().find(|finding| finding.method == "dmarc")?;
    (finding.outcome == Outcome::Pass).then(|| finding.property("header.from").map(str::to_ascii_lowercase))?
}

/// The value of a tag (RFC 6376 section 3.2).
fn tag<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value
        .split(';')
        .filter_map(|part| part.split_once('='))
        .find(|(known, _)| known.trim() == name)
        .map(|(_, v)| v.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=list.example; s=s1; b=x\r\n\
        ARC-Authentication-Results: i=1; mx.list.example;\r\n\tdkim=pass header.d=bank.example; dmarc=pass (p=reject) header.from=bank.example\r\n";
    const SECOND: &str = "ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=relay.example; s=s1; b=x\r\n\
        ARC-Authentication-Results: i=2; mx.relay.example; arc=pass; dmarc=fail header.from=bank.example\r\n";

    fn vouches(head: &str, believed: &[&str]) -> bool {
        let believed: Vec<String> = believed.iter().map(ToString::to_string).collect();
        Sealed::read(format!("{head}From: a@bank.example\r\n\r\n").as_bytes()).vouches("bank.example", &believed)
    }

    #[test]
    fn every_hand_must_be_believed_and_the_first_must_have_found_it_genuine() {
        let both = format!("{SECOND}{FIRST}");
        assert!(vouches(FIRST, &["list.example"]));
        assert!(vouches(&both, &["list.example", "relay.example"]));
        assert!(!vouches(&both, &["list.example"]));
        assert!(!vouches(&both, &["relay.example"]));
        assert!(!vouches(FIRST, &[]));
        assert!(!vouches(SECOND, &["relay.example"]), "the first hand is missing");
        assert!(!vouches(&FIRST.replace("dmarc=pass", "dmarc=fail"), &["list.example"]));
        assert!(!vouches(&FIRST.replace("from=bank", "from=other"), &["list.example"]));
        assert!(!vouches("", &["list.example"]));
        assert_eq!(Sealed::read(both.as_bytes()).last(), Some("relay.example"));
    }
}
