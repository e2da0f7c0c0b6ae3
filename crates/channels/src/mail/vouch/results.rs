//! `Authentication-Results` (RFC 8601). Pure.

use madoguchi_kernel::Word;

use super::Outcome;

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
}

impl Finding {
    /// The value of a property.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
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
fn fields(head: &[u8]) -> impl Iterator<Item = (String, String)> {
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
    let plain = without_comments(value);
    let mut parts = split(&plain, ';').into_iter();
    // A version may follow the name.
    let server = parts.next()?.split_ascii_whitespace().next()?.trim_matches('"').to_owned();
    let findings = parts.filter_map(|part| finding(&part)).take(FINDINGS_MAX).collect();
    let raw = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    (!server.contains('=')).then_some(Results { server, findings, raw })
}

fn finding(part: &str) -> Option<Finding> {
    let mut words = split(part, ' ').into_iter().filter(|word| !word.is_empty());
    let (method, outcome) = words.next()?.split_once('=').map(|(a, b)| (a.to_owned(), b.to_ascii_lowercase()))?;
    let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let outcome = match outcome.as_str() {
        "hardfail" | "policy" => Outcome::Fail,
        word => Outcome::from_word(word).unwrap_or(Outcome::None),
    };
    let property = |word: String| {
        let (name, value) = word.split_once('=')?;
        Some((name.to_ascii_lowercase(), value.trim_matches('"').to_owned()))
    };
    Some(Finding { method, outcome, properties: words.filter_map(property).collect() })
}

/// Comments may stand anywhere, one in another; they say nothing to us. Around `=` blanks mean nothing either.
fn without_comments(value: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::with_capacity(value.len()), 0_u32, false, false);
    for c in value.chars() {
        match c {
            _ if escaped => {
                escaped = false;
                if depth == 0 {
                    out.push(c);
                }
            }
            '\\' if quoted || depth > 0 => escaped = true,
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push(c);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                out.push(' ');
            }
            _ if depth == 0 => out.push(if c.is_whitespace() && !quoted { ' ' } else { c }),
            _ => {}
        }
    }
    out.replace(" =", "=").replace("= ", "=")
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
