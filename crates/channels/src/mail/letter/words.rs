//! Encoded words (RFC 2047), read more kindly than the standard asks. Pure.
//!
//! Neighbouring words of one charset are joined as *bytes* before they are decoded, because many
//! senders cut a word in the middle of a character.

use super::{charset, transfer};

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
}

fn runs(text: &str) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let mut pending: Option<(String, Vec<u8>)> = None;
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
            Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => bytes.extend(&word.bytes),
            _ => {
                flush(&mut out, &mut pending);
                pending = Some((word.charset.to_owned(), word.bytes));
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

fn flush(out: &mut Vec<Run>, pending: &mut Option<(String, Vec<u8>)>) {
    if let Some((charset, bytes)) = pending.take() {
        let decoded = charset::decode(&bytes, Some(&charset));
        let (text, broken) = (decoded.text, decoded.broken || decoded.unknown_charset);
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
    let close = window.windows(2).position(|pair| pair == b"?=")?;
    let payload = &rest[..close];
    let bytes = match encoding {
        "B" | "b" => transfer::base64(payload.as_bytes()).0,
        "Q" | "q" => q_word(payload),
        _ => return None,
    };
    // RFC 2231 section 5 lets a language follow the charset: `=?utf-8*ja?B?...`.
    let charset = charset.split('*').next().unwrap_or(charset);
    let end = text.len() - rest.len() + close + 2;
    Some((Word { charset, bytes }, end))
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
