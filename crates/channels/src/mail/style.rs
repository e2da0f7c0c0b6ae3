//! How a team's letters look: how the reader is addressed, how we sign, what is repeated, and what the program says when
//! a word has come. Pure.
//!
//! The desk has a style; a team may have one of its own, which then stands alone.

mod apart;
pub mod history;
pub mod hours;
pub mod salutation;

use madoguchi_kernel::{EmailAddress, Id, Language, Problem, problem::Result};
use madoguchi_platform::words;
use madoguchi_tickets::envelope::Quote;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use hours::Hours;

/// Marks ids of styles.
pub enum StyleKind {}
/// The id of a style.
pub type StyleId = Id<StyleKind>;

/// The longest text of a style, in characters.
pub const TEXT_CHARACTERS_MAX: usize = 4_000;
/// Domains to which a style's letters go in ISO-2022-JP.
pub const OLD_DOMAINS_MAX: usize = 200;
/// What a text may name in double braces.
pub const VARIABLES: [&str; 6] = ["agent", "desk", "address", "number", "subject", "opens"];

/// The texts of one language. `{{agent}}`, `{{desk}}`, `{{address}}`, `{{number}}`, `{{subject}}` and, while closed,
/// `{{opens}}` stand for what they name.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    /// Below the line that addresses the reader; nothing when empty, or where an answer begins alike.
    pub opening: String,
    /// Below the words; nothing when empty, or where an answer ends alike.
    pub closing: String,
    /// Below every answer; nothing when empty.
    pub signature: String,
    /// What the program answers when a word has come; our own words when empty.
    pub acknowledgement: String,
    /// The same while the desk is closed; our own words when empty.
    pub closed: String,
}

/// How letters look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LetterStyle {
    /// Whether a line addresses the reader unless the answer says otherwise.
    pub salutation: bool,
    /// How much of the letters before is repeated.
    pub quote: Quote,
    /// Whether the program answers at once that a word has come.
    pub acknowledgement: bool,
    /// When the desk is open; always when absent.
    pub hours: Option<Hours>,
    /// Domains of readers whose mail programs know ISO-2022-JP and nothing else; those below them are meant too.
    pub iso_2022_jp: Vec<String>,
    /// In Japanese.
    pub ja: Texts,
    /// In English.
    pub en: Texts,
}

impl Default for LetterStyle {
    fn default() -> Self {
        Self {
            salutation: false,
            quote: Quote::Full,
            acknowledgement: false,
            hours: None,
            iso_2022_jp: Vec::new(),
            ja: Texts::default(),
            en: Texts::default(),
        }
    }
}

impl LetterStyle {
    /// The texts of a language.
    pub fn texts(&self, language: Language) -> &Texts {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }

    /// Refuses what is too long, names something that there is not, or is no time.
    pub fn checked(mut self) -> Result<Self> {
        for domain in &mut self.iso_2022_jp {
            *domain = domain.trim().to_ascii_lowercase();
        }
        self.iso_2022_jp.dedup();
        if self.iso_2022_jp.len() > OLD_DOMAINS_MAX {
            return Err(Problem::field("iso_2022_jp", "too_many"));
        }
        // A domain is one that an address can have.
        if self.iso_2022_jp.iter().any(|domain| format!("a@{domain}").parse::<EmailAddress>().is_err()) {
            return Err(Problem::field("iso_2022_jp", "domain"));
        }
        for (language, texts) in [("ja", &self.ja), ("en", &self.en)] {
            let named = [
                ("opening", &texts.opening),
                ("closing", &texts.closing),
                ("signature", &texts.signature),
                ("acknowledgement", &texts.acknowledgement),
                ("closed", &texts.closed),
            ];
            for (name, text) in named {
                let field = format!("{language}.{name}");
                if text.chars().count() > TEXT_CHARACTERS_MAX {
                    return Err(Problem::field(&field, "too_long"));
                }
                if unknown_variable(text).is_some() {
                    return Err(Problem::field(&field, "variable"));
                }
            }
        }
        match self.hours.as_ref().and_then(Hours::wrong) {
            Some((field, word)) => Err(Problem::field(field, word)),
            None => Ok(self),
        }
    }
}

/// A name in double braces that stands for nothing.
fn unknown_variable(text: &str) -> Option<&str> {
    text.split("{{").skip(1).find_map(|rest| {
        let name = rest.split_once("}}").map(|(name, _)| name.trim());
        name.is_none_or(|name| !VARIABLES.contains(&name)).then(|| name.unwrap_or_default())
    })
}

/// What the variables of a text stand for.
#[derive(Clone, Debug, Default)]
pub struct Meaning<'a> {
    /// Whoever wrote the answer.
    pub agent: &'a str,
    /// The name under which the mailbox writes.
    pub desk: &'a str,
    /// Its address.
    pub address: &'a str,
    /// The ticket's number.
    pub number: i64,
    /// Its subject.
    pub subject: &'a str,
    /// When the desk opens next.
    pub opens: &'a str,
}

impl Meaning<'_> {
    /// The text with its variables filled in.
    pub fn fill(&self, text: &str) -> String {
        let named: words::Params<'_> = &[
            ("agent", &self.agent),
            ("desk", &self.desk),
            ("address", &self.address),
            ("number", &self.number),
            ("subject", &self.subject),
            ("opens", &self.opens),
        ];
        words::filled(text, named)
    }
}

/// The language in which somebody wrote, as far as the letters tell.
pub fn language_of(text: &str, otherwise: Language) -> Language {
    let (mut japanese, mut latin) = (0_u32, 0_u32);
    for character in text.chars().take(4_000) {
        match character {
            '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff66}'..='\u{ff9f}' => japanese += 1,
            'a'..='z' | 'A'..='Z' => latin += 1,
            _ => {}
        }
    }
    match (japanese, latin) {
        // A name or a word of Japanese in an English letter does not make it Japanese.
        (some, latin) if some > 0 && some * 8 >= latin => Language::Ja,
        (_, latin) if latin >= 20 => Language::En,
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_what_there_is() {
        let style = |signature: &str| LetterStyle {
            ja: Texts { signature: signature.to_owned(), ..Texts::default() },
            ..LetterStyle::default()
        };
        assert!(style("{{agent}} {{ desk }}").checked().is_ok());
        for wrong in ["{{password}}", "{{agent", "{{}}"] {
            assert!(style(wrong).checked().is_err(), "{wrong}");
        }
        let meaning = Meaning { agent: "佐藤", number: 12, ..Meaning::default() };
        assert_eq!(meaning.fill("担当 {{agent}}（{{ number }}）"), "担当 佐藤（12）");
    }

    #[test]
    fn the_language_is_the_writers() {
        for (text, want) in [
            ("冷蔵庫が冷えません。", Language::Ja),
            ("Error code ERR_CONNECTION_REFUSED と表示されます。", Language::Ja),
            ("My refrigerator stopped cooling yesterday.", Language::En),
            ("Dear 窓口, my refrigerator stopped cooling yesterday, please help me as soon as possible.", Language::En),
            ("OK", Language::Ja),
            ("", Language::Ja),
        ] {
            assert_eq!(language_of(text, Language::Ja), want, "{text}");
        }
    }
}
