//! UTF-7 (RFC 2152), which some old mailers still write. Pure.

use super::charset::Decoded;

/// Reads it; what is no UTF-7 stays as it is and is told as broken.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    let mut broken = false;
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'+' {
            broken |= !first.is_ascii();
            text.push(if first.is_ascii() { char::from(first) } else { char::REPLACEMENT_CHARACTER });
            continue;
        }
        let length = rest.iter().take_while(|byte| digit(**byte).is_some()).count();
        let (shifted, after) = rest.split_at(length);
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if shifted.is_empty() {
            text.push('+');
            continue;
        }
        for unit in char::decode_utf16(units(shifted)) {
            broken |= unit.is_err();
            text.push(unit.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
    Decoded { text, read_as: Some("UTF-7"), broken, ..Decoded::default() }
}

/// The UTF-16 units of a shifted stretch; bits that are left over fill up the last digit.
fn units(shifted: &[u8]) -> impl Iterator<Item = u16> {
    let (mut bits, mut count) = (0_u32, 0_u32);
    shifted.iter().filter_map(|byte| digit(*byte)).filter_map(move |digit| {
        bits = (bits << 6) | digit;
        count += 6;
        (count >= 16).then(|| {
            count -= 16;
            let unit = (bits >> count) & 0xffff;
            bits &= (1 << count) - 1;
            u16::try_from(unit).expect("sixteen bits")
        })
    })
}

fn digit(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_rfc_and_a_wide_space() {
        for (written, read) in [
            ("A+ImIDkQ.", "A\u{2262}\u{391}."),
            ("Hi Mom -+Jjo--!", "Hi Mom -\u{263a}-!"),
            ("+ZeVnLIqe-", "日本語"),
            ("1 +- 1", "1 + 1"),
            ("+MAA-", "\u{3000}"),
        ] {
            let decoded = decode(written.as_bytes());
            assert_eq!((decoded.text.as_str(), decoded.broken), (read, false), "{written}");
        }
        assert!(decode(b"\xff").broken);
    }
}
