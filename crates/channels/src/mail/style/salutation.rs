//! The line that addresses the reader of a letter (宛名). Pure.
//!
//! Of the honorifics only one is ever used: a person is 様, an organization 御中, and whoever is 各位 or 先生 already is
//! given nothing more.

use std::borrow::Cow;

use madoguchi_kernel::{Language, Word};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::apart::apart;

/// People who are named one by one; more are addressed as everyone.
const NAMED_MAX: usize = 3;

/// How the reader is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person, with their organization: `株式会社あおば` / `山田 太郎 様`.
    Person,
    /// Several people, each by name (連名).
    Joint,
    /// An organization: `株式会社あおば 御中`.
    Organization,
    /// Whoever is in charge there: `ご担当者様`.
    InCharge,
    /// Everyone: `各位`.
    Everyone,
    /// Nobody is addressed.
    None,
}
impl Word for Kind {
    const ALL: &'static [Self] =
        &[Self::Person, Self::Joint, Self::Organization, Self::InCharge, Self::Everyone, Self::None];
    fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Joint => "joint",
            Self::Organization => "organization",
            Self::InCharge => "in_charge",
            Self::Everyone => "everyone",
            Self::None => "none",
        }
    }
}

/// Those to whom a letter goes.
#[derive(Clone, Debug, Default)]
pub struct Readers {
    /// The names of those in `To`; empty ones are not known.
    pub names: Vec<String>,
    /// The organization of the requester.
    pub organization: Option<String>,
}

impl Readers {
    /// How they are usually addressed.
    pub fn usual(&self) -> Kind {
        let known: Vec<Cow<'_, str>> = self.known().collect();
        match (self.names.len(), known.as_slice()) {
            (1, [name]) if is_organization(name) => Kind::Organization,
            (1, [_]) => Kind::Person,
            (0 | 1, _) => Kind::InCharge,
            (many, known) if many <= NAMED_MAX && known.len() == many => Kind::Joint,
            _ => Kind::Everyone,
        }
    }

    /// Every way in which they can be addressed, the usual one first.
    pub fn choices(&self, language: Language) -> Vec<(Kind, String)> {
        let usual = self.usual();
        let others = Kind::ALL.iter().copied().filter(|kind| *kind != usual);
        let mut choices: Vec<(Kind, String)> = Vec::new();
        for kind in std::iter::once(usual).chain(others) {
            let Some(line) = self.line(kind, language) else { continue };
            if choices.iter().all(|(_, known)| *known != line) {
                choices.push((kind, line));
            }
        }
        choices
    }

    /// The line, where there is what it needs.
    pub fn line(&self, kind: Kind, language: Language) -> Option<String> {
        match language {
            Language::Ja => self.japanese(kind),
            Language::En => self.english(kind),
        }
    }

    fn japanese(&self, kind: Kind) -> Option<String> {
        let organization = self.organization();
        let above = organization.as_deref().filter(|name| !self.known().any(|known| known.contains(*name)));
        let below = |line: String| match above {
            Some(organization) => format!("{}\n{line}", without_honorific(organization)),
            None => line,
        };
        match kind {
            Kind::Person => {
                self.known().find(|name| !is_organization(name)).map(|name| below(with_honorific(&name, "様")))
            }
            Kind::Joint => {
                let lines: Vec<String> = self.known().map(|name| honoured(&name)).collect();
                (lines.len() > 1).then(|| below(lines.join("\n")))
            }
            Kind::Organization => organization.map(|name| with_honorific(&name, "御中")),
            Kind::InCharge => Some(match organization {
                Some(name) => format!("{}\nご担当者様", without_honorific(&name)),
                None => "ご担当者様".to_owned(),
            }),
            Kind::Everyone => Some("各位".to_owned()),
            Kind::None => Some(String::new()),
        }
    }

    fn english(&self, kind: Kind) -> Option<String> {
        match kind {
            Kind::Person => self.known().find(|name| !is_organization(name)).map(|name| format!("Dear {name},")),
            Kind::Joint => {
                let names: Vec<Cow<'_, str>> = self.known().collect();
                let (last, rest) = names.split_last().filter(|(_, rest)| !rest.is_empty())?;
                Some(format!("Dear {} and {last},", rest.join(", ")))
            }
            Kind::Organization => self.organization().map(|name| format!("Dear {name} team,")),
            Kind::InCharge => Some("Hello,".to_owned()),
            Kind::Everyone => Some("Dear all,".to_owned()),
            Kind::None => Some(String::new()),
        }
    }

    /// The organization's name: the one that is known of the requester, or the reader that is one.
    fn organization(&self) -> Option<String> {
        let named = self.organization.clone().filter(|name| !name.trim().is_empty() && !is_domain(name));
        let reader = || self.known().find(|name| is_organization(name)).map(Cow::into_owned);
        named.or_else(reader).or_else(|| self.names.iter().find_map(|name| apart(name).map(|(house, _)| house)))
    }

    /// Whom we can call by a name: of a house and its person the person.
    fn known(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let is_name = |name: &&str| !name.is_empty() && !name.contains('@') && !is_office(name);
        let named = self.names.iter().map(|name| name.trim()).filter(is_name);
        named.map(|name| apart(name).map_or_else(|| in_order(name), |(_, person)| Cow::Owned(person)))
    }
}

/// What an address is called that nobody in particular reads.
fn is_office(name: &str) -> bool {
    const OFFICES: &[&str] = &[
        "info",
        "information",
        "support",
        "sales",
        "contact",
        "office",
        "admin",
        "noreply",
        "webmaster",
        "postmaster",
    ];
    OFFICES.contains(&name.to_lowercase().replace([' ', '-', '_'], "").as_str())
}

/// `Hill, Carol`, as directories sort people, in the order in which they are called: `Carol Hill`.
fn in_order(name: &str) -> Cow<'_, str> {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphabetic() || " -'’".contains(c));
    match name.split_once(", ") {
        Some((last, first)) if name.is_ascii() && is_part(last) && is_part(first) && !is_suffix(first) => {
            Cow::Owned(format!("{first} {last}"))
        }
        _ => Cow::Borrowed(name),
    }
}

/// What stands behind a comma without being a given name.
fn is_suffix(part: &str) -> bool {
    ["Inc", "Ltd", "LLC", "Jr", "Sr", "PhD", "MD", "CPA"].contains(&part)
}

/// Words by which the name of an organization or of a part of one is known.
const OF_ORGANIZATIONS: &[&str] = &[
    "株式会社",
    "有限会社",
    "合同会社",
    "合資会社",
    "合名会社",
    "一般社団法人",
    "社団法人",
    "財団法人",
    "医療法人",
    "学校法人",
    "協同組合",
    "（株）",
    "(株)",
    "㈱",
    "（有）",
    "(有)",
    "㈲",
    "事務局",
    "事務所",
    "サポート",
    "窓口",
    "センター",
    "御中",
];
/// Endings of the same.
const ENDINGS: &[&str] = &[
    "部",
    "課",
    "係",
    "室",
    "店",
    "支社",
    "本社",
    "営業所",
    "病院",
    "大学",
    "市役所",
    "役場",
    " Inc.",
    " Inc",
    " Ltd.",
    " Ltd",
    " LLC",
    " K.K.",
    " GmbH",
];
/// Honorifics that a name may bear already.
const HONORIFICS: &[&str] = &[
    "様", "さま", "さん", "殿", "先生", "御中", "各位", "部長", "課長", "係長", "次長", "主任", "室長", "店長", "社長",
    "専務", "常務", "院長", "教授",
];

/// An organization of which nothing is known but its domain bears that as its name.
fn is_domain(name: &str) -> bool {
    name.is_ascii() && name.contains('.') && !name.ends_with('.') && !name.contains(char::is_whitespace)
}

pub(super) fn is_organization(name: &str) -> bool {
    OF_ORGANIZATIONS.iter().any(|word| name.contains(word)) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// With the honorific that fits what it names.
fn honoured(name: &str) -> String {
    with_honorific(name, if is_organization(name) { "御中" } else { "様" })
}

/// How somebody is called in a sentence: 山田 さん, 株式会社みなと 様. An address is called as it is.
pub fn called(name: &str, language: Language) -> String {
    match language {
        Language::Ja if !name.is_empty() && !name.contains('@') => {
            let is_house = is_organization(name) && apart(name).is_none();
            with_honorific(name, if is_house { "様" } else { "さん" })
        }
        Language::Ja | Language::En => name.to_owned(),
    }
}

fn with_honorific(name: &str, honorific: &str) -> String {
    if HONORIFICS.iter().any(|known| name.ends_with(known)) { name.to_owned() } else { format!("{name} {honorific}") }
}

fn without_honorific(name: &str) -> &str {
    HONORIFICS.iter().find_map(|known| name.strip_suffix(known)).unwrap_or(name).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(names: &[&str], organization: Option<&str>) -> Readers {
        Readers {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            organization: organization.map(str::to_owned),
        }
    }

    #[test]
    fn the_usual_line_fits_whoever_reads() {
        for (names, organization, ja, en) in [
            (vec!["山田 太郎"], None, "山田 太郎 様", "Dear 山田 太郎,"),
            (vec!["山田 太郎"], Some("株式会社あおば"), "株式会社あおば\n山田 太郎 様", "Dear 山田 太郎,"),
            (vec!["John Smith"], None, "John Smith 様", "Dear John Smith,"),
            (vec!["株式会社あおば 総務部"], Some("株式会社あおば"), "株式会社あおば 御中", "Dear 株式会社あおば team,"),
            (vec!["㈱みどり"], None, "㈱みどり 御中", "Dear ㈱みどり team,"),
            (vec!["株式会社山田商事 購買部 山田太郎"], None, "株式会社山田商事 購買部\n山田太郎 様", "Dear 山田太郎,"),
            (vec!["日本商事(株) 田中"], Some("日本商事(株)"), "日本商事(株)\n田中 様", "Dear 田中,"),
            (vec!["田中部長"], None, "田中部長", "Dear 田中部長,"),
            (vec!["No Reply"], None, "ご担当者様", "Hello,"),
            (vec!["Hill, Carol"], None, "Carol Hill 様", "Dear Carol Hill,"),
            (vec!["Hill, Carol", "Bob Day"], None, "Carol Hill 様\nBob Day 様", "Dear Carol Hill and Bob Day,"),
            (vec!["Acme, Inc."], None, "Acme, Inc. 御中", "Dear Acme, Inc. team,"),
            (vec!["Smith, Jr"], None, "Smith, Jr 様", "Dear Smith, Jr,"),
            (vec!["佐藤先生"], None, "佐藤先生", "Dear 佐藤先生,"),
            (vec!["山田様"], None, "山田様", "Dear 山田様,"),
            (vec!["あおば商店 御中"], None, "あおば商店 御中", "Dear あおば商店 御中 team,"),
            (vec!["山田 太郎"], Some("example.jp"), "山田 太郎 様", "Dear 山田 太郎,"),
            (vec![""], None, "ご担当者様", "Hello,"),
            (vec!["taro@example.jp"], Some("株式会社あおば"), "株式会社あおば\nご担当者様", "Hello,"),
            (vec!["山田 太郎", "佐藤 花子"], None, "山田 太郎 様\n佐藤 花子 様", "Dear 山田 太郎 and 佐藤 花子,"),
            (vec!["山田", "総務部"], Some("あおば"), "あおば\n山田 様\n総務部 御中", "Dear 山田 and 総務部,"),
            (vec!["山田", ""], None, "各位", "Dear all,"),
            (vec!["a", "b", "c", "d"], None, "各位", "Dear all,"),
            (vec![], None, "ご担当者様", "Hello,"),
        ] {
            let readers = readers(&names, organization);
            let usual = readers.usual();
            assert_eq!(readers.line(usual, Language::Ja).as_deref(), Some(ja), "{names:?}");
            assert_eq!(readers.line(usual, Language::En).as_deref(), Some(en), "{names:?}");
        }
    }

    #[test]
    fn no_line_honours_anybody_twice() {
        let names = [
            "山田 太郎",
            "山田様",
            "佐藤さん",
            "あおば 御中",
            "株式会社あおば",
            "株式会社あおば 御中",
            "営業部",
            "社員各位",
            "鈴木先生",
            "",
        ];
        for one in names {
            for other in names {
                for organization in [None, Some("株式会社あおば"), Some("みどり 御中")] {
                    for (kind, line) in readers(&[one, other], organization).choices(Language::Ja) {
                        for written in line.lines() {
                            let count =
                                ["様", "御中", "各位", "さん", "先生"].iter().map(|word| written.matches(word).count());
                            assert!(count.sum::<usize>() <= 1, "{kind:?} {line}");
                        }
                        assert!(!(line.contains("御中") && line.ends_with("ご担当者様")), "{line}");
                    }
                }
            }
        }
    }

    #[test]
    fn choices_begin_with_the_usual_one_and_name_each_line_once() {
        let choices = readers(&["山田 太郎"], Some("株式会社あおば")).choices(Language::Ja);
        let kinds: Vec<Kind> = choices.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [Kind::Person, Kind::Organization, Kind::InCharge, Kind::Everyone, Kind::None]);
    }
}
