//! The date of a letter, as programs write it and not only as RFC 5322 has it. Pure.

use jiff::civil;
use madoguchi_kernel::Timestamp;
use mail_parser::DateTime;

/// When that was; none where it cannot have been, such as the 31st of November.
pub(in crate::mail) fn date_of(raw: &str) -> Option<Timestamp> {
    let date = DateTime::parse_rfc822(&settled(raw)).filter(DateTime::is_valid)?;
    let [year, month, day] = [i32::from(date.year), i32::from(date.month), i32::from(date.day)];
    civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    date.to_timestamp().checked_mul(1_000_000).map(Timestamp::from_micros)
}

/// The zone as the standard writes it, and no leap second.
fn settled(raw: &str) -> String {
    // Japan's clock has a name that RFC 5322 does not know.
    let raw = raw.replace(" JST", " +0900");
    let raw = raw.split_whitespace().map(|word| offset(word).unwrap_or_else(|| word.to_owned()));
    let raw = raw.collect::<Vec<_>>().join(" ");
    // A leap second is the one before, a sixtieth minute is none.
    let is_second = |before: &str| before.len() >= 3 && before.as_bytes()[before.len() - 3] == b':';
    match raw.split_once(":60 ") {
        Some((before, after)) if is_second(before) => format!("{before}:59 {after}"),
        _ => raw,
    }
}

/// `GMT+09:00`, `UTC+9` and `+09:00` as `+0900`.
fn offset(word: &str) -> Option<String> {
    let named = ["GMT", "UTC", "UT"].into_iter().find_map(|name| word.strip_prefix(name));
    let rest = named.unwrap_or(word);
    let sign = rest.chars().next().filter(|sign| matches!(sign, '+' | '-'))?;
    let (hours, minutes) = match rest[1..].split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 5 && rest.is_char_boundary(3) => rest[1..].split_at(2),
        None => (&rest[1..], "00"),
    };
    let is_number = |digits: &str| (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(hours) && minutes.len() == 2 && is_number(minutes)).then(|| format!("{sign}{hours:0>2}{minutes}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_programs_write_them() {
        for (written, expected) in [
            ("Mon, 23 Nov 2026 21:00:00 +0900", Some("2026-11-23T12:00:00Z")),
            ("23 Nov 26 21:00 JST", Some("2026-11-23T12:00:00Z")),
            ("Mon, 23 Nov 2026 23:59:60 +0000", Some("2026-11-23T23:59:59Z")),
            ("Tue, 24 Nov 2026 11:00:00 GMT+09:00", Some("2026-11-24T02:00:00Z")),
            ("Tue, 24 Nov 2026 11:00:00 UTC+9", Some("2026-11-24T02:00:00Z")),
            ("Tue, 24 Nov 2026 11:00:00 +09:00", Some("2026-11-24T02:00:00Z")),
            ("Tue, 24 Nov 2026 11:00:00 -03:30", Some("2026-11-24T14:30:00Z")),
            ("Tue, 24 Nov 2026 11:00:00 +0900 (GMT+09:00)", Some("2026-11-24T02:00:00Z")),
            ("Tue, 24 Nov 2026 11:00:00 GMT", Some("2026-11-24T11:00:00Z")),
            ("29 Feb 2028 00:00:00 +0000", Some("2028-02-29T00:00:00Z")),
            ("29 Feb 2027 00:00:00 +0000", None),
            ("Tue, 31 Nov 2026 11:00:00 +0900", None),
            ("Mon, 23 Nov 2026 21:60 +0900", None),
            ("+", None),
            ("-あい", None),
        ] {
            assert_eq!(date_of(written).map(|date| date.to_string()).as_deref(), expected, "{written}");
        }
    }
}
