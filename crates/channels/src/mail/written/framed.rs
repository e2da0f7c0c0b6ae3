//! The words of an answer with what stands around them. Pure.

use madoguchi_tickets::{
    envelope::Envelope,
    quote,
    words::{AuthorKind, Visibility},
};

use crate::mail::{
    style::history::{Answered, History, history, in_html},
    views::Plan,
};

/// Characters of a first line that addresses somebody, at most.
const ADDRESSING_CHARACTERS_MAX: usize = 60;

/// What is shorter than this says too little to be the same greeting.
const CLAUSE_CHARACTERS_MIN: usize = 5;

/// As text, and as HTML where the answer is one: plain stays plain.
pub(super) fn framed(plan: &Plan, html: Option<&str>) -> (String, Option<String>) {
    let words = plan.message.text.trim_end();
    let is_forward = plan.message.visibility == Visibility::Internal;
    let (words, passed_on) = if is_forward { words.split_at(quote::passed_on(words)) } else { (words, "") };
    let words = words.trim_end();
    if plan.message.author_kind == AuthorKind::System {
        return (words.to_owned(), html.map(str::to_owned));
    }
    let usual = Envelope::default();
    let envelope = plan.message.envelope.as_ref().map_or(&usual, |envelope| &envelope.0);
    let salutation = match &envelope.salutation {
        Some(wanted) => wanted.clone(),
        None if is_forward || addresses_somebody(words) => String::new(),
        None => plan.frame.salutation(),
    };
    let history = if is_forward { None } else { repeated(plan, envelope) };
    let has_own = is_forward || addresses_somebody(words);
    let opening =
        Some(plan.frame.opening.trim()).filter(|own| !has_own && !begins_alike(words, own)).unwrap_or_default();
    let closing =
        Some(plan.frame.closing.trim()).filter(|own| !is_forward && !ends_alike(words, own)).unwrap_or_default();
    let signature = plan.frame.signature.trim_end();
    let text = [
        salutation.as_str(),
        opening,
        words,
        closing,
        signature,
        passed_on,
        history.as_ref().map_or("", |history| history.text.as_str()),
    ];
    let text: Vec<&str> = text.into_iter().filter(|piece| !piece.trim().is_empty()).collect();
    let html = html.map(|html| {
        let around = |text: &str| format!("<p>{}</p>\n", in_html(text));
        let mut out = String::new();
        let given = |text: &&str| !text.trim().is_empty();
        [salutation.as_str(), opening].into_iter().filter(given).for_each(|text| out.push_str(&around(text)));
        out.push_str(html);
        [closing, signature].into_iter().filter(given).for_each(|text| out.push_str(&around(text)));
        out.push_str(history.as_ref().map_or("", |history| history.html.as_str()));
        out
    });
    (text.join("\n\n"), html)
}

fn repeated(plan: &Plan, envelope: &Envelope) -> Option<History> {
    let said = plan.frame.answered.as_ref()?;
    // They wrote to the address from which they are answered.
    let desk = plan.mailbox.as_ref().map(|mailbox| format!("{} <{}>", mailbox.settings.name, mailbox.settings.address));
    let answered = Answered {
        name: said.contact_name.as_deref().unwrap_or_default(),
        address: said.contact_email.as_deref().unwrap_or_default(),
        to: desk.as_deref().unwrap_or_default(),
        cc: &plan.frame.answered_cc,
        at: said.occurred_at,
        subject: said.subject.as_deref().unwrap_or(&plan.ticket.subject),
        text: &said.text,
    };
    let quote = envelope.quote.unwrap_or(plan.frame.quote());
    history(&answered, quote, plan.frame.language, &plan.frame.zone)
}

/// Whether words begin with a line that addresses somebody, as people type it by themselves.
fn addresses_somebody(words: &str) -> bool {
    let line = words.lines().next().unwrap_or_default().trim().trim_end_matches(['、', '，', ',', '。', '：', ':']);
    let is_short = line.chars().count() <= ADDRESSING_CHARACTERS_MAX;
    let honours = ["様", "さま", "さん", "殿", "先生", "御中", "各位"].iter().any(|word| line.ends_with(word));
    let greets = ["Dear ", "Hello", "Hi "].iter().any(|word| line.starts_with(word)) || line == "Hi";
    is_short && (honours || (greets && line.split_whitespace().count() <= 5))
}

/// Whether words begin as this text does, so that nobody greets twice.
fn begins_alike(words: &str, text: &str) -> bool {
    let first = |text: &str| clauses(text).into_iter().next();
    is_alike(first(words), first(text))
}

/// Whether words end as this text does.
fn ends_alike(words: &str, text: &str) -> bool {
    let last = |text: &str| clauses(text).pop();
    is_alike(last(words), last(text))
}

/// One says what the other says, and maybe more: `いつもお世話になっております` and `お世話になっております`.
fn is_alike(one: Option<String>, other: Option<String>) -> bool {
    one.zip(other).is_some_and(|(one, other)| {
        let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
        short.chars().count() >= CLAUSE_CHARACTERS_MIN && long.contains(&short)
    })
}

/// The letters of each clause, without what stands between them.
fn clauses(text: &str) -> Vec<String> {
    let parts = text.split(['。', '、', '，', ',', '.', '!', '！', '\n']);
    let letters = parts.map(|part| part.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect());
    letters.filter(|letters: &String| !letters.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_greets_or_takes_leave_twice() {
        let (opening, closing) = (
            "いつもお世話になっております。窓口の花子です。",
            "ご不明な点はお知らせください。\nよろしくお願いいたします。",
        );
        for (words, begins, ends) in [
            ("お世話になっております。\n本日伺います。", true, false),
            ("いつもお世話になっております、花子です。", true, false),
            ("本日伺います。\n何卒よろしくお願いいたします。\n", false, true),
            ("本日伺います。お世話になっております。", false, false),
            ("はい。", false, false),
            ("", false, false),
        ] {
            assert_eq!((begins_alike(words, opening), ends_alike(words, closing)), (begins, ends), "{words}");
        }
        assert!(!begins_alike("x", "") && begins_alike("Thank you for writing, Taro.", "Thank you for writing."));
    }

    #[test]
    fn who_typed_a_salutation_gets_no_second_one() {
        for (words, is_addressed) in [
            ("山田様\n\nお世話になっております。", true),
            ("株式会社あおば 御中\n\n…", true),
            ("Dear Taro,\n\nThank you.", true),
            ("Hi Taro\n", true),
            ("お世話になっております。山田様からのご連絡を拝見しました。", false),
            ("History shows this.", false),
            ("", false),
        ] {
            assert_eq!(addresses_somebody(words), is_addressed, "{words}");
        }
    }
}
