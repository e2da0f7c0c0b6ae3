//! A contact: a person outside who writes to us. Pure.

use madoguchi_kernel::{EmailAddress, Language, Problem, Timestamp, problem::Result};
use unicode_normalization::UnicodeNormalization;

use crate::{
    ContactId, OrganizationId,
    change::{Changes, Erasable, erasable},
};

/// The longest name, title, department or label, in characters.
pub const NAME_CHARACTERS_MAX: usize = 200;
/// The longest notes, in characters.
pub const NOTES_CHARACTERS_MAX: usize = 10_000;
/// Addresses of one contact.
pub const ADDRESSES_MAX: usize = 20;
/// Telephone numbers of one contact.
pub const PHONES_MAX: usize = 20;

/// An address of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactAddress {
    /// The address.
    pub address: EmailAddress,
    /// Whether we know that the contact reads what is sent there.
    pub verified: bool,
}

/// A telephone number of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The number.
    pub number: PhoneNumber,
    /// What it is for, such as 携帯.
    pub label: Option<String>,
}

/// A telephone number, in international form where we can tell: `+` and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// Digits of a number, at least and at most (E.164 ends at 15).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 3..=15;

impl PhoneNumber {
    /// As kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// As it was kept.
    pub(super) fn kept(number: String) -> Self {
        Self(number)
    }
    /// As people write it: full-width digits, hyphens, blanks and brackets are understood, and a domestic
    /// number of Japan gets its country.
    pub fn parse(text: &str) -> Result<Self> {
        let (digits, international) = digits_of(text)
            .filter(|(digits, _)| PHONE_DIGITS.contains(&digits.len()))
            .ok_or_else(|| Problem::field("phones", "phone"))?;
        let domestic = !international && digits.starts_with('0') && matches!(digits.len(), 10 | 11);
        Ok(Self(match (international, domestic) {
            (true, _) => format!("+{digits}"),
            (false, true) => format!("+81{}", &digits[1..]),
            (false, false) => digits,
        }))
    }
    /// The beginning of kept numbers that somebody means who is still typing one; none when it is too little or none.
    pub fn beginning(text: &str) -> Option<String> {
        let (digits, international) = digits_of(text).filter(|(digits, _)| PHONE_DIGITS.contains(&digits.len()))?;
        Some(match (international, digits.strip_prefix('0')) {
            (true, _) => format!("+{digits}"),
            (false, Some(national)) => format!("+81{national}"),
            (false, None) => digits,
        })
    }
}

/// The digits of a number as people write it, and whether it begins with `+`; none when something else is in it.
fn digits_of(text: &str) -> Option<(String, bool)> {
    let mut digits = String::new();
    let mut international = false;
    for c in text.trim().chars() {
        match half_width(c) {
            c if c.is_ascii_digit() => digits.push(c),
            '+' if digits.is_empty() && !international => international = true,
            ' ' | '-' | '(' | ')' | '.' | '‐' | '‑' | '–' | '−' | 'ー' | '\u{3000}' => {}
            _ => return None,
        }
    }
    Some((digits, international))
}

/// Full-width ASCII as half-width.
fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// How names are compared when somebody searches: width, case, spaces and which kana do not matter, so `岡田恵` finds
/// 岡田 恵 and `ｵｶﾀﾞ` finds おかだ.
pub fn folded(text: &str) -> String {
    let hiragana = |c: char| match c {
        '\u{30a1}'..='\u{30f6}' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        other => other,
    };
    text.nfkc().filter(|c| !c.is_whitespace()).map(hiragana).flat_map(char::to_lowercase).collect()
}

/// What is known of a contact, apart from what the house counts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Profile {
    /// The name, as it is shown.
    pub name: String,
    /// How it is read (ふりがな).
    pub reading: Option<String>,
    /// Where they work.
    pub organization: Option<OrganizationId>,
    /// What they are there.
    pub title: Option<String>,
    /// In which part of it.
    pub department: Option<String>,
    /// Addresses, the main one first.
    pub emails: Vec<ContactAddress>,
    /// Telephone numbers, the main one first.
    pub phones: Vec<Phone>,
    /// The language that they read.
    pub language: Option<Language>,
    /// What we should know of them.
    pub notes: Option<String>,
}

/// What of a contact becomes different.
#[derive(Clone, Debug, Default)]
pub struct ContactEdit {
    /// The name.
    pub name: Option<String>,
    /// How it is read.
    pub reading: Option<Option<String>>,
    /// Where they work.
    pub organization: Option<Option<OrganizationId>>,
    /// What they are there.
    pub title: Option<Option<String>>,
    /// In which part of it.
    pub department: Option<Option<String>>,
    /// Every address; one that stays keeps whether it is verified.
    pub emails: Option<Vec<EmailAddress>>,
    /// Every telephone number.
    pub phones: Option<Vec<Phone>>,
    /// The language that they read.
    pub language: Option<Option<Language>>,
    /// What we should know of them.
    pub notes: Option<Option<String>>,
}

impl ContactEdit {
    /// What is known then.
    pub fn applied(&self, before: &Profile) -> Profile {
        let kept = |address: &EmailAddress| ContactAddress {
            verified: before.emails.iter().any(|email| email.verified && email.address == *address),
            address: address.clone(),
        };
        let emails = self.emails.as_ref().map(|emails| emails.iter().map(kept).collect());
        Profile {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            reading: self.reading.clone().unwrap_or_else(|| before.reading.clone()),
            organization: self.organization.unwrap_or(before.organization),
            title: self.title.clone().unwrap_or_else(|| before.title.clone()),
            department: self.department.clone().unwrap_or_else(|| before.department.clone()),
            emails: emails.unwrap_or_else(|| before.emails.clone()),
            phones: self.phones.clone().unwrap_or_else(|| before.phones.clone()),
            language: self.language.unwrap_or(before.language),
            notes: self.notes.clone().unwrap_or_else(|| before.notes.clone()),
        }
    }
}

/// A person outside who writes to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The id.
    pub id: ContactId,
    /// What is known.
    pub profile: Profile,
    /// How many facts there are.
    pub revision: i64,
    /// Known since.
    pub created_at: Timestamp,
    /// Last changed.
    pub updated_at: Timestamp,
}

const NAME: Erasable = erasable!("name");
const READING: Erasable = erasable!("reading");
const TITLE: Erasable = erasable!("title");
const DEPARTMENT: Erasable = erasable!("department");
const EMAILS: Erasable = erasable!("emails");
const PHONES: Erasable = erasable!("phones");
const NOTES: Erasable = erasable!("notes");

/// What somebody says of themselves, or what is said of them, when they turn to us: at least one of the three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    name: Option<String>,
    address: Option<EmailAddress>,
    phone: Option<PhoneNumber>,
}

impl Introduction {
    /// What was said; none when nothing was.
    pub fn of(name: Option<&str>, address: Option<EmailAddress>, phone: Option<PhoneNumber>) -> Option<Self> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        let name = name.map(|name| name.chars().take(NAME_CHARACTERS_MAX).collect());
        (name.is_some() || address.is_some() || phone.is_some()).then_some(Self { name, address, phone })
    }
    /// Where they write from.
    pub fn address(&self) -> Option<&EmailAddress> {
        self.address.as_ref()
    }
    /// Where they call from.
    pub fn phone(&self) -> Option<&PhoneNumber> {
        self.phone.as_ref()
    }
    /// How they are called: by their address or number when nothing else is known.
    fn called(&self) -> &str {
        let words =
            [self.name.as_deref(), self.address().map(EmailAddress::as_str), self.phone().map(PhoneNumber::as_str)];
        words.into_iter().flatten().next().expect("one of the three is there")
    }
    /// Whether somebody of this name and reading is called as they are. Width, case and blanks do not matter.
    pub fn is_called(&self, name: &str, reading: Option<&str>) -> bool {
        let plain = folded;
        let own = plain(self.called());
        [Some(name), reading].into_iter().flatten().any(|other| plain(other) == own)
    }
}

impl Profile {
    /// Somebody of whom only this is known.
    pub fn of(who: &Introduction) -> Self {
        let email = |address: &EmailAddress| ContactAddress { address: address.clone(), verified: false };
        let phone = |number: &PhoneNumber| Phone { number: number.clone(), label: None };
        Self {
            name: who.called().to_owned(),
            emails: who.address().map(email).into_iter().collect(),
            phones: who.phone().map(phone).into_iter().collect(),
            ..Self::default()
        }
    }

    /// What a search compares: the name and how it is read.
    pub fn search_key(&self) -> String {
        // A line end between them: no word of a search spans the two.
        [Some(self.name.as_str()), self.reading.as_deref()]
            .into_iter()
            .flatten()
            .map(folded)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// What is different in `after`.
    pub fn changes(&self, after: &Self) -> Changes {
        let mut changes = Changes::new();
        changes.note("organization", &self.organization, &after.organization);
        changes.note("language", &self.language, &after.language);
        let name = |profile: &Self| (!profile.name.is_empty()).then(|| profile.name.clone());
        changes.note_text(NAME, name(self).as_deref(), name(after).as_deref());
        for (field, before, after) in [
            (READING, &self.reading, &after.reading),
            (TITLE, &self.title, &after.title),
            (DEPARTMENT, &self.department, &after.department),
            (NOTES, &self.notes, &after.notes),
        ] {
            changes.note_text(field, before.as_deref(), after.as_deref());
        }
        changes.note_text(EMAILS, self.emails_text().as_deref(), after.emails_text().as_deref());
        changes.note_text(PHONES, self.phones_text().as_deref(), after.phones_text().as_deref());
        changes
    }

    /// One address a line; a verified one is marked.
    fn emails_text(&self) -> Option<String> {
        let line =
            |email: &ContactAddress| format!("{}{}", email.address, if email.verified { " verified" } else { "" });
        (!self.emails.is_empty()).then(|| self.emails.iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    /// One number a line, with its label.
    fn phones_text(&self) -> Option<String> {
        let line = |phone: &Phone| {
            [Some(phone.number.as_str()), phone.label.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        (!self.phones.is_empty()).then(|| self.phones.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (written, kept) in [
            ("03-1234-5678", "+81312345678"),
            ("０９０（１２３４）５６７８", "+819012345678"),
            ("+44 20 7946 0000", "+442079460000"),
            ("0120-444-444", "+81120444444"),
            ("110", "110"),
        ] {
            assert_eq!(PhoneNumber::parse(written).expect(written).as_str(), kept);
        }
        for wrong in ["", "12", "電話なし", "+1+2", "1234567890123456"] {
            assert!(PhoneNumber::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_found_while_it_is_typed() {
        for (typed, begins) in [("０９０-12", "+819012"), ("+81 90", "+8190"), ("110", "110")] {
            assert_eq!(PhoneNumber::beginning(typed).as_deref(), Some(begins));
            assert!(
                PhoneNumber::parse("090-1234-5678").expect("a number").as_str().starts_with(begins) || typed == "110"
            );
        }
        for less in ["", "09", "山田", "a@b"] {
            assert_eq!(PhoneNumber::beginning(less), None);
        }
    }

    #[test]
    fn a_change_keeps_what_it_says_of_a_person_apart() {
        let address: EmailAddress = "taro@example.co.jp".parse().expect("an address");
        let who = Introduction::of(Some(" 山田 太郎 "), Some(address), None).expect("somebody");
        let before = Profile::of(&who);
        assert_eq!(before.name, "山田 太郎");
        let after = Profile { title: Some("部長".into()), language: Some(Language::Ja), ..before.clone() };
        let (list, texts) = before.changes(&after).into_parts();
        assert_eq!(list.len(), 2);
        assert_eq!(texts, [("title.after", "部長".to_owned())]);
        assert!(before.changes(&before).is_empty());
    }

    #[test]
    fn somebody_is_called_by_what_is_known_of_them() {
        let phone = PhoneNumber::parse("090-1234-5678").expect("a number");
        let number_only = Introduction::of(Some("　"), None, Some(phone.clone())).expect("somebody");
        assert_eq!(Profile::of(&number_only).name, "+819012345678");
        assert!(number_only.is_called("+819012345678", None) && !number_only.is_called("山田 太郎", None));
        let named = Introduction::of(Some("ﾔﾏﾀﾞ taro"), None, Some(phone)).expect("somebody");
        assert!(named.is_called("ﾔﾏﾀﾞ　ＴＡＲＯ", None) && named.is_called("山田", Some("ﾔﾏﾀﾞTaro")));
        assert_eq!(Introduction::of(Some(" "), None, None), None);
    }

    #[test]
    fn folding_makes_width_and_case_the_same() {
        assert_eq!(folded("ＡＢＣ　Yamada"), "abcyamada");
        assert_eq!(folded("岡田　恵"), folded("岡田恵"));
        assert_eq!(folded("ｵｶﾀﾞ ﾒｸﾞﾐ"), folded("おかだめぐみ"));
    }
}
