//! A file with a password in one letter, the password in the next (PPAP): how the second is known. Pure.
//!
//! Programs that do this by themselves write a subject of their own and begin no thread, so that without this the
//! password would become a ticket apart from its file.

use std::time::Duration;

use madoguchi_tickets::quote;

use super::{letter::Letter, thread::base_subject};

/// A password comes within this long of its file.
pub const PASSWORD_WITHIN: Duration = Duration::from_secs(24 * 3_600);
/// With nothing that names the file or the matter, it must come within this.
const NAMELESS_WITHIN: Duration = Duration::from_secs(3_600);
/// Where the password came first, and nothing names the file or the matter, the file must follow within this.
const NAMELESS_AHEAD: Duration = Duration::from_secs(600);
/// Words of a letter that brings a password and little else; longer ones are about something.
const TEXT_CHARACTERS_MAX: usize = 1_500;

/// How such letters call it; in lower case, full-width letters narrowed.
const WORDS: &[&str] =
    &["パスワード", "ﾊﾟｽﾜｰﾄﾞ", "password", "passwd", "passphrase", "解凍キー", "解凍pw", "復号", "暗証番号", "解凍用"];
/// The same, as words of their own only.
const SHORT_WORDS: &[&str] = &["pw", "pass"];

/// Whoever says this asks about a password, and brings none: a question must not lie in the card of a file.
const ASKS: &[&str] = &[
    "忘れ",
    "再発行",
    "再設定",
    "リセット",
    "教えてください",
    "教えて下さい",
    "ログイン",
    "でしょうか",
    "ますか",
    "ですか",
    "か。",
    "?\n",
    "届いていません",
    "届きません",
    "開けません",
    "forgot",
    "reset my",
    "log in",
    "login",
    "sign in",
];

/// A letter that brought locked files.
#[derive(Clone, Debug)]
pub struct Locked {
    /// The names of the files.
    pub names: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// How long before the other letter it came.
    pub age: Duration,
}

/// Whether a letter brings a password: it speaks of one, is short, carries nothing itself, and asks nothing.
pub fn brings_password(letter: &Letter) -> bool {
    let said = narrow(&format!("{}\n{}", letter.subject, letter.text));
    let is_word = |found: &str| SHORT_WORDS.contains(&found);
    let speaks =
        WORDS.iter().any(|word| said.contains(word)) || said.split(|c: char| !c.is_ascii_alphanumeric()).any(is_word);
    let fresh = narrow(&format!("{}\n{}\n", letter.subject, quote::fresh(&letter.text)));
    let asks = ASKS.iter().any(|word| fresh.contains(word));
    speaks
        && !asks
        && letter.attachments.iter().all(|file| file.inline)
        && letter.text.chars().count() <= TEXT_CHARACTERS_MAX
}

/// Which of these letters of the same sender, the newest first, the password is for.
pub fn meant<'a>(letter: &Letter, candidates: &'a [Locked]) -> Option<&'a Locked> {
    let subject = matter(&letter.subject);
    let text = narrow(&letter.text);
    let names_file = |locked: &&Locked| locked.names.iter().any(|name| text.contains(&narrow(name)));
    let shares_subject = |locked: &&Locked| {
        let other = matter(&locked.subject);
        !other.is_empty() && (subject.contains(&other) || text.contains(&other))
    };
    let nameless = || match candidates {
        [only] if only.age <= NAMELESS_WITHIN => Some(only),
        _ => None,
    };
    candidates.iter().find(names_file).or_else(|| candidates.iter().find(shares_subject)).or_else(nameless)
}

/// A letter that brought a password before its file.
#[derive(Clone, Debug)]
pub struct Ahead {
    /// Its subject.
    pub subject: String,
    /// What it says, where it is a message.
    pub text: String,
    /// How long before the file it came.
    pub age: Duration,
}

/// Which of these letters of the same sender, the newest first, brought the password of a letter's files.
pub fn came_ahead<'a>(subject: &str, names: &[String], candidates: &'a [Ahead]) -> Option<&'a Ahead> {
    let subject = matter(subject);
    let text = |ahead: &Ahead| narrow(&ahead.text);
    let names_file = |ahead: &&Ahead| names.iter().any(|name| text(ahead).contains(&narrow(name)));
    let shares_subject = |ahead: &&Ahead| {
        !subject.is_empty() && (matter(&ahead.subject).contains(&subject) || text(ahead).contains(&subject))
    };
    let nameless = || match candidates {
        [only] if only.age <= NAMELESS_AHEAD => Some(only),
        _ => None,
    };
    candidates.iter().find(names_file).or_else(|| candidates.iter().find(shares_subject)).or_else(nameless)
}

/// What a subject is about, whatever mailers put before it.
fn matter(subject: &str) -> String {
    narrow(base_subject(subject)).trim().to_owned()
}

/// Lower case, and full-width letters and digits as their ASCII fellows.
fn narrow(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().map(narrow).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::letter::read;

    fn letter(subject: &str, text: &str) -> Letter {
        let raw =
            format!("From: a@x.jp\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}");
        read(raw.as_bytes())
    }

    fn locked(name: &str, subject: &str, minutes: u64) -> Locked {
        Locked { names: vec![name.to_owned()], subject: subject.to_owned(), age: Duration::from_secs(minutes * 60) }
    }

    #[test]
    fn letters_that_bring_a_password_are_known() {
        for (subject, text) in [
            ("Re: 見積書", "解凍ＰＷは abc123 です。"),
            ("【パスワード通知】見積書", "abc123"),
            ("添付ファイルのパスワードのお知らせ", "Password: x"),
            ("x", "The PW is: 1234"),
        ] {
            assert!(brings_password(&letter(subject, text)), "{subject}");
        }
        let long = "パスワードを忘れました。".repeat(200);
        for (subject, text) in [
            ("見積書", "送ります。"),
            ("SPWの件", "bypass"),
            ("x", long.as_str()),
            ("請求書の件でパスワードを忘れました", "マイページのパスワードを忘れました。再発行をお願いします。"),
            ("ログインできません", "御社サイトに password を入れても入れません。業務が止まっています。"),
            ("Re: お見積", "パスワードは別便で届きました。納期はいつでしょうか。"),
            ("password", "Which password do I need?"),
        ] {
            assert!(!brings_password(&letter(subject, text)), "{subject}");
        }
    }

    #[test]
    fn the_file_is_found_by_its_name_its_subject_or_its_being_the_only_one() {
        let candidates = [locked("b.zip", "注文書", 10), locked("ａ.zip", "見積書", 300)];
        let name = |subject: &str, text: &str, candidates: &[Locked]| {
            meant(&letter(subject, text), candidates).map(|locked| locked.names[0].clone())
        };
        assert_eq!(name("パスワード", "a.ZIP のパスワードです", &candidates).as_deref(), Some("ａ.zip"));
        assert_eq!(name("[パスワード] Re: 注文書", "x", &candidates).as_deref(), Some("b.zip"));
        assert_eq!(name("パスワードのお知らせ", "件名：見積書", &candidates).as_deref(), Some("ａ.zip"));
        assert_eq!(name("パスワードのお知らせ", "x", &candidates), None);
        assert_eq!(name("パスワードのお知らせ", "x", &candidates[..1]).as_deref(), Some("b.zip"));
        assert_eq!(name("パスワードのお知らせ", "x", &candidates[1..]), None);
    }

    #[test]
    fn a_password_that_came_first_is_found_by_what_it_names_or_by_its_being_the_only_one_just_now() {
        let ahead = |subject: &str, text: &str, minutes: u64| Ahead {
            subject: subject.to_owned(),
            text: text.to_owned(),
            age: Duration::from_secs(minutes * 60),
        };
        let known = [ahead("パスワード", "ｂ.zip の解凍用です", 300), ahead("【パスワード】見積書", "x", 20)];
        let found = |subject: &str, name: &str, known: &[Ahead]| {
            came_ahead(subject, &[name.to_owned()], known).map(|ahead| ahead.age.as_secs() / 60)
        };
        assert_eq!(found("資料", "B.zip", &known), Some(300));
        assert_eq!(found("Re: 見積書", "a.zip", &known), Some(20));
        assert_eq!(found("資料", "a.zip", &known), None);
        // Somebody who asks about a password and sends something else much later means something else.
        assert_eq!(found("資料", "a.zip", &known[1..]), None);
        assert_eq!(found("資料", "a.zip", &[ahead("パスワードのお知らせ", "x", 9)]), Some(9));
        assert_eq!(found("", "a.zip", &[ahead("パスワードのお知らせ", "x", 11)]), None);
    }
}
