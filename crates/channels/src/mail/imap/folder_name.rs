//! Folder names on the wire: modified UTF-7 (RFC 3501 section 5.1.3). Pure.

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

const MUTF7: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The name as the server spells it. A name that somebody copied from another program in this spelling
/// already is left alone only in so far as it is ASCII without `&`.
pub fn encode(name: &str) -> String {
    let mut out = String::new();
    let mut wide: Vec<u8> = Vec::new();
    for c in name.trim().chars().filter(|c| !c.is_control()) {
        if (' '..='~').contains(&c) {
            flush(&mut out, &mut wide);
            out.push_str(if c == '&' { "&-" } else { "" });
            if c != '&' {
                out.push(c);
            }
        } else {
            let mut units = [0; 2];
            wide.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut out, &mut wide);
    out
}

fn flush(out: &mut String, wide: &mut Vec<u8>) {
    if !wide.is_empty() {
        out.push('&');
        MUTF7.encode_string(&*wide, out);
        out.push('-');
        wide.clear();
    }
}

/// Whether both name one folder. Only of the inbox a server does not mind how it is spelled.
pub fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (encode(one), encode(other));
    one == other || (one.eq_ignore_ascii_case("INBOX") && other.eq_ignore_ascii_case("INBOX"))
}

/// The name as people read it; what is not spelled so is left as it is.
pub fn decode(name: &str) -> String {
    let (mut out, mut rest) = (String::new(), name);
    while let Some((plain, coded)) = rest.split_once('&') {
        out.push_str(plain);
        let Some((coded, after)) = coded.split_once('-') else { return name.to_owned() };
        let units: Option<Vec<u16>> = MUTF7
            .decode(coded)
            .ok()
            .map(|bytes| bytes.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect());
        match units.map(|units| String::from_utf16(&units)) {
            Some(Ok(_)) if coded.is_empty() => out.push('&'),
            Some(Ok(text)) => out.push_str(&text),
            Some(Err(_)) | None => return name.to_owned(),
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, is_same};

    #[test]
    fn names_are_read_as_they_were_spelled() {
        for name in ["INBOX", "~peter/mail/台北/日本語", "A&B", "問い合わせ😀", "ごみ箱"] {
            assert_eq!(decode(&encode(name)), name);
        }
        assert_eq!(decode("R&D"), "R&D");
        assert_eq!(decode("&!-"), "&!-");
    }

    #[test]
    fn one_folder_has_one_name() {
        for (one, other, same) in [
            ("INBOX", " inbox", true),
            ("取り込み済み", "取り込み済み ", true),
            ("Done", "done", false),
            ("INBOX", "INBOX/済", false),
        ] {
            assert_eq!(is_same(one, other), same, "{one} {other}");
        }
    }

    #[test]
    fn names_as_the_standard_spells_them() {
        assert_eq!(encode("INBOX"), "INBOX");
        assert_eq!(encode("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(encode("A&B"), "A&-B");
        assert_eq!(encode("問い合わせ😀"), "&VU8wRFQIMI8wW9g93gA-");
    }
}
