//! Encoded words (RFC 2047), read more kindly than the standard asks. Pure.
//!
//! Neighbouring words of one charset are joined as *bytes* before they are decoded, because many
//! senders cut a word in the middle of a character.

use super::{charset, plausible::score, transfer};

/// Longest encoded word read; the standard allows 75, careless senders put a whole subject into one.
const WORD_BYTES_MAX: usize = 8 * 1024;

/// Decodes every encoded word in a header text.
pub fn decode(text: &str) -> String {
    runs(text).into_iter().map(|run| run.text).collect()
}

/// Whether an encoded word names a charset that we do not know, or does not hold to it.
pub fn is_broken(text: &str) -> bool {
    runs(text).iter().any(|run| run.broken)
}

/// Rewrites the encoded words in a structured header so that each is whole UTF-8 and free of control
/// characters, still encoded: what the words hold (commas, brackets) must not be taken for structure.
pub fn settle(text: &str) -> String {
    let mut out = String::new();
    let mut after_word = false;
    for run in runs(text) {
        // A word that touches other text is not known as one.
        let touches = if run.encoded {
            out.ends_with(|c: char| c.is_alphanumeric())
        } else {
            after_word && run.text.starts_with(|c: char| c.is_alphanumeric())
        };
        if touches {
            out.push(' ');
        }
        after_word = run.encoded;
        if run.encoded {
            out.push_str(&wrap(&super::headers::strip_controls(&run.text)));
        } else {
            out.push_str(&run.text);
        }
    }
    out
}

/// One UTF-8 `B` word of any length. For our own reader only; `compose` has the one for others.
fn wrap(text: &str) -> String {
    use base64::Engine;
    format!("=?utf-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(text))
}

/// A stretch of a header: plain text, or what a row of encoded words says.
struct Run {
    text: String,
    encoded: bool,
    broken: bool,
}

/// One encoded word as bytes.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    /// Its base64, if it is that.
    base64: Option<&'a str>,
    /// Whether its end is missing: somebody cut the header.
    is_cut: bool,
}

/// Words of one charset, one behind the other.
struct Row {
    charset: String,
    bytes: Vec<u8>,
    /// All of them as one base64 text, as long as each is base64; whether any ended in the middle of a group.
    base64: Option<(String, bool)>,
    is_cut: bool,
}

impl Row {
    fn new(word: Word<'_>) -> Row {
        let charset = word.charset.to_owned();
        let mut row = Row { charset, bytes: Vec::new(), base64: Some((String::new(), false)), is_cut: false };
        row.push(word);
        row
    }

    fn push(&mut self, word: Word<'_>) {
        self.bytes.extend(&word.bytes);
        self.is_cut |= word.is_cut;
        self.base64 = self.base64.take().zip(word.base64).map(|((text, cut), more)| {
            let cut = cut || !more.len().is_multiple_of(4);
            (text + more, cut)
        });
    }

    /// What the row says, and whether that is broken. Some senders cut the base64 itself.
    fn read(self) -> (String, bool) {
        let read = |bytes: &[u8]| {
            let decoded = charset::decode(bytes, Some(&self.charset));
            (decoded.text, decoded.broken || decoded.unknown_charset || decoded.wrong_charset)
        };
        let (text, broken) = read(&self.bytes);
        let joined = self.base64.filter(|(_, cut)| *cut);
        let joined = joined.map(|(text, _)| read(&transfer::base64(text.as_bytes())));
        match joined {
            Some((joined, false)) if broken || score(&joined) > score(&text) => (joined, self.is_cut),
            _ => (text, broken || self.is_cut),
        }
    }
}

fn runs(text: &str) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let mut pending: Option<Row> = None;
    let mut plain_start = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find("=?") {
        let start = at + found;
        let Some((word, end)) = word_at(text, start) else {
            at = start + 2;
            continue;
        };
        let between = &text[plain_start..start];
        let adjacent = pending.is_some() && between.chars().all(char::is_whitespace);
        if !adjacent {
            flush(&mut out, &mut pending);
            push_plain(&mut out, between);
        }
        match &mut pending {
            Some(row) if row.charset.eq_ignore_ascii_case(word.charset) => row.push(word),
            _ => {
                flush(&mut out, &mut pending);
                pending = Some(Row::new(word));
            }
        }
        at = end;
        plain_start = end;
    }
    flush(&mut out, &mut pending);
    push_plain(&mut out, &text[plain_start..]);
    out
}

fn push_plain(out: &mut Vec<Run>, text: &str) {
    if !text.is_empty() {
        out.push(Run { text: text.to_owned(), encoded: false, broken: false });
    }
}

fn flush(out: &mut Vec<Run>, pending: &mut Option<Row>) {
    if let Some(row) = pending.take() {
        let (text, broken) = row.read();
        match out.last_mut() {
            Some(run) if run.encoded => {
                run.text.push_str(&text);
                run.broken |= broken;
            }
            _ => out.push(Run { text, encoded: true, broken }),
        }
    }
}

/// The encoded word that begins at `start`, and where it ends.
fn word_at(text: &str, start: usize) -> Option<(Word<'_>, usize)> {
    let rest = &text[start + 2..];
    let (charset, rest) = rest.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    if charset.is_empty() || charset.len() > 64 || charset.contains(char::is_whitespace) {
        return None;
    }
    // `?=` is ASCII, so the search may run over bytes and stop anywhere.
    let window = &rest.as_bytes()[..rest.len().min(WORD_BYTES_MAX)];
    let close = window.windows(2).position(|pair| pair == b"?=");
    let (payload, after) = match close {
        Some(close) => (&rest[..close], close + 2),
        None => (cut_short(rest, charset)?, rest.len()),
    };
    let (bytes, base64) = match encoding {
        "B" | "b" => (transfer::base64(payload.as_bytes()), Some(payload)),
        "Q" | "q" => (q_word(payload), None),
        _ => return None,
    };
    // RFC 2231 section 5 lets a language follow the charset: `=?utf-8*ja?B?...`.
    let charset = charset.split('*').next().unwrap_or(charset);
    let end = text.len() - rest.len() + after;
    Some((Word { charset, bytes, base64, is_cut: close.is_none() }, end))
}

/// What an encoded word holds whose end somebody cut away: the whole rest of a header, without a gap, under a charset
/// that we know. Anything else only looks like a word.
fn cut_short<'a>(rest: &'a str, charset: &str) -> Option<&'a str> {
    let payload = rest.trim_end().trim_end_matches('?');
    let is_one =
        !payload.is_empty() && payload.len() <= WORD_BYTES_MAX && payload.bytes().all(|b| b.is_ascii_graphic());
    (is_one && charset::lookup(charset).is_some()).then_some(payload)
}

fn q_word(payload: &str) -> Vec<u8> {
    let bytes = payload.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'_' => out.push(b' '),
            b'=' => match bytes.get(i + 1).zip(bytes.get(i + 2)).and_then(|(a, b)| hex_pair(*a, *b)) {
                Some(byte) => {
                    out.push(byte);
                    i += 2;
                }
                None => out.push(b'='),
            },
            other => out.push(other),
        }
        i += 1;
    }
    out
}

/// Two hexadecimal digits as a byte.
pub(super) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_cut_between_words_is_made_whole() {
        let cut =
            "=?UTF-8?B?6KaL56mN5pu444Gu5Lu244Gn6ZW34w==?= =?UTF-8?B?gYTku7blkI3jgpLkuozjgaTjgavlibLjgovjgajjgY0=?=";
        assert_eq!(decode(cut), "見積書の件で長い件名を二つに割るとき");
    }

    #[test]
    fn a_word_whose_end_was_cut_away_is_read_and_told() {
        for (text, want) in [
            ("Re: =?UTF-8?B?6KaL56mN5pu4", "Re: 見積書"),
            ("=?UTF-8?B?6KaL56mN5pu4?", "見積書"),
            ("=?utf-8?q?=E8=A6=8B=E7=A9=8D", "見積"),
            ("=?UTF-8?B?6KaL?= =?UTF-8?B?56mN5pu4", "見積書"),
        ] {
            assert_eq!((decode(text).as_str(), is_broken(text)), (want, true), "{text}");
        }
        for words in ["=?UTF-8?B?6KaL and more", "=?what?B?6KaL", "a=?b?c", "=?UTF-8?B?"] {
            assert_eq!((decode(words).as_str(), is_broken(words)), (words, false));
        }
    }

    #[test]
    fn words_cut_anywhere_are_made_whole_in_every_charset() {
        use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
        let text = "見積書の件で長い件名を割る";
        for (charset, encoding) in [
            ("utf-8", encoding_rs::UTF_8),
            ("iso-2022-jp", encoding_rs::ISO_2022_JP),
            ("shift_jis", encoding_rs::SHIFT_JIS),
            ("euc-jp", encoding_rs::EUC_JP),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            for at in 1..bytes.len() {
                let [one, two] = [&bytes[..at], &bytes[at..]].map(|half| STANDARD_NO_PAD.encode(half));
                assert_eq!(decode(&format!("=?{charset}?B?{one}?=\t=?{charset}?B?{two}?=")), text, "{charset} {at}");
            }
            let whole = STANDARD_NO_PAD.encode(&bytes);
            for at in 1..whole.len() {
                let (one, two) = whole.split_at(at);
                let got = decode(&format!("=?{charset}?B?{one}?= =?{charset}?B?{two}?="));
                assert_eq!(got, text, "{charset} base64 {at}");
            }
        }
    }

    #[test]
    fn plain_text_around_words_stays() {
        assert_eq!(decode("Re: =?utf-8?Q?caf=C3=A9_au?= lait"), "Re: café au lait");
        assert_eq!(decode("=?utf-8?Q?a?= b =?utf-8?Q?c?="), "a b c");
        assert_eq!(decode("=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?="), "aé");
        assert_eq!(decode("1 =?= 2 =?x"), "1 =?= 2 =?x");
        assert_eq!(decode("=?utf-8?B?YQ?="), "a");
    }

    #[test]
    fn settled_words_cannot_forge_structure() {
        let settled = settle("=?utf-8?Q?a=2C_=3Cevil=40x=3E=0D=0ABcc:_v?= <a@example.jp>");
        assert!(!settled.contains("evil") && settled.ends_with("?= <a@example.jp>"));
    }
}
