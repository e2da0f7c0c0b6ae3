//! Whether the DNS says of a domain what it should. Pure.

use serde::Serialize;
use utoipa::ToSchema;

use super::dkim::DnsRecord;

/// How a record that should be there is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// It is there, or one that does the same.
    Found,
    /// Another one of its kind is there.
    Other,
    /// None of its kind is there.
    Missing,
    /// Nobody answered.
    Unanswered,
}

/// How a record is found among the texts of its name, and those of its kind.
pub fn judged(record: &DnsRecord, texts: &[String]) -> (Published, Vec<String>) {
    let of_kind: Vec<String> = texts.iter().filter(|text| is_of_kind(record.purpose, text)).cloned().collect();
    let state = match (record.purpose, of_kind.as_slice()) {
        (_, []) => Published::Missing,
        // Two are none: receivers give up at that (RFC 7208 section 4.5, RFC 7489 section 6.6.3).
        ("spf" | "dmarc", [_, _, ..]) => Published::Other,
        // Every policy is one that somebody chose.
        ("dmarc", _) => Published::Found,
        ("spf", [text]) if names_senders(record, text) => Published::Found,
        ("dkim", texts) if texts.iter().any(|text| key_of(text) == key_of(&record.value)) => Published::Found,
        _ => Published::Other,
    };
    (state, of_kind)
}

fn is_of_kind(purpose: &str, text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    match purpose {
        "spf" => text == "v=spf1" || text.starts_with("v=spf1 "),
        "dmarc" => text.replace(' ', "").starts_with("v=dmarc1"),
        _ => key_of(&text).is_some(),
    }
}

/// Whether it lets those send whom ours lets: it has every mechanism of ours, whatever else it has.
fn names_senders(record: &DnsRecord, text: &str) -> bool {
    let terms = |text: &str| -> Vec<String> {
        let plain = |term: &str| term.trim_start_matches('+').to_ascii_lowercase();
        text.split_whitespace().skip(1).map(plain).filter(|term| !term.ends_with("all")).collect()
    };
    let there = terms(text);
    terms(&record.value).iter().all(|term| there.contains(term))
}

/// The public key, without the blanks that people put into it.
fn key_of(text: &str) -> Option<String> {
    let tag = text.split(';').map(str::trim).find_map(|tag| tag.strip_prefix("p="))?;
    Some(tag.chars().filter(|c| !c.is_whitespace()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::dkim::{Algorithm, advice, record};

    #[track_caller]
    fn found(record: &DnsRecord, texts: &[&str]) -> Published {
        judged(record, &texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).0
    }

    #[test]
    fn records_are_known_by_what_they_do() {
        let [spf, dmarc] = advice("a.example", "smtp.gmail.com");
        let key = record("a.example", "madoguchi", Algorithm::Rsa, "MIIBAAAA");
        for (record, texts, expected) in [
            (&spf, &["v=spf1 include:_spf.google.com ~all"][..], Published::Found),
            (&spf, &["other", "v=spf1 mx +include:_spf.google.com -all"], Published::Found),
            (&spf, &["v=spf1 mx -all"], Published::Other),
            (&spf, &["v=spf1 include:_spf.google.com ~all", "v=spf1 mx -all"], Published::Other),
            (&spf, &["google-site-verification=x", "v=spf10"], Published::Missing),
            (&dmarc, &["v=DMARC1; p=reject"], Published::Found),
            (&dmarc, &["v=DMARC1; p=reject", "v=DMARC1; p=none"], Published::Other),
            (&dmarc, &[], Published::Missing),
            (&key, &["v=DKIM1; k=rsa; p=MIIB AAAA"], Published::Found),
            (&key, &["k=rsa; p=MIIBBBBB"], Published::Other),
            (&key, &["hello"], Published::Missing),
        ] {
            assert_eq!(found(record, texts), expected, "{record:?} {texts:?}");
        }
    }
}
