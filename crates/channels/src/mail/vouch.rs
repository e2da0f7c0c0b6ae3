//! Who vouches for a letter: SPF, DKIM, DMARC and ARC.
//!
//! Whatever finds out writes `Authentication-Results` (RFC 8601): a server of our own in the letter's head, or `check`
//! where the letter came to us from anybody. So there is one reader of verdicts, and what was found is kept as it was
//! written. What others wrote there counts for nothing: anybody can write it.

pub mod check;
pub mod results;
pub mod sealed;
pub mod trust;

use madoguchi_kernel::Word;

use self::{
    results::{Finding, Results},
    sealed::Sealed,
};

/// What one way of checking came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it says.
    Pass,
    /// It is not.
    Fail,
    /// It probably is not.
    SoftFail,
    /// It says nothing either way.
    Neutral,
    /// There is nothing to be checked.
    None,
    /// It could not be checked for now.
    TempError,
    /// It cannot be checked as it is.
    PermError,
}

impl Word for Outcome {
    const ALL: &'static [Self] =
        &[Self::Pass, Self::Fail, Self::SoftFail, Self::Neutral, Self::None, Self::TempError, Self::PermError];
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::SoftFail => "softfail",
            Self::Neutral => "neutral",
            Self::None => "none",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
        }
    }
}

/// Who found it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// We did.
    Checked,
    /// A server of ours, which wrote it into the letter's head.
    Told,
}

impl Word for Source {
    const ALL: &'static [Self] = &[Self::Checked, Self::Told];
    fn word(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Told => "told",
        }
    }
}

/// What the sender's domain asks for letters that only claim to come from it (DMARC, RFC 7489 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing: it only wants to know of them.
    None,
    /// That they are looked at with suspicion.
    Quarantine,
    /// That they are refused.
    Reject,
}

impl Word for Policy {
    const ALL: &'static [Self] = &[Self::None, Self::Quarantine, Self::Reject];
    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
}

/// What it comes to, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The domain of the sender stands by the letter.
    Verified,
    /// Nobody says anything about it, or it could not be checked.
    Unverified,
    /// The domain of the sender says that its letters can be verified, and this one cannot.
    Failed,
}

impl Word for Standing {
    const ALL: &'static [Self] = &[Self::Verified, Self::Unverified, Self::Failed];
    fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::Failed => "failed",
        }
    }
}

/// One way of checking, and about which domain it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// What it came to.
    pub outcome: Outcome,
    /// About which domain.
    pub domain: Option<String>,
}

impl Vouched {
    const NOTHING: Self = Self { outcome: Outcome::None, domain: None };
}

/// What was found about a letter's sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who found it.
    pub source: Source,
    /// The domain of its `From`.
    pub domain: Option<String>,
    /// What it comes to.
    pub standing: Standing,
    /// The machine may send for the sender's domain.
    pub spf: Vouched,
    /// A signature is genuine: the one that speaks for the sender, if there is one.
    pub dkim: Vouched,
    /// The sender's domain stands by the letter.
    pub dmarc: Vouched,
    /// Those who handed it on stand by what they found.
    pub arc: Vouched,
    /// What the sender's domain asks for letters that fail, where that is known.
    pub policy: Option<Policy>,
    /// As it was written.
    pub raw: String,
}

/// What is kept of what was written, in characters.
const RAW_CHARACTERS_MAX: usize = 4_000;

impl Verdict {
    /// What these results say of a letter of this domain.
    pub fn of(source: Source, results: &Results, domain: Option<&str>) -> Self {
        let spf = of_method(results, "spf", &["smtp.mailfrom", "smtp.helo"], domain);
        let dkim = of_method(results, "dkim", &["header.d", "header.i"], domain);
        let dmarc = of_method(results, "dmarc", &["header.from"], domain);
        let arc = of_method(results, "arc", &["arc.chain"], None);
        let policy = results.dmarc_policy();
        let domain = domain.map(str::to_ascii_lowercase);
        let standing = standing(domain.as_deref(), (&spf, &dkim, &dmarc));
        let raw = results.raw.chars().take(RAW_CHARACTERS_MAX).collect();
        Self { source, domain, standing, spf, dkim, dmarc, arc, policy, raw }
    }

    /// The same, where those who handed the letter on had found something else, and are believed: that it failed here
    /// may be their doing. It does not count as verified, for only they say so.
    #[must_use]
    pub fn heard(mut self, handed_on: &Sealed, believed: &[String]) -> Self {
        if self.arc.outcome != Outcome::Pass {
            return self;
        }
        self.arc.domain = self.arc.domain.or_else(|| handed_on.last().map(str::to_owned));
        let domain = self.domain.as_deref();
        if self.standing == Standing::Failed && domain.is_some_and(|from| handed_on.vouches(from, believed)) {
            self.standing = Standing::Unverified;
        }
        self
    }
}

/// The finding of one method that says most: one about the sender's own domain before any other, a pass before the rest.
fn of_method(results: &Results, method: &str, properties: &[&str], about: Option<&str>) -> Vouched {
    let vouched = |finding: &Finding| Vouched {
        outcome: finding.outcome,
        domain: properties.iter().find_map(|name| finding.property(name)).map(domain_of),
    };
    let rank = |vouched: &Vouched| {
        let is_about = about.zip(vouched.domain.as_deref()).is_some_and(|(from, by)| is_aligned(from, by));
        (vouched.outcome == Outcome::Pass && is_about, vouched.outcome == Outcome::Pass, is_about)
    };
    let found = results.findings.iter().filter(|finding| finding.method == method).map(vouched);
    // Of equals the first stands, which was written first.
    found
        .fold(None, |best: Option<Vouched>, next| match best {
            Some(best) if rank(&best) >= rank(&next) => Some(best),
            _ => Some(next),
        })
        .unwrap_or(Vouched::NOTHING)
}

/// `user@example.jp` and `@example.jp` speak of `example.jp`.
fn domain_of(value: &str) -> String {
    value.rsplit_once('@').map_or(value, |(_, domain)| domain).trim_end_matches('.').to_ascii_lowercase()
}

fn standing(domain: Option<&str>, (spf, dkim, dmarc): (&Vouched, &Vouched, &Vouched)) -> Standing {
    let Some(domain) = domain else { return Standing::Unverified };
    let speaks = |vouched: &Vouched| {
        vouched.outcome == Outcome::Pass && vouched.domain.as_deref().is_some_and(|by| is_aligned(domain, by))
    };
    match dmarc.outcome {
        // Whose results these are says about whom; nobody else's letters are meant.
        Outcome::Pass if dmarc.domain.as_deref().is_none_or(|named| named == domain) => Standing::Verified,
        Outcome::Fail => Standing::Failed,
        // A domain that asks for nothing may still sign, or say from where it sends.
        Outcome::None if speaks(dkim) || speaks(spf) => Standing::Verified,
        Outcome::Pass
        | Outcome::None
        | Outcome::SoftFail
        | Outcome::Neutral
        | Outcome::TempError
        | Outcome::PermError => Standing::Unverified,
    }
}

/// Whether `by` may speak for letters of `from`: the same domain, or one above it.
fn is_aligned(from: &str, by: &str) -> bool {
    let (from, by) = (from.to_ascii_lowercase(), by.to_ascii_lowercase());
    from == by || (by.contains('.') && from.strip_suffix(&by).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(written: &str) -> Verdict {
        let results = results::read(written).expect("results");
        Verdict::of(Source::Told, &results, Some("example.jp"))
    }

    #[test]
    fn what_results_come_to() {
        for (written, standing, dkim) in [
            (
                "mx; dmarc=pass header.from=example.jp; dkim=pass header.d=example.jp",
                Standing::Verified,
                Some("example.jp"),
            ),
            (
                "mx; dmarc=fail (p=reject) header.from=example.jp; spf=pass smtp.mailfrom=x.example",
                Standing::Failed,
                None,
            ),
            // A mailing list's signature says nothing about the writer.
            ("mx; dkim=pass header.d=list.example; dmarc=none", Standing::Unverified, Some("list.example")),
            (
                "mx; dkim=pass header.d=list.example; dkim=pass header.i=@example.jp",
                Standing::Verified,
                Some("example.jp"),
            ),
            (
                "mx; dkim=fail header.d=example.jp; dkim=pass header.d=list.example",
                Standing::Unverified,
                Some("list.example"),
            ),
            ("mx; spf=pass smtp.mailfrom=bounce@example.jp", Standing::Verified, None),
            ("mx; spf=softfail smtp.mailfrom=bounce@example.jp", Standing::Unverified, None),
            (
                "mx; dmarc=temperror header.from=example.jp; dkim=pass header.d=example.jp",
                Standing::Unverified,
                Some("example.jp"),
            ),
            ("mx; dmarc=pass header.from=evil.example", Standing::Unverified, None),
            ("mx; none", Standing::Unverified, None),
        ] {
            let verdict = verdict(written);
            assert_eq!((verdict.standing, verdict.dkim.domain.as_deref()), (standing, dkim), "{written}");
        }
    }

    #[test]
    fn a_domain_speaks_for_itself_and_for_those_below() {
        for (from, by, expected) in [
            ("example.jp", "EXAMPLE.jp", true),
            ("mail.example.jp", "example.jp", true),
            ("example.jp", "mail.example.jp", false),
            ("notexample.jp", "example.jp", false),
            ("example.jp", "jp", false),
        ] {
            assert_eq!(is_aligned(from, by), expected, "{by} for {from}");
        }
    }
}
