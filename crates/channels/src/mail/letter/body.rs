//! From the leaves of a letter to its text, its HTML and its files. Pure.

use super::headers::strip_controls;
use super::html::{self, Html};
use super::names::{self, Parametered};
use super::parts::{Leaf, Parts};
use super::report::{Collector, Report};
use super::{Attached, Flaw, charset, flowed, transfer};

/// What the leaves amount to.
pub(super) struct Body {
    pub text: String,
    pub html: Option<Html>,
    pub attachments: Vec<Attached>,
    pub report: Option<Report>,
}

/// A leaf that is part of what the sender says.
struct Spoken {
    text: String,
    html: bool,
    alternative: Option<usize>,
}

/// Sorts the leaves and puts the body together.
pub(super) fn assemble(bytes: &[u8], parts: &Parts, flaws: &mut Vec<Flaw>) -> Body {
    let mut spoken = Vec::new();
    let mut attachments = Vec::new();
    let mut report = Collector::default();
    let mut damaged = false;
    for leaf in &parts.leaves {
        let encoding = leaf.headers.get("content-transfer-encoding").unwrap_or_default();
        let (content, broken) = transfer::decode(&bytes[leaf.body.clone()], encoding);
        damaged |= broken;
        let disposition = leaf.headers.get("content-disposition").map(Parametered::read).unwrap_or_default();
        if is_spoken(leaf, &disposition) {
            spoken.push(speak(leaf, &content, flaws));
        } else {
            report.look(&leaf.content_type.value, &content);
            let mut file = attach(leaf, &disposition, content, attachments.len() + 1, flaws);
            file.base64 = transfer::is_sound_base64(&bytes[leaf.body.clone()], encoding).then(|| leaf.body.clone());
            attachments.push(file);
        }
    }
    if damaged {
        flaws.push(Flaw::new("bad-base64", "a base64 body has characters that do not belong there"));
    }
    if is_sealed(&parts.content_type) {
        flaws.push(Flaw::new("not-opened", "encrypted or signed content is kept as it came"));
    }
    let html = html_of(&spoken);
    mark_inline(&mut attachments, html.as_ref());
    Body { text: text_of(&spoken), html, attachments, report: report.finish(&parts.content_type) }
}

fn is_sealed(outer: &Parametered) -> bool {
    matches!(outer.value.as_str(), "multipart/encrypted" | "application/pkcs7-mime" | "application/x-pkcs7-mime")
}

/// Text and HTML are spoken, unless they are named or declared as files.
fn is_spoken(leaf: &Leaf, disposition: &Parametered) -> bool {
    let kind = leaf.content_type.value.as_str();
    let named = disposition.param("filename").or_else(|| leaf.content_type.param("name")).is_some();
    !leaf.opaque
        && matches!(kind, "text/plain" | "text/html" | "text/enriched" | "text")
        && disposition.value != "attachment"
        && (leaf.root || !named)
}

fn speak(leaf: &Leaf, content: &[u8], flaws: &mut Vec<Flaw>) -> Spoken {
    let declared = leaf.content_type.param("charset");
    let decoded = charset::decode(content, declared);
    let is_wide = declared.and_then(charset::lookup).is_some_and(|encoding| !encoding.is_ascii_compatible());
    for (flag, seen, detail) in [
        ("unknown-charset", decoded.unknown_charset, "the declared charset is not known; it was guessed"),
        ("wrong-charset", decoded.wrong_charset, "the bytes are of another charset than the declared one"),
        ("guessed-charset", decoded.guessed, "no charset is declared; it was guessed"),
        ("broken-charset", decoded.broken, "some bytes are not of the charset"),
        ("missing-characters", decoded.missing, "some characters are the sender's own, or of a set without a table"),
        ("nul-bytes", content.contains(&0) && !is_wide, "bytes of value zero were left out"),
    ] {
        if seen {
            flaws.push(Flaw::new(flag, detail));
        }
    }
    let html = leaf.content_type.value == "text/html";
    let mut text = normalise(&decoded.text);
    let param = |name: &str, value: &str| leaf.content_type.param(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
    if !html && param("format", "flowed") {
        text = flowed::unflow(&text, param("delsp", "yes"));
    }
    Spoken { text, html, alternative: leaf.alternative }
}

/// `\n` line ends, and none of the control characters that neither a page nor a database can hold.
fn normalise(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// The plain text: every text part, and every HTML part that no text part stands in for.
fn text_of(spoken: &[Spoken]) -> String {
    let has_text_beside = |html: &Spoken| {
        html.alternative.is_some()
            && spoken.iter().any(|s| !s.html && s.alternative == html.alternative && !s.text.trim().is_empty())
    };
    let pieces: Vec<String> = spoken
        .iter()
        .filter(|piece| !piece.html || !has_text_beside(piece))
        // Again: `&#0;` is a control character only once the page is read.
        .map(|piece| if piece.html { normalise(&super::plain::from_html(&piece.text)) } else { piece.text.clone() })
        .map(|text| text.trim_end_matches('\n').to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    pieces.join("\n")
}

/// The HTML: every HTML part, and between them the text parts that have no HTML beside them.
fn html_of(spoken: &[Spoken]) -> Option<Html> {
    if !spoken.iter().any(|piece| piece.html) {
        return None;
    }
    let has_html_beside = |text: &Spoken| {
        text.alternative.is_some() && spoken.iter().any(|s| s.html && s.alternative == text.alternative)
    };
    let pieces: Vec<String> = spoken
        .iter()
        .filter(|piece| piece.html || !has_html_beside(piece))
        .filter(|piece| !piece.text.trim().is_empty())
        .map(|piece| if piece.html { piece.text.clone() } else { html::from_text(&piece.text) })
        .collect();
    Some(Html::new(pieces.join("\n")))
}

fn attach(leaf: &Leaf, disposition: &Parametered, bytes: Vec<u8>, number: usize, flaws: &mut Vec<Flaw>) -> Attached {
    let given = disposition.param("filename").or_else(|| leaf.content_type.param("name"));
    let safe = given.and_then(names::file_name);
    let flag = safe.as_ref().filter(|name| name.bidi).map(|_| "bidi-override");
    if let Some(flag) = flag {
        flaws.push(Flaw::new(flag, "a file name turns the reading direction to look like something else"));
    }
    let name = match safe {
        Some(safe) => safe.name,
        None => names::default_name(&leaf.content_type.value, number),
    };
    let cid = leaf.headers.get("content-id").map(strip_controls);
    let cid = cid.map(|raw| raw.trim().trim_matches(['<', '>']).to_owned());
    Attached {
        dangerous: names::is_dangerous(&name),
        content_type: strip_controls(&leaf.content_type.value).chars().take(120).collect(),
        inline: disposition.value == "inline" && leaf.content_type.value.starts_with("image/"),
        cid: cid.filter(|cid| !cid.is_empty()),
        name,
        bytes,
        flag,
        base64: None,
    }
}

/// A file that the HTML names by its id is shown there.
fn mark_inline(attachments: &mut [Attached], html: Option<&Html>) {
    let Some(html) = html else { return };
    for file in attachments {
        let named = file.cid.as_ref().is_some_and(|cid| html.as_written().contains(&format!("cid:{cid}")));
        file.inline = named || (file.inline && file.cid.is_none());
    }
}
