//! Reads what a gateway wrote into a letter's text: whose word it is, and what they said. Pure.
//!
//! Web forms, fax and voicemail gateways write in others' names: `【お名前】山田`, `お名前：山田`, `■お名前` with the name
//! on the next line, `| お名前 | 山田 |`. Width, spaces and case do not matter. A reader knows the labels of one form; what
//! stands behind a label reaches to the next label that it knows, so that a question of many lines stays whole.

use madoguchi_kernel::{EmailAddress, Id, Word};
use madoguchi_people::crm::contact::PhoneNumber;

mod lines;
mod propose;

pub use propose::{Proposal, propose};

use lines::{fold, narrow, splits, without_marks};

use super::mailbox::MailboxId;

/// Marks ids of body readers.
pub enum BodyReaderKind {}
/// The id of a body reader.
pub type BodyReaderId = Id<BodyReaderKind>;

/// Labels of one reader.
pub const LABELS_MAX: usize = 60;
/// The longest label, in characters.
pub const LABEL_CHARACTERS_MAX: usize = 60;
/// The longest name of a reader, in characters.
pub const NAME_CHARACTERS_MAX: usize = 120;
/// Readers of one mailbox.
pub const READERS_MAX: usize = 50;
/// Characters kept of what stands behind a label of one line.
const VALUE_CHARACTERS_MAX: usize = 500;

/// What stands behind a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The requester's name.
    Name,
    /// Their address: where the answer goes.
    Email,
    /// Their telephone number.
    Phone,
    /// Where they work.
    Company,
    /// What it is about.
    Subject,
    /// What they say, of any number of lines.
    Content,
    /// Anything else: it stays below what they say.
    Other,
    /// Nothing: here the form ends, and what follows is said by the gateway.
    End,
}
impl Word for Field {
    const ALL: &'static [Self] =
        &[Self::Name, Self::Email, Self::Phone, Self::Company, Self::Subject, Self::Content, Self::Other, Self::End];
    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Company => "company",
            Self::Subject => "subject",
            Self::Content => "content",
            Self::Other => "other",
            Self::End => "end",
        }
    }
}

/// A label of a form, and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// As it is written, without its brackets.
    pub label: String,
    /// What stands behind it.
    pub field: Field,
}

/// What people say about a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The form's name.
    pub name: String,
    /// The gateway whose letters it reads.
    pub gateway: EmailAddress,
    /// The form's labels.
    pub labels: Vec<Label>,
    /// Whether it is used.
    pub active: bool,
}

/// A reader as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyReader {
    /// Its id.
    pub id: BodyReaderId,
    /// The mailbox whose letters it reads.
    pub mailbox: MailboxId,
    /// What people say about it.
    pub settings: Settings,
    /// How many facts it has.
    pub revision: i64,
}

/// What a reader read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The requester's name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<EmailAddress>,
    /// Their telephone number.
    pub phone: Option<PhoneNumber>,
    /// Where they work.
    pub company: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// What they say; below it, line by line, what nothing else was made of.
    pub text: String,
    /// Every label that was found, and what stands behind it.
    pub found: Vec<(Label, String)>,
    /// Labels that were not found.
    pub missing: Vec<String>,
    /// Labels that were found more than once, of which the first was read.
    pub doubled: Vec<String>,
    /// Labels behind which an address should stand and none does.
    pub without_address: Vec<String>,
    /// The label behind which the address should stand is not there itself.
    pub is_address_missing: bool,
}

impl Form {
    /// Whether it is the form that the reader knows: every label is there.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.without_address.is_empty()
    }
    /// Whether it says who asks.
    pub fn names_somebody(&self) -> bool {
        self.email.is_some() || self.phone.is_some() || self.name.is_some()
    }
}

/// What the readers of a gateway make of a letter: the first that finds all of its labels, else the one that misses
/// fewest.
pub fn best(readers: &[BodyReader], text: &str) -> Option<Form> {
    let forms =
        readers.iter().filter(|reader| reader.settings.active).map(|reader| read(&reader.settings.labels, text));
    forms.min_by_key(|form| (!form.is_whole(), form.missing.len()))
}

/// Reads a letter's text.
pub fn read(labels: &[Label], text: &str) -> Form {
    let folded: Vec<String> = labels.iter().map(|label| fold(without_marks(&label.label))).collect();
    let mut values: Vec<Option<Vec<&str>>> = vec![None; labels.len()];
    let mut open = None;
    let mut form = Form::default();
    for line in text.lines() {
        let found = labelled(line, labels, &folded);
        if let Some((number, value)) = found
            && values[number].is_none()
        {
            if labels[number].field == Field::End {
                values[number] = Some(Vec::new());
                break;
            }
            values[number] = Some(vec![value]);
            open = Some(number);
            continue;
        }
        if let Some((number, _)) = found {
            form.note_doubled(&labels[number].label);
        }
        if let Some(lines) = open.and_then(|number: usize| values[number].as_mut()) {
            lines.push(line);
        }
    }
    let mut rest = Vec::new();
    for (label, lines) in labels.iter().zip(values) {
        match lines {
            // An end that is not there ends nothing.
            None if label.field == Field::End => {}
            None => {
                form.is_address_missing |= label.field == Field::Email;
                form.missing.push(label.label.clone());
            }
            Some(lines) => form.take(label, &value_of(&lines), &mut rest),
        }
    }
    form.text = [form.text.clone(), rest.join("\n")].join("\n\n").trim().to_owned();
    form
}

impl Form {
    fn note_doubled(&mut self, label: &str) {
        if !self.doubled.iter().any(|known| known == label) {
            self.doubled.push(label.to_owned());
        }
    }
    fn take(&mut self, label: &Label, value: &str, rest: &mut Vec<String>) {
        let first = value.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let line: String = spaced(first).chars().take(VALUE_CHARACTERS_MAX).collect();
        let said = (!line.is_empty()).then(|| line.clone());
        match label.field {
            Field::Name => self.name = said.map(|name| without_title(&name)),
            Field::Email => {
                let found = addresses_in(&line).next();
                if found.is_none() {
                    self.without_address.push(label.label.clone());
                }
                self.email = found;
            }
            Field::Phone => self.phone = PhoneNumber::parse(&narrow(&line)).ok(),
            Field::Company => self.company = said,
            Field::Subject => self.subject = said,
            Field::Content if self.text.is_empty() => value.clone_into(&mut self.text),
            Field::Content => self.text = format!("{}\n\n{value}", self.text),
            Field::Other | Field::End => {}
        }
        let stands_elsewhere = match label.field {
            Field::Name | Field::Subject => value.lines().count() <= 1,
            // One is answered; another one that stands beside it is for people to see.
            Field::Email => value.lines().count() <= 1 && addresses_in(value).count() <= 1,
            Field::Content | Field::End => true,
            // A contact who is known is not changed by a form, so these stay where agents read them.
            Field::Phone | Field::Company | Field::Other => value.is_empty(),
        };
        if !stands_elsewhere {
            let gap = if value.lines().count() > 1 { "\n" } else { " " };
            rest.push(format!("{}:{gap}{value}", label.label));
        }
        if label.field != Field::End {
            self.found.push((label.clone(), value.to_owned()));
        }
    }
}

/// Whether two labels are read as one: width, spaces and case do not matter.
pub fn is_same(one: &str, other: &str) -> bool {
    fold(without_marks(one)) == fold(without_marks(other))
}

/// Which label a line begins with, and what stands behind it.
fn labelled<'a>(line: &'a str, labels: &[Label], folded: &[String]) -> Option<(usize, &'a str)> {
    for (said, value, _) in splits(line) {
        let said = fold(without_marks(said));
        if let Some(number) = folded.iter().position(|label| !said.is_empty() && *label == said) {
            return Some((number, value));
        }
    }
    let whole = fold(line);
    let ends = |(label, folded): (&Label, &String)| {
        label.field == Field::End && !folded.is_empty() && whole.starts_with(folded.as_str())
    };
    labels.iter().zip(folded).position(ends).map(|number| (number, ""))
}

/// Lines behind a label, without rules and empty lines around them.
fn value_of(lines: &[&str]) -> String {
    let is_rule = |line: &str| line.len() >= 3 && line.chars().all(|c| "-=_*~＝ー－―─━＿…・+|".contains(c));
    let kept = |line: &&str| !line.trim().is_empty() && !is_rule(line.trim());
    let Some(first) = lines.iter().position(&kept) else { return String::new() };
    let last = lines.iter().rposition(kept).unwrap_or(first);
    let lines: Vec<&str> = lines[first..=last].iter().map(|line| line.trim_end()).collect();
    lines.join("\n").trim().to_owned()
}

/// One space between words, whatever stood there.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name without 様 and 御中: we put our own.
fn without_title(name: &str) -> String {
    let titles = ["様", "さま", "御中", "殿"];
    let bare = titles.iter().find_map(|title| name.strip_suffix(title)).unwrap_or(name).trim();
    if bare.is_empty() { name.to_owned() } else { bare.to_owned() }
}

/// The addresses in a line, however they are wrapped.
fn addresses_in(line: &str) -> impl Iterator<Item = EmailAddress> {
    let line = narrow(line);
    let words = line.split(|c: char| c.is_whitespace() || "<>()[],;\"'、。/／".contains(c));
    let addresses =
        words.map(|word| word.trim_start_matches("mailto:")).filter(|word| word.contains('@')).map(str::parse);
    addresses.filter_map(Result::ok).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels() -> Vec<Label> {
        let label = |label: &str, field| Label { label: label.to_owned(), field };
        vec![
            label("お名前", Field::Name),
            label("会社名", Field::Company),
            label("メール", Field::Email),
            label("電話番号", Field::Phone),
            label("件名", Field::Subject),
            label("内容", Field::Content),
        ]
    }

    const CONTENT: &str = "冷えません。\n\n型番：RX-100\n急いでいます。";

    fn check(text: &str) {
        let form = read(&labels(), text);
        assert_eq!(form.missing, Vec::<String>::new(), "{text}");
        assert_eq!(form.name.as_deref(), Some("山田 太郎"), "{text}");
        assert_eq!(form.email.as_ref().map(EmailAddress::as_str), Some("taro@example.jp"), "{text}");
        assert_eq!(form.phone.as_ref().map(PhoneNumber::as_str), Some("+81312345678"), "{text}");
        assert_eq!(form.subject.as_deref(), Some("冷蔵庫"), "{text}");
        assert!(form.text.starts_with(CONTENT), "{text}: {}", form.text);
        assert!(form.text.contains("会社名: みなと商事") && form.text.contains("電話番号: "), "{}", form.text);
        assert!(form.is_whole());
    }

    #[test]
    fn forms_are_read_however_their_labels_are_set_apart() {
        check(&format!(
            "フォームより\n\n【お名前】山田　太郎 様\n【会社名】みなと商事\n【メール】taro@example.jp\n【電話番号】03-1234-5678\n【件名】冷蔵庫\n【内容】\n{CONTENT}\n"
        ));
        check(&format!(
            "■お名前\n山田 太郎\n■会社名\nみなと商事\n■ﾒｰﾙ\nｔａｒｏ＠example.jp\n■電話番号\n０３－１２３４－５６７８\n■件名\n冷蔵庫\n■内容\n{CONTENT}\n----------\n"
        ));
        check(&format!(
            "お名前 （必須）：山田 太郎\n会 社 名: みなと商事\nメール＝<taro@example.jp>\n電話番号：(03)1234-5678\n件名：冷蔵庫\n内容：冷えません。\n{}",
            CONTENT.split_once('\n').unwrap().1
        ));
        check(&format!(
            "| お名前 | 山田 太郎 |\n| 会社名 | みなと商事 |\n|---|---|\n| メール | taro@example.jp |\n| 電話番号 | 03-1234-5678 |\n| 件名 | 冷蔵庫 |\n内容\n{CONTENT}"
        ));
        check(&format!(
            "お名前\t山田 太郎\n会社名\tみなと商事\nメール　　taro@example.jp\n電話番号    03-1234-5678\n件名\t冷蔵庫\n[内容]\n{CONTENT}"
        ));
    }

    #[test]
    fn a_form_whose_labels_changed_says_which_are_missing() {
        let form = read(&labels(), "【ご氏名】山田\n【メール】taro@example.jp\n【内容】x");
        assert_eq!(form.missing, ["お名前", "会社名", "電話番号", "件名"]);
        assert!(!form.is_whole() && form.names_somebody());
        let form = read(&labels(), "何か別のメールです。");
        assert!(form.missing.len() == 6 && !form.names_somebody());
        for text in ["メール: ありません", "【メール】\n"] {
            let form = read(&labels()[2..3], text);
            assert_eq!(
                (form.without_address.as_slice(), form.is_whole()),
                (&["メール".to_owned()][..], false),
                "{text}"
            );
        }
    }

    #[test]
    fn of_two_addresses_one_is_answered_and_both_are_shown() {
        let form = read(&labels()[2..3], "メール: a@x.jp / b@x.jp");
        assert_eq!(form.email.as_ref().map(EmailAddress::as_str), Some("a@x.jp"));
        assert_eq!(form.text, "メール: a@x.jp / b@x.jp");
        assert_eq!(read(&labels()[2..3], "メール: <a@x.jp>").text, "");
    }

    #[test]
    fn a_label_that_stands_there_twice_is_named_and_read_once() {
        let form =
            read(&labels()[2..], "メール: a@x.jp\n電話番号: 1\n件名: 一\n内容: 前\n件名: 二\nﾒｰﾙ: b@x.jp\n件名: 三");
        assert_eq!(form.doubled, ["件名", "メール"]);
        assert_eq!((form.subject.as_deref(), form.is_whole()), (Some("一"), true));
        // What stands behind the second one stays where it is.
        assert!(form.text.starts_with("前\n件名: 二\nﾒｰﾙ: b@x.jp\n件名: 三"), "{}", form.text);
        assert_eq!(form.email.as_ref().map(EmailAddress::as_str), Some("a@x.jp"));
        assert!(read(&labels()[2..3], "メール: a@x.jp").doubled.is_empty());
    }

    #[test]
    fn labels_that_read_alike_are_one() {
        assert!(is_same("メール", "ﾒｰﾙ") && is_same("E-Mail", "ｅ－ｍａｉｌ") && is_same("お 名前", "お名前"));
        assert!(!is_same("メール", "お名前"));
    }

    #[test]
    fn what_the_gateway_says_below_its_form_is_left_out() {
        let mut labels = labels()[5..].to_vec();
        labels.push(Label { label: "このメールは".to_owned(), field: Field::End });
        let text = "内容: 質問です。\n\n--------\nこのメールは自動送信されています。\n内容: x";
        assert_eq!(read(&labels, text).text, "質問です。");
        assert!(read(&labels, "内容: 質問です。").is_whole());
    }

    #[test]
    fn labels_are_proposed_with_what_they_mostly_mean() {
        let text = "お問い合わせがありました。\n\n【お名前】山田\n【フリガナ】ヤマダ\n【メールアドレス】taro@example.jp\n【TEL】03-1234-5678\n【お問い合わせ内容】\n教えてください。\n型番: X\n";
        let proposed: Vec<(String, Field)> =
            propose(text).into_iter().map(|p| (p.label.label, p.label.field)).collect();
        assert_eq!(
            proposed,
            [
                ("お名前".to_owned(), Field::Name),
                ("フリガナ".to_owned(), Field::Other),
                ("メールアドレス".to_owned(), Field::Email),
                ("TEL".to_owned(), Field::Phone),
                ("お問い合わせ内容".to_owned(), Field::Content),
            ]
        );
        let fields = |text| propose(text).into_iter().map(|p| p.label.field).collect::<Vec<_>>();
        assert_eq!(
            fields("Name: Ann\nE-mail: ann@x.com\nPhone number: 1\nMessage: hi"),
            [Field::Name, Field::Email, Field::Phone, Field::Content]
        );
        let marked = "Name (required): Ann Bo\nEmail (required): ann@x.com\nCompany (optional): Buyer Inc.\nMessage (required):\nHi,\nmy order 5521: arrived broken.";
        let proposed = propose(marked).into_iter().map(|p| (p.label.label, p.value)).collect::<Vec<_>>();
        let expected = [
            ("Name", "Ann Bo"),
            ("Email", "ann@x.com"),
            ("Company", "Buyer Inc."),
            ("Message", "Hi,\nmy order 5521: arrived broken."),
        ];
        assert_eq!(proposed, expected.map(|(label, value)| (label.to_owned(), value.to_owned())));
        let typed = [Label { label: "Company (optional)".to_owned(), field: Field::Company }];
        assert_eq!(read(&typed, "Company (optional): Buyer Inc.").company.as_deref(), Some("Buyer Inc."));
        assert_eq!(fields("■お名前\n山田\n■メール\na@x.jp\n■ご質問\nx"), [Field::Name, Field::Email, Field::Content]);
        assert_eq!(fields("ただの文章です。"), []);
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(text in "(【|】|■|:|：|\\||お名前|メール|内容|a@b.jp|\\n|　|\\PC){0,60}") {
            read(&labels(), &text);
            let labels: Vec<Label> = propose(&text).into_iter().map(|proposal| proposal.label).collect();
            prop_assert!(labels.len() <= LABELS_MAX);
            prop_assert!(read(&labels, &text).missing.is_empty());
        }
    }
}
