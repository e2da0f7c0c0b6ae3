//! Small texts with rules: addresses, languages, slugs.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    problem::Problem,
    value::{BadCell, Cell, Column, Param, Value, Word},
};

/// The longest address that SMTP carries (RFC 5321, 4.5.3.1.3), in bytes.
pub const ADDRESS_BYTES_MAX: usize = 254;

/// An e-mail address, lower-cased, with exactly one `@` that has something on both sides. Whether mail
/// reaches anybody there is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// As written, lower-cased.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// An address as SMTP and a letter's head carry it: a local part with dots where the standard has none (RFC 5321, 4.1.2), as
/// Japanese telephones have had, stands in quotes.
pub fn written_address(address: &str) -> Cow<'_, str> {
    match address.rsplit_once('@') {
        Some((local, domain)) if !local.starts_with('"') && local.split('.').any(str::is_empty) => {
            Cow::Owned(format!("\"{local}\"@{domain}"))
        }
        _ => Cow::Borrowed(address),
    }
}

impl FromStr for EmailAddress {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let wrong = || Problem::field("email", "address");
        let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\".contains(c);
        let sound = !local.is_empty()
            && !domain.is_empty()
            && text.len() <= ADDRESS_BYTES_MAX
            && !local.contains('@')
            && !text.contains(odd)
            && !domain.starts_with('.')
            && !domain.ends_with('.');
        if sound { Ok(Self(text.to_lowercase())) } else { Err(wrong()) }
    }
}
impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
impl Param for EmailAddress {
    fn value(&self) -> Value<'_> {
        self.0.value()
    }
}
impl Column for EmailAddress {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        String::read(cell).map(Self)
    }
}

/// A language that the product speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 日本語
    #[default]
    Ja,
    /// English
    En,
}

impl Word for Language {
    const ALL: &'static [Self] = &[Self::Ja, Self::En];
    fn word(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }
}

impl Language {
    /// The first language of an `Accept-Language` header, or of a locale such as `ja_JP.UTF-8`, that we speak.
    pub fn accepted(header: &str) -> Option<Self> {
        header.split(',').find_map(|item| {
            let tag = item.split(';').next()?.trim();
            let primary = tag.split(['-', '_', '.']).next()?.to_ascii_lowercase();
            Self::from_word(&primary)
        })
    }
}

/// The longest slug, in characters.
pub const SLUG_CHARACTERS_MAX: usize = 40;

/// A tenant's name in URLs: `a-z`, `0-9` and inner hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl FromStr for Slug {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let sound = !text.is_empty()
            && text.len() <= SLUG_CHARACTERS_MAX
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if sound { Ok(Self(text.to_owned())) } else { Err(Problem::field("slug", "slug")) }
    }
}
impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Param for Slug {
    fn value(&self) -> Value<'_> {
        self.0.value()
    }
}
impl Column for Slug {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        String::read(cell).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b", "Taro.Yamada+x@Example.JP", "..docomo..@docomo.ne.jp", "太郎@例え.jp"] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a b@c", "a@b@c", "<a@b>", "a@.b", "a\r\n@b"] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
        assert_eq!("Taro@Example.JP".parse::<EmailAddress>().expect("sound").as_str(), "taro@example.jp");
    }

    #[test]
    fn odd_dots_are_quoted_on_their_way() {
        for (address, written) in [
            ("taro.yamada@example.jp", "taro.yamada@example.jp"),
            ("foo..bar.@docomo.ne.jp", "\"foo..bar.\"@docomo.ne.jp"),
            (".a@ezweb.ne.jp", "\".a\"@ezweb.ne.jp"),
            ("\"a..b\"@x.jp", "\"a..b\"@x.jp"),
        ] {
            assert_eq!(written_address(address), written);
        }
    }

    #[test]
    fn languages() {
        for (header, expected) in [
            ("ja,en;q=0.8", Some(Language::Ja)),
            ("fr-FR, en-GB;q=0.7", Some(Language::En)),
            ("ja_JP.UTF-8", Some(Language::Ja)),
            ("de", None),
            ("", None),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }
}
