//! `Authentication-Results` (RFC 8601). Pure.

use madoguchi_kernel::Word;

use super::{Outcome, Policy};

/// Findings that are read from one field.
const FINDINGS_MAX: usize = 50;
/// Bytes of a letter's head in which results are looked for.
pub const HEAD_BYTES_MAX: usize = 256 * 1024;

/// What one server found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// The name under which it writes.
    pub server: String,
    /// What it found.
    pub findings: Vec<Finding>,
    /// As it was written, in one line.
    pub raw: String,
}

/// One method's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `spf`, `dkim`, `dmarc`, `arc` …
    pub method: String,
    /// What it came to.
    pub outcome: Outcome,
    /// `header.d` and the like.
    pub properties: Vec<(String, String)>,
    /// What is told in passing, in comments: `p=reject` and the like.
    pub remarks: Vec<(String, String)>,
}

impl Finding {
    /// The value of a property.
    pub fn property(&self, name: &str) -> Option<&str> {
        find(&self.properties, name)
    }
    fn remark(&self, name: &str) -> Option<&str> {
        find(&self.remarks, name)
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

impl Results {
    /// What the sender's domain asks for letters that fail, as far as it is told: by the property for it (RFC 7489 section
    /// 11.1), by comments as OpenDMARC, Google and Rspamd write them, or by what Microsoft's servers did.
    pub fn dmarc_policy(&self) -> Option<Policy> {
        let of_dmarc = || self.findings.iter().filter(|finding| finding.method == "dmarc");
        let finding = of_dmarc().find(|finding| finding.outcome == Outcome::Fail).or_else(|| of_dmarc().next())?;
        let for_whole = || finding.remark("p");
        let below = || finding.remark("sp").filter(|_| !finding.property("header.from").is_none_or(is_registered));
        let word = finding.property("policy.dmarc").or_else(|| finding.remark("policy"));
        let word = word.or_else(below).or_else(for_whole).or_else(|| finding.property("action"))?;
        match word.to_ascii_lowercase().as_str() {
            "reject" | "oreject" | "o.reject" => Some(Policy::Reject),
            "quarantine" => Some(Policy::Quarantine),
            "none" => Some(Policy::None),
            // Such as `pct.quarantine`: it is not asked for all letters, and was not done.
            _ => None,
        }
    }
}

/// What stands below a country where people register below that.
const REGISTRIES: &[&str] = &["ac", "ad", "co", "com", "ed", "edu", "go", "gov", "gr", "lg", "ne", "net", "or", "org"];

/// Whether a domain looks like one that people register, to which `p` speaks, and not like one below it, to which `sp`
/// does: `example.jp` and `example.co.jp`. A guess, made where a server tells both.
fn is_registered(domain: &str) -> bool {
    let labels: Vec<&str> = domain.trim_end_matches('.').split('.').collect();
    match labels.as_slice() {
        [] | [_] | [_, _] => true,
        [_, second, top] => top.len() == 2 && REGISTRIES.contains(&second.to_ascii_lowercase().as_str()),
        _ => false,
    }
}

/// The results that a server of this name wrote at the head of a letter; of several, the ones that it wrote last, for
/// whoever forges them can only put them below.
pub fn told(letter: &[u8], servers: &[String]) -> Option<Results> {
    let head = &letter[..letter.len().min(HEAD_BYTES_MAX)];
    fields(head)
        .filter(|(name, _)| name.eq_ignore_ascii_case("authentication-results"))
        .filter_map(|(_, value)| read(&value))
        .find(|results| servers.iter().any(|server| server.eq_ignore_ascii_case(&results.server)))
}

/// Whether somebody signed the letter, or signed what they found when they handed it on.
pub fn is_signed(letter: &[u8]) -> bool {
    let head = &letter[..letter.len().min(HEAD_BYTES_MAX)];
    let signs = |name: &str| ["dkim-signature", "arc-message-signature"].iter().any(|s| name.eq_ignore_ascii_case(s));
    fields(head).any(|(name, _)| signs(&name))
}

/// The fields of a head, the topmost first, each in one line.
pub(super) fn fields(head: &[u8]) -> impl Iterator<Item = (String, String)> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).peekable();
    std::iter::from_fn(move || {
        let line = lines.next().filter(|line| !line.is_empty())?;
        let mut field = String::from_utf8_lossy(line).into_owned();
        while let Some(more) = lines.next_if(|line| matches!(line.first(), Some(b' ' | b'\t'))) {
            field.push(' ');
            field.push_str(String::from_utf8_lossy(more).trim());
        }
        let (name, value) = field.split_once(':').unwrap_or((&field, ""));
        Some((name.trim().to_owned(), value.trim().to_owned()))
    })
}

/// Reads a field's value; `None` when nobody is named in it.
pub fn read(value: &str) -> Option<Results> {
    let (plain, comments) = apart(value);
    let mut parts = split(&plain, ';').into_iter().zip(comments);
    // A version may follow the name.
    let server = parts.next()?.0.split_ascii_whitespace().next()?.trim_matches('"').to_owned();
    let findings = parts.filter_map(|(part, comments)| finding(&part, &comments)).take(FINDINGS_MAX).collect();
    let raw = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    (!server.contains('=')).then_some(Results { server, findings, raw })
}

fn finding(part: &str, comments: &str) -> Option<Finding> {
    let mut words = split(part, ' ').into_iter().filter(|word| !word.is_empty());
    let (method, outcome) = words.next()?.split_once('=').map(|(a, b)| (a.to_owned(), b.to_ascii_lowercase()))?;
    let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let outcome = match outcome.as_str() {
        "hardfail" | "policy" => Outcome::Fail,
        word => Outcome::from_word(word).unwrap_or(Outcome::None),
    };
    let pair = |word: &str| {
        let (name, value) = word.split_once('=')?;
        Some((name.to_ascii_lowercase(), value.trim_matches('"').to_owned()))
    };
    let remarks = comments.split([' ', ',', ';']).filter_map(pair).collect();
    Some(Finding { method, outcome, properties: words.filter_map(|word| pair(&word)).collect(), remarks })
}

/// A value without its comments, and the comments of each of its parts. Comments may stand anywhere, one in another.
/// Around `=` blanks mean nothing.
fn apart(value: &str) -> (String, Vec<String>) {
    let (mut plain, mut comments) = (String::with_capacity(value.len()), vec![String::new()]);
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for c in value.chars() {
        let was_escaped = std::mem::take(&mut escaped);
        let said = comments.last_mut().expect("there is one for each part");
        match c {
            '\\' if !was_escaped && (quoted || depth > 0) => escaped = true,
            c if depth > 0 && !was_escaped && matches!(c, '(' | ')') => {
                depth = if c == '(' { depth + 1 } else { depth - 1 };
                said.push(' ');
            }
            c if depth > 0 => said.push(if c.is_whitespace() { ' ' } else { c }),
            '(' if !quoted => {
                depth = 1;
                plain.push(' ');
            }
            c => {
                if !was_escaped && c == '"' {
                    quoted = !quoted;
                } else if !quoted && c == ';' {
                    comments.push(String::new());
                }
                plain.push(if c.is_whitespace() && !quoted { ' ' } else { c });
            }
        }
    }
    (plain.replace(" =", "=").replace("= ", "="), comments)
}

/// Splits outside of quotes.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c == at && !quoted => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_as_servers_write_them() {
        let google = "mx.google.com;\r\n       dkim=pass header.i=@example.jp header.s=s1 header.b=AbC;\r\n       spf=pass (google.com: domain of a@example.jp designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@example.jp;\r\n       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.jp";
        let read = read(google).expect("results");
        assert_eq!(read.server, "mx.google.com");
        let told: Vec<_> = read.findings.iter().map(|finding| (finding.method.as_str(), finding.outcome)).collect();
        assert_eq!(told, [("dkim", Outcome::Pass), ("spf", Outcome::Pass), ("dmarc", Outcome::Pass)]);
        assert_eq!(read.findings[0].property("header.i"), Some("@example.jp"));
        assert_eq!(read.findings[1].property("smtp.mailfrom"), Some("a@example.jp"));
    }

    #[test]
    fn odd_writing_is_read_and_nonsense_is_not() {
        for (written, server, count) in [
            ("mx.example.jp 1; none", "mx.example.jp", 0),
            ("mx (a; b=(c)) ; dkim = fail reason=\"a; spf=pass\" header.d=x", "mx", 1),
            ("mx; dkim=pass; dkim=", "mx", 2),
            ("mx;;; ;", "mx", 0),
        ] {
            let read = read(written).expect("results");
            assert_eq!((read.server.as_str(), read.findings.len()), (server, count), "{written}");
        }
        assert_eq!(read(""), None);
        assert_eq!(read("spf=pass smtp.mailfrom=a; dkim=pass"), None, "nobody is named");
        let reason = read("mx; dkim=fail reason=\"a; spf=pass\"").expect("results");
        assert_eq!(reason.findings[0].property("reason"), Some("a; spf=pass"));
    }

    #[test]
    fn what_a_domain_asks_for_is_read_as_servers_write_it() {
        for (written, policy) in [
            ("mx; dmarc=fail header.from=a.jp policy.dmarc=reject", Some(Policy::Reject)),
            ("mx; dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=a.jp", Some(Policy::Reject)),
            ("mx; dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=a.co.jp", Some(Policy::Reject)),
            ("mx; dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=news.a.jp", Some(Policy::None)),
            ("mx; dmarc=fail (p=quarantine, dis=none) header.from=news.a.jp", Some(Policy::Quarantine)),
            ("mx; dmarc=fail reason=\"p=none; x\" header.from=a.jp (policy=quarantine)", Some(Policy::Quarantine)),
            ("mx; dmarc=fail action=oreject header.from=a.jp", Some(Policy::Reject)),
            ("mx; dmarc=fail action=pct.quarantine header.from=a.jp", None),
            ("mx; dmarc=fail header.from=a.jp", None),
            // What stands at another finding says nothing about this one.
            ("mx; spf=fail (p=reject) smtp.mailfrom=a.jp; dmarc=fail header.from=a.jp; dkim=none (p=reject)", None),
            ("mx; dkim=none", None),
        ] {
            assert_eq!(read(written).expect("results").dmarc_policy(), policy, "{written}");
        }
    }

    #[test]
    fn only_what_our_own_server_wrote_last_counts() {
        let letter = b"Received: from x by mx.example.jp; now\r\nAuthentication-Results: other.example; dmarc=pass header.from=a\r\n\
            AUTHENTICATION-RESULTS: MX.example.jp;\r\n\tdmarc=fail header.from=a\r\nAuthentication-Results: mx.example.jp; dmarc=pass header.from=a\r\n\r\n\
            Authentication-Results: mx.example.jp; dmarc=pass\r\n";
        let ours = vec!["mx.example.jp".to_owned()];
        let told = told(letter, &ours).expect("ours");
        assert_eq!(told.findings[0].outcome, Outcome::Fail);
        assert_eq!(super::told(letter, &["elsewhere".to_owned()]), None);
        assert_eq!(super::told(letter, &[]), None);
        assert_eq!(
            super::told(b"\r\nAuthentication-Results: mx.example.jp; none\r\n", &ours),
            None,
            "that is the body"
        );
    }
}
