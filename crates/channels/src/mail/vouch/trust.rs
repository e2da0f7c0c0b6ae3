//! What follows from a letter that does not come from whom it names. Pure: one table. Nothing is lost by it: what is set
//! aside waits, with its reason, for a person who may let it in.

use super::{Outcome, Policy, Standing, Verdict, Vouched, is_aligned};

/// How far a letter's `From` is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Like any other's.
    Whole,
    /// It is taken in, but proves nothing: whatever stands to a ticket, the writer does not.
    Doubted,
    /// It is set aside, unless it answers a letter of ours: then it is doubted.
    Forged,
}

/// Why a letter was set aside as forged.
pub const FORGED: &str = "forged";

/// Who decides about a letter that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// We do, and the mailbox wants forged letters set aside.
    Strict,
    /// We do, and the mailbox wants every letter as a ticket.
    Lenient,
    /// A person did, who wants a ticket of it.
    Person,
}

/// How far it is believed whom a letter names. A domain that asks for nothing gets nothing, and whoever could not be asked,
/// for DNS was silent, has asked for nothing. `Gateway` letters are known for writing in others' names. Whoever vouches for
/// one of several writers vouches for none of the others (RFC 7489, 6.6.1).
pub fn trust(verdict: Option<&Verdict>, writers: Writers, gateway: Gateway, judge: Judge) -> Trust {
    let asked = verdict.filter(|verdict| verdict.standing == Standing::Failed).and_then(|verdict| verdict.policy);
    match (gateway, asked, judge) {
        (Gateway::Declared, _, _) => Trust::Whole,
        (Gateway::None, None | Some(Policy::None), _) => match writers {
            Writers::One => Trust::Whole,
            Writers::Several => Trust::Doubted,
        },
        (Gateway::None, Some(Policy::Reject), Judge::Strict) => Trust::Forged,
        (Gateway::None, Some(Policy::Reject), Judge::Lenient | Judge::Person)
        | (Gateway::None, Some(Policy::Quarantine), _) => Trust::Doubted,
    }
}

/// How many a letter names in `From`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// One, or nobody.
    One,
    /// More than one.
    Several,
}

/// Whether a gateway wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// One that people declared.
    Declared,
    /// None that we know.
    None,
}

/// Whether the machine that sent a letter may speak for the domain of a gateway that the letter names beside its `From`,
/// such as a web form of our own that writes in its visitors' names. It may unless the domain says that it may not.
pub fn may_speak(verdict: Option<&Verdict>, gateway_domain: &str) -> bool {
    verdict.is_none_or(|verdict| match (verdict.spf.outcome, verdict.spf.domain.as_deref()) {
        (Outcome::Fail | Outcome::SoftFail, Some(domain)) => !is_aligned(gateway_domain, domain),
        _ => true,
    })
}

/// What was checked, in a line that needs no language: `bank.example p=reject: DMARC fail, SPF pass (x.example), DKIM none`.
pub fn checked(verdict: &Verdict) -> String {
    let Verdict { domain, dmarc, spf, dkim, policy, .. } = verdict;
    let word = |name: &str, vouched: &Vouched| {
        let about = vouched.domain.as_deref().filter(|about| Some(*about) != domain.as_deref());
        let about = about.map(|about| format!(" ({about})")).unwrap_or_default();
        format!("{name} {}{about}", madoguchi_kernel::Word::word(vouched.outcome))
    };
    let asks = policy.map(|policy| format!(" p={}", madoguchi_kernel::Word::word(policy))).unwrap_or_default();
    let domain = domain.as_deref().unwrap_or_default();
    format!("{domain}{asks}: {}, {}, {}", word("DMARC", dmarc), word("SPF", spf), word("DKIM", dkim))
}

/// What such a line says.
#[derive(Debug, PartialEq, Eq)]
pub struct Checked<'a> {
    /// The sender's domain.
    pub domain: &'a str,
    /// Of each way of checking its name, what it came to, and about which other domain it speaks.
    pub ways: Vec<(&'a str, Outcome, Option<&'a str>)>,
}

/// Reads what [`checked`] wrote.
pub fn read_checked(line: &str) -> Option<Checked<'_>> {
    let (head, ways) = line.split_once(": ")?;
    let way = |way| {
        let (name, rest): (&str, &str) = str::split_once(way, ' ')?;
        let (outcome, about) = rest.split_once(' ').map_or((rest, None), |(outcome, about)| (outcome, Some(about)));
        let about = about.map(|about| about.trim_matches(['(', ')']));
        Some((name, madoguchi_kernel::Word::from_word(outcome)?, about))
    };
    let ways = ways.split(", ").map(way).collect::<Option<Vec<_>>>()?;
    Some(Checked { domain: head.split(' ').next()?, ways })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::vouch::{Source, results};

    fn verdict(written: &str) -> Verdict {
        Verdict::of(Source::Told, &results::read(written).expect("results"), Some("bank.example"))
    }

    #[test]
    fn what_follows_from_a_failure() {
        use {Gateway as G, Judge as J, Trust as T};
        let fail = |asks: &str| format!("mx; dmarc=fail ({asks}) header.from=bank.example");
        for (written, gateway, judge, expected) in [
            (fail("p=reject"), G::None, J::Strict, T::Forged),
            (fail("p=reject"), G::None, J::Lenient, T::Doubted),
            (fail("p=reject"), G::None, J::Person, T::Doubted),
            (fail("p=reject"), G::Declared, J::Strict, T::Whole),
            (fail("p=quarantine"), G::None, J::Strict, T::Doubted),
            (fail("p=quarantine"), G::None, J::Lenient, T::Doubted),
            (fail("p=quarantine"), G::None, J::Person, T::Doubted),
            (fail("p=quarantine"), G::Declared, J::Strict, T::Whole),
            (fail("p=none"), G::None, J::Strict, T::Whole),
            // What a domain asks for is not known: it has asked for nothing.
            (fail(""), G::None, J::Strict, T::Whole),
            ("mx; dmarc=temperror (p=reject) header.from=bank.example".to_owned(), G::None, J::Strict, T::Whole),
            ("mx; dmarc=permerror (p=reject) header.from=bank.example".to_owned(), G::None, J::Strict, T::Whole),
            ("mx; dmarc=pass (p=reject) header.from=bank.example".to_owned(), G::None, J::Strict, T::Whole),
            ("mx; spf=fail smtp.mailfrom=bank.example".to_owned(), G::None, J::Strict, T::Whole),
            ("mx; none".to_owned(), G::None, J::Strict, T::Whole),
        ] {
            let at = format!("{written} {gateway:?} {judge:?}");
            let found = verdict(&written);
            assert_eq!(trust(Some(&found), Writers::One, gateway, judge), expected, "{at}");
            // Of several writers none is believed more than one of them alone would be, and never wholly.
            let of_several = if gateway == G::None && expected == T::Whole { T::Doubted } else { expected };
            assert_eq!(trust(Some(&found), Writers::Several, gateway, judge), of_several, "{at}");
        }
        assert_eq!(trust(None, Writers::One, G::None, J::Strict), T::Whole);
        assert_eq!(trust(None, Writers::Several, G::None, J::Strict), T::Doubted);
    }

    #[test]
    fn a_gateway_that_its_domain_disowns_may_not_speak() {
        for (written, expected) in [
            ("mx; spf=pass smtp.mailfrom=form@ours.example", true),
            ("mx; spf=none smtp.mailfrom=form@ours.example", true),
            ("mx; spf=fail smtp.mailfrom=form@ours.example", false),
            ("mx; spf=softfail smtp.mailfrom=form@ours.example", false),
            ("mx; spf=fail smtp.mailfrom=form@other.example", true),
            ("mx; dmarc=fail header.from=bank.example", true),
        ] {
            assert_eq!(may_speak(Some(&verdict(written)), "ours.example"), expected, "{written}");
        }
        assert!(may_speak(None, "ours.example"));
    }

    #[test]
    fn what_was_checked_is_told_in_a_line() {
        let verdict = verdict(
            "mx; dmarc=fail (p=reject) header.from=bank.example; spf=pass smtp.mailfrom=x@evil.example; dkim=none",
        );
        let line = checked(&verdict);
        assert_eq!(line, "bank.example p=reject: DMARC fail, SPF pass (evil.example), DKIM none");
        let ways = vec![
            ("DMARC", Outcome::Fail, None),
            ("SPF", Outcome::Pass, Some("evil.example")),
            ("DKIM", Outcome::None, None),
        ];
        assert_eq!(read_checked(&line), Some(Checked { domain: "bank.example", ways }));
        for other in ["", "x", "x: y", "x: DMARC z"] {
            assert_eq!(read_checked(other), None, "{other}");
        }
    }
}
