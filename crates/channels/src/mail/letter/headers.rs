//! The head of a letter or of one of its parts: lines to named values. Pure and bounded.

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, HeaderValue};

use super::{Flaw, MessageId, charset, words};

/// Header fields read of one part; more are left unread.
pub const HEADER_LINES_MAX: usize = 1_000;
/// Bytes read of one header field, folded lines included.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Bytes read of one head.
pub const HEAD_BYTES_MAX: usize = 1024 * 1024;
/// Addresses read of all address fields of one kind.
pub const ADDRESSES_MAX: usize = 1_000;

/// A name and an address as a letter states them. Either may be missing, never both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// The display name, decoded.
    pub name: Option<String>,
    /// `local@domain` as written; the domain's case is not folded here. Not checked to be deliverable.
    pub address: String,
}

/// The fields of one head, in order of appearance.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    fields: Vec<(String, String)>,
}

impl Headers {
    /// Reads a head. `bytes` ends before the empty line.
    pub fn read(bytes: &[u8], flaws: &mut Vec<Flaw>) -> Headers {
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        let (mut too_many, mut too_long) = (false, bytes.len() > HEAD_BYTES_MAX);
        let bytes = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
        // A mark of UTF-8 before the first field, as editors put it before a text, is no part of its name.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        for line in bytes.split(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
                if let Some((_, value)) = fields.last_mut() {
                    too_long |= !push_bounded(value, unfolded(value, line));
                }
                continue;
            }
            let Some((name, value)) = split_field(line) else { continue };
            if fields.len() == HEADER_LINES_MAX {
                too_many = true;
                break;
            }
            let mut kept = Vec::new();
            too_long |= !push_bounded(&mut kept, value);
            fields.push((name, kept));
        }
        if too_many {
            flaws.push(Flaw::new("too-many-headers", format!("more than {HEADER_LINES_MAX} header fields")));
        }
        if too_long {
            flaws.push(Flaw::new(
                "header-too-long",
                format!("a header field is longer than {HEADER_BYTES_MAX} bytes, or the head than {HEAD_BYTES_MAX}"),
            ));
        }
        // A field alone is short; all of one head were written by the same program.
        let raw: Vec<&[u8]> = fields.iter().map(|(_, raw)| raw.as_slice()).filter(|raw| charset::is_raw(raw)).collect();
        let together = charset::detect(&raw.join(b"\n".as_slice()));
        // These two give themselves away; the others are what is likelier.
        if !raw.is_empty() && !["UTF-8", "ISO-2022-JP"].contains(&together.name()) {
            flaws.push(Flaw::new("guessed-charset", "the head says nothing of its charset; it was guessed"));
        }
        let fields = fields.into_iter().map(|(name, raw)| (name, charset::decode_like(&raw, together).text)).collect();
        Headers { fields }
    }

    /// The first field of that name, unfolded and otherwise as written. Names are lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim())
    }

    /// Every field of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.trim())
    }

    /// Whether any field's name begins so.
    pub fn any_named(&self, prefix: &str) -> bool {
        self.fields.iter().any(|(name, _)| name.starts_with(prefix))
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A field of free text: encoded words read, control characters gone.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|raw| strip_controls(&words::decode(raw)).trim().to_owned())
    }

    /// Whether an encoded word of that field cannot be read as it says.
    pub fn is_broken(&self, name: &str) -> bool {
        self.all(name).any(words::is_broken)
    }

    /// The mailboxes of all fields of that name; groups are flattened.
    pub fn mailboxes(&self, name: &str) -> Vec<Mailbox> {
        self.all(name).flat_map(mailboxes).take(ADDRESSES_MAX).collect()
    }

    /// The message ids in all fields of that name, in order.
    pub fn ids(&self, name: &str) -> Vec<MessageId> {
        self.all(name).flat_map(message_ids).collect()
    }
}

/// The mailboxes in one address list.
pub fn mailboxes(raw: &str) -> Vec<Mailbox> {
    // mail-parser reads a field up to its line end, and drops what is not ended.
    let settled = words::settle(&join_quoted(&strip_controls(raw))) + "\n";
    let value = MessageStream::new(settled.as_bytes()).parse_address();
    match &value {
        HeaderValue::Address(list) => list.iter().filter_map(|addr| mailbox(addr, &settled)).collect(),
        _ => Vec::new(),
    }
}

/// `"Yamada" "Taro"` as `"Yamada Taro"`: a name may be of several words, each in quotes (RFC 5322 section 3.2.5).
fn join_quoted(raw: &str) -> String {
    let (mut joined, mut is_quoted, mut rest) = (String::with_capacity(raw.len()), false, raw);
    while let Some(at) = rest.find(['"', '\\']) {
        let (before, from) = rest.split_at(at);
        joined.push_str(before);
        let length = if from.starts_with('"') { 1 } else { 1 + from[1..].chars().next().map_or(0, char::len_utf8) };
        let (mark, after) = from.split_at(length);
        let next = after.trim_start();
        rest = if mark == "\"" && is_quoted && next.len() < after.len() && next.starts_with('"') {
            joined.push(' ');
            &next[1..]
        } else {
            is_quoted ^= mark == "\"";
            joined.push_str(mark);
            after
        };
    }
    joined + rest
}

fn mailbox(addr: &Addr<'_>, written: &str) -> Option<Mailbox> {
    let clean = |text: &str| {
        let text = strip_controls(text);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let mut name = addr.name.as_deref().and_then(clean);
    let mut address = addr.address.as_deref().and_then(clean);
    // `"a..b."@x.jp` without brackets, as telephones write it: what stands in quotes is taken for a name.
    if let (Some(local), Some(domain)) = (&name, address.as_deref().filter(|found| found.starts_with('@'))) {
        let whole = format!("\"{local}\"{domain}");
        if written.contains(&whole) {
            (name, address) = (None, Some(whole));
        }
    }
    let address = match address {
        Some(address) if address.contains('@') => address,
        // `a@b` where a name is expected, or a word with no at-sign: only the former can be written to.
        other => {
            let from_name = name.clone().filter(|n| n.contains('@') && !n.contains(char::is_whitespace));
            match from_name {
                Some(found) => {
                    name = None;
                    found
                }
                None => other?,
            }
        }
    };
    // `@relay:a@b` is a route of the 1980s; only what follows it can be written to.
    let address = match address.strip_prefix('@').and_then(|route| route.split_once(':')) {
        Some((_, target)) => target.to_owned(),
        None => address,
    };
    let address = match unbracketed(&address) {
        Some((before, found)) => {
            name = name.or(before);
            found
        }
        None => address,
    };
    let address = plain(&address);
    (!address.is_empty()).then_some(Mailbox { name, address })
}

/// Without what does not belong to it, and without quotes around a local part that needs none to be written to: servers
/// of Japanese telephones know addresses with dots where the standard has none (RFC 5321, 4.1.2).
fn plain(address: &str) -> String {
    let address = address.trim();
    let address = address.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(address);
    let address =
        address.get(..7).filter(|begin| begin.eq_ignore_ascii_case("mailto:")).map_or(address, |_| &address[7..]);
    let quoted = address.strip_prefix('"').and_then(|rest| rest.rsplit_once("\"@"));
    let squeezed = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '<' | '>' | ',' | ';')).collect()
    };
    match quoted {
        Some((local, domain)) => {
            let is_plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
            let quote = if local.chars().all(is_plain) { "" } else { "\"" };
            format!("{quote}{local}{quote}@{}", squeezed(domain))
        }
        None => squeezed(address),
    }
}

/// The first address among words, and what stands before it, where a sender forgot the brackets: `Taro Yamada taro@x.jp`.
/// Spaces within an address, as RFC 822 allowed them, make no words.
fn unbracketed(text: &str) -> Option<(Option<String>, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_whole = |word: &&str| {
        let parts = word.split_once('@');
        parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.ends_with('.'))
    };
    let at = words.iter().position(is_whole).filter(|_| words.len() > 1 && !text.contains(['"', '[']))?;
    if words.get(at + 1).is_some_and(|next| next.starts_with('.')) {
        return None;
    }
    let before = words[..at].join(" ");
    Some(((!before.is_empty()).then_some(before), words[at].to_owned()))
}

/// The `<...>` tokens of a field; where a sender forgot the brackets, its words.
pub fn message_ids(raw: &str) -> Vec<MessageId> {
    let bracketed: Vec<MessageId> = raw
        .split('<')
        .skip(1)
        .filter_map(|piece| piece.split_once('>'))
        .filter_map(|(id, _)| MessageId::new(id))
        .collect();
    if !bracketed.is_empty() || raw.contains('<') {
        return bracketed;
    }
    raw.split_whitespace().filter(|word| word.contains('@')).filter_map(MessageId::new).collect()
}

/// Replaces runs of control characters (CR, LF, NUL, C1, line separators) by one space: what came out
/// of an encoded word must never end a header line of ours.
pub fn strip_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_run = false;
    for c in text.chars() {
        let control = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        if !control {
            out.push(c);
        } else if !in_run && !out.ends_with(' ') {
            out.push(' ');
        }
        in_run = control;
    }
    out
}

/// Appends up to the limit; false when something was left out.
fn push_bounded(value: &mut Vec<u8>, line: &[u8]) -> bool {
    let room = HEADER_BYTES_MAX.saturating_sub(value.len());
    value.extend_from_slice(&line[..line.len().min(room)]);
    line.len() <= room
}

/// A folded line as it goes on: with its space, unless it was folded inside a character of UTF-8.
fn unfolded<'a>(before: &[u8], line: &'a [u8]) -> &'a [u8] {
    let begun = before.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    let rest = line.trim_ascii_start();
    let ends =
        |missing: usize| rest.get(..missing).is_some_and(|rest| std::str::from_utf8(&[begun, rest].concat()).is_ok());
    if !begun.is_empty() && (1..=3).any(ends) { rest } else { line }
}

/// Whether a line can stand in a head.
pub(super) fn goes_on(line: &[u8]) -> bool {
    line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) || split_field(line).is_some()
}

fn split_field(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|b| *b == b':')?;
    let name = line[..colon].trim_ascii();
    let legal = !name.is_empty() && name.iter().all(|b| (33..=126).contains(b));
    legal.then(|| (String::from_utf8_lossy(name).to_ascii_lowercase(), &line[colon + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_however_it_is_written() {
        for (written, name, address) in [
            ("Big Bug bug@x.jp", Some("Big Bug"), "bug@x.jp"),
            ("one@x.jp two@x.jp", None, "one@x.jp"),
            ("山田 太郎 taro@x.jp", Some("山田 太郎"), "taro@x.jp"),
            ("taro @ x.jp", None, "taro@x.jp"),
            ("taro@x. example .jp", None, "taro@x.example.jp"),
            ("taro@x.jp", None, "taro@x.jp"),
            ("'taro@x.jp'", None, "taro@x.jp"),
            ("'taro@x.jp", None, "'taro@x.jp"),
            // Nobody's address is made up.
            ("Taro <@x.jp>", Some("Taro"), "@x.jp"),
            ("<mailto:taro@x.jp>", None, "taro@x.jp"),
            ("\"foo..bar.\"@docomo.ne.jp", None, "foo..bar.@docomo.ne.jp"),
            ("花子 <\"foo..bar.\"@docomo.ne.jp>", Some("花子"), "foo..bar.@docomo.ne.jp"),
            ("<\"foo..bar.\"@docomo.ne.jp>", None, "foo..bar.@docomo.ne.jp"),
            ("\"a b\"@x.jp", None, "\"a b\"@x.jp"),
            ("<\"a b\"@x.jp>", None, "\"a b\"@x.jp"),
        ] {
            let got = mailboxes(written).remove(0);
            assert_eq!((got.name.as_deref(), got.address.as_str()), (name, address), "{written}");
        }
    }

    #[test]
    fn names_with_commas_and_groups_are_read() {
        let got = mailboxes("\"Yamada, Taro\" <t@example.jp>, team: a@x.jp, b@x.jp;, undisclosed-recipients:;");
        let flat: Vec<_> = got.iter().map(|m| (m.name.as_deref(), m.address.as_str())).collect();
        assert_eq!(flat, [(Some("Yamada, Taro"), "t@example.jp"), (None, "a@x.jp"), (None, "b@x.jp")]);
        let names = |raw: &str| mailboxes(raw).into_iter().map(|one| one.name.unwrap_or_default()).collect::<Vec<_>>();
        assert_eq!(
            names("\"山田\" \"太郎\" <t@x.jp>, \"A\" <a@x.jp>, \"B\"\t\"C\" <b@x.jp>"),
            ["山田 太郎", "A", "B C"]
        );
        assert_eq!(names(r#""a \" " "b" <t@x.jp>"#), ["a \"  b"]);
    }

    proptest::proptest! {
        #[test]
        fn no_list_makes_it_fail(list in "[a<>()\",:;\\\\@ =?\n\tあ]{0,60}") {
            mailboxes(&list);
        }
    }

    #[test]
    fn ids_are_found_with_and_without_brackets() {
        let ids = |raw| message_ids(raw).into_iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(ids("<a@x> (comment)\t<b@x>"), ["a@x", "b@x"]);
        assert_eq!(ids("a@x b@x"), ["a@x", "b@x"]);
        assert_eq!(ids("<> < >"), Vec::<String>::new());
    }

    #[test]
    fn limits_hold_and_are_told() {
        let mut flaws = Vec::new();
        let many = "x: 1\r\n".repeat(HEADER_LINES_MAX + 5);
        Headers::read(many.as_bytes(), &mut flaws);
        let long = format!("subject: {}\r\n", "a".repeat(HEADER_BYTES_MAX * 2));
        let headers = Headers::read(long.as_bytes(), &mut flaws);
        assert!(headers.get("subject").is_some_and(|s| s.len() <= HEADER_BYTES_MAX));
        assert_eq!(flaws.iter().map(|f| f.flag).collect::<Vec<_>>(), ["too-many-headers", "header-too-long"]);
    }
}
