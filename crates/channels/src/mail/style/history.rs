//! The letter that an answer repeats below itself. Pure.

use jiff::tz::TimeZone;
use madoguchi_kernel::{Language, Timestamp};
use madoguchi_platform::words;
use madoguchi_tickets::envelope::Quote;

use super::salutation::called;

/// The longest repeated text, in bytes; a longer one is cut and says so.
pub const HISTORY_BYTES_MAX: usize = 64 * 1024;

/// The letter that is answered.
#[derive(Clone, Debug)]
pub struct Answered<'a> {
    /// Who wrote it.
    pub name: &'a str,
    /// From where.
    pub address: &'a str,
    /// To whom.
    pub to: &'a str,
    /// Who else was to read it; nobody if it is empty.
    pub cc: &'a str,
    /// When.
    pub at: Timestamp,
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// How a letter is repeated.
pub struct History {
    /// In a text, to stand below what is new.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

/// Repeats it, in the reader's language and on the desk's clock; `None` when nothing is to be repeated.
pub fn history(answered: &Answered<'_>, quote: Quote, language: Language, zone: &TimeZone) -> Option<History> {
    let head = match quote {
        Quote::None => return None,
        Quote::Full => block(answered, language, zone),
        Quote::Inline => {
            let named = called(answered.name, language);
            let (at, who) = (moment(answered.at, language, zone), person(&named, answered.address));
            words::say(language, "mail.quote.wrote", &[("at", &at), ("who", &who)])
        }
    };
    let body = cut(answered.text, language);
    let text = match quote {
        Quote::Inline => format!("{head}\n{}", marked(&body)),
        Quote::Full | Quote::None => format!("{head}\n\n{body}"),
    };
    let html = format!(
        "<div>{}</div><blockquote style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex\">{}</blockquote>",
        in_html(&head),
        in_html(&body)
    );
    Some(History { text, html })
}

/// The block by which Outlook tells what follows, which readers and our own [`madoguchi_tickets::quote`] know.
fn block(answered: &Answered<'_>, language: Language, zone: &TimeZone) -> String {
    let (at, who) = (moment(answered.at, language, zone), person(answered.name, answered.address));
    let cc = if answered.cc.is_empty() { String::new() } else { format!("\nCC: {}", answered.cc) };
    let fields: words::Params<'_> =
        &[("who", &who), ("at", &at), ("to", &answered.to), ("cc", &cc), ("subject", &answered.subject)];
    words::say(language, "mail.quote.block", fields)
}

fn person(name: &str, address: &str) -> String {
    if name.is_empty() { address.to_owned() } else { format!("{name} <{address}>") }
}

fn moment(at: Timestamp, language: Language, zone: &TimeZone) -> String {
    let local = at.to_jiff().to_zoned(zone.clone());
    let form = match language {
        Language::Ja => "%Y年%-m月%-d日 %H:%M",
        Language::En => "%-d %B %Y %H:%M",
    };
    local.strftime(form).to_string()
}

fn cut(text: &str, language: Language) -> String {
    let text = text.trim_end();
    if text.len() <= HISTORY_BYTES_MAX {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(HISTORY_BYTES_MAX);
    format!("{}\n{}", &text[..end], words::say(language, "mail.quote.cut", &[]))
}

fn marked(text: &str) -> String {
    let line =
        |line: &str| if line.starts_with('>') { format!(">{line}") } else { format!("> {line}").trim_end().to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Text as HTML: nothing in it is markup any more.
pub fn in_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("<br>\n"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_tickets::quote;

    fn answered(text: &str) -> Answered<'_> {
        Answered {
            name: "山田 太郎",
            address: "taro@example.jp",
            to: "サポート窓口 <support@example.com>",
            cc: "",
            at: "2026-04-22T01:00:00Z".parse().expect("a time"),
            subject: "冷蔵庫の件",
            text,
        }
    }

    fn tokyo() -> TimeZone {
        TimeZone::get("Asia/Tokyo").expect("the zone")
    }

    #[test]
    fn our_own_reader_finds_what_we_repeat() {
        for language in [Language::Ja, Language::En] {
            for style in [Quote::Full, Quote::Inline] {
                let history =
                    history(&answered("冷えません。\n> まえの行\n\nお願いします。"), style, language, &tokyo())
                        .expect("repeated");
                let whole = format!("直りました。\n\n{}\n", history.text);
                assert_eq!(quote::fresh(&whole), "直りました。", "{language:?} {style:?}: {whole}");
            }
        }
        assert!(history(&answered("x"), Quote::None, Language::Ja, &tokyo()).is_none());
    }

    #[test]
    fn those_in_copy_stand_where_outlook_names_them() {
        for language in [Language::Ja, Language::En] {
            let said = Answered { cc: "上司 <boss@example.jp>; ken@example.jp", ..answered("冷えません。") };
            let history = history(&said, Quote::Full, language, &tokyo()).expect("repeated");
            let lines: Vec<&str> = history.text.lines().collect();
            assert_eq!(lines[4], "CC: 上司 <boss@example.jp>; ken@example.jp", "{}", history.text);
            assert!(history.html.contains("CC: 上司 &lt;boss@example.jp&gt;"), "{}", history.html);
            assert_eq!(quote::fresh(&format!("直りました。\n\n{}\n", history.text)), "直りました。", "{language:?}");
        }
    }

    #[test]
    fn it_says_who_wrote_when_and_nothing_in_it_is_markup() {
        let full = history(&answered("<b>a & b</b>"), Quote::Full, Language::Ja, &tokyo()).expect("repeated");
        assert!(full.text.contains("差出人: 山田 太郎 <taro@example.jp>"), "{}", full.text);
        let rest = "送信日時: 2026年4月22日 10:00\n宛先: サポート窓口 <support@example.com>\n件名: 冷蔵庫の件";
        assert!(full.text.contains(rest), "{}", full.text);
        assert!(full.html.contains("&lt;b&gt;a &amp; b&lt;/b&gt;") && !full.html.contains("<b>"), "{}", full.html);
        let long = "あ".repeat(HISTORY_BYTES_MAX);
        let cut = history(&answered(&long), Quote::Full, Language::Ja, &tokyo()).expect("repeated");
        assert!(cut.text.len() < HISTORY_BYTES_MAX + 1_000);
    }
}
