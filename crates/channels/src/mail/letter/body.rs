//! From the leaves of a letter to its text, its HTML and its files. Pure, but for the bytes that it asks for.

use std::io;

use super::carried::{Hold, Seen};
use super::headers::strip_controls;
use super::html::{self, Html};
use super::names::{self, Parametered};
use super::parts::{Leaf, Parts};
use super::report::{Collector, Report};
use super::source::Source;
use super::transfer::{self, Transfer};
use super::{Attached, Flaw, charset, flowed, nested, tnef, uuencode};

/// Encoded bytes that are read as what the sender says. What is longer is shown in part, and all of it kept as a file.
pub const SPOKEN_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Decoded bytes of files that are held while a letter is read; the others are decoded again when they are kept.
pub const HELD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The largest file that is held although it stands in the letter.
const HELD_FILE_BYTES_MAX: usize = 256 * 1024;
/// The largest Outlook container (`winmail.dat`) that is unpacked.
pub const UNPACKED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes read of a report, or of a letter within the letter.
const ENCLOSED_BYTES_MAX: usize = 256 * 1024;

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

/// Sorts the leaves and puts the body together. `depth` counts the letters around this one.
pub(super) fn assemble(source: Source<'_>, parts: &Parts, depth: usize, flaws: &mut Vec<Flaw>) -> io::Result<Body> {
    let mut sorter = Sorter {
        source,
        depth,
        flaws,
        spoken: Vec::new(),
        attachments: Vec::new(),
        report: Collector::default(),
        enclosed: None,
        spoken_left: SPOKEN_BYTES_MAX,
        held_left: HELD_BYTES_MAX,
        damaged: false,
    };
    for leaf in &parts.leaves {
        sorter.sort(leaf)?;
    }
    let Sorter { spoken, mut attachments, report, enclosed, damaged, flaws, .. } = sorter;
    if damaged {
        flaws.push(Flaw::new("bad-base64", "a base64 body has characters that do not belong there"));
    }
    if is_sealed(&parts.content_type) {
        flaws.push(Flaw::new("not-opened", "encrypted or signed content is kept as it came"));
    }
    for file in attachments.iter().filter(|file| file.locked) {
        flaws.push(Flaw::new("locked-file", file.name.clone()));
    }
    let html = html_of(&spoken);
    mark_inline(&mut attachments, html.as_ref());
    let report = report.finish(&parts.content_type);
    let mut text = text_of(&spoken);
    if text.trim().is_empty() && report.is_none() && html.is_none() {
        text = enclosed.unwrap_or(text);
    }
    Ok(Body { text, html, attachments, report })
}

fn is_sealed(outer: &Parametered) -> bool {
    matches!(outer.value.as_str(), "multipart/encrypted" | "application/pkcs7-mime" | "application/x-pkcs7-mime")
}

struct Sorter<'a> {
    source: Source<'a>,
    depth: usize,
    flaws: &'a mut Vec<Flaw>,
    spoken: Vec<Spoken>,
    attachments: Vec<Attached>,
    report: Collector,
    /// What a letter within the letter says.
    enclosed: Option<String>,
    spoken_left: usize,
    held_left: usize,
    damaged: bool,
}

impl Sorter<'_> {
    fn sort(&mut self, leaf: &Leaf) -> io::Result<()> {
        let encoding = Transfer::named(leaf.headers.get("content-transfer-encoding").unwrap_or_default());
        let disposition = leaf.headers.get("content-disposition").map(Parametered::read).unwrap_or_default();
        if !is_spoken(leaf, &disposition) {
            return self.attach(leaf, &disposition, encoding);
        }
        let is_whole = leaf.body.len() <= self.spoken_left;
        let range = leaf.body.start..leaf.body.start + leaf.body.len().min(self.spoken_left);
        self.spoken_left -= range.len();
        let encoded = self.source.slice(range)?;
        self.speak_encoded(leaf, whole_lines(&encoded, is_whole), encoding);
        if !is_whole {
            self.flaws.push(Flaw::new("text-cut", "the text is too long to be shown; all of it is kept as a file"));
            self.attach(leaf, &disposition, encoding)?;
        }
        Ok(())
    }

    fn speak_encoded(&mut self, leaf: &Leaf, encoded: &[u8], encoding: Transfer) {
        let footer = Some(encoding).filter(|encoding| *encoding == Transfer::Base64);
        let footer = footer.and_then(|_| transfer::footer_at(encoded)).map(|at| encoded.split_at(at));
        let (mut content, broken) = transfer::decode(footer.map_or(encoded, |(body, _)| body), encoding);
        if let Some((_, below)) = footer {
            content.extend_from_slice(b"\n\n");
            content.extend_from_slice(below);
        }
        self.damaged |= broken || footer.is_some();
        self.speak(leaf, &content);
    }

    fn speak(&mut self, leaf: &Leaf, content: &[u8]) {
        // The same once more, in a markup that nobody shows.
        let has_said =
            |said: &Spoken| said.alternative.is_some() && said.alternative == leaf.alternative && !said.text.is_empty();
        if leaf.content_type.value == "text/enriched" && self.spoken.iter().any(has_said) {
            return;
        }
        let declared = leaf.content_type.param("charset");
        let decoded = charset::decode(content, declared);
        let is_wide = declared.and_then(charset::lookup).is_some_and(|encoding| !encoding.is_ascii_compatible());
        for (flag, seen, detail) in [
            ("unknown-charset", decoded.unknown_charset, "the declared charset is not known; it was guessed"),
            ("wrong-charset", decoded.wrong_charset, "the bytes are of another charset than the declared one"),
            ("guessed-charset", decoded.guessed, "no charset is declared that counts; it was guessed"),
            ("broken-charset", decoded.broken, "some bytes are not of the charset"),
            (
                "missing-characters",
                decoded.missing,
                "some characters are the sender's own, or of a set without a table",
            ),
            ("nul-bytes", content.contains(&0) && !is_wide, "bytes of value zero were left out"),
        ] {
            if seen {
                self.flaws.push(Flaw::new(flag, detail));
            }
        }
        let html = leaf.content_type.value == "text/html";
        let mut text = normalise(&decoded.text);
        if !html {
            let (rest, found) = uuencode::extract(&text);
            text = rest;
            for file in found {
                self.unpacked(Some(&file.name), "application/octet-stream", file.bytes, None);
            }
        }
        let param =
            |name: &str, value: &str| leaf.content_type.param(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        if !html && param("format", "flowed") {
            text = flowed::unflow(&text, param("delsp", "yes"));
        }
        self.spoken.push(Spoken { text, html, alternative: leaf.alternative });
    }

    fn attach(&mut self, leaf: &Leaf, disposition: &Parametered, encoding: Transfer) -> io::Result<()> {
        let given = disposition.param("filename").or_else(|| leaf.content_type.param("name"));
        let kind = leaf.content_type.value.as_str();
        let is_container = tnef::is_container(kind, given);
        let is_enclosed = Collector::wants(kind);
        let whole = match (is_container, encoding) {
            (true, _) | (_, Transfer::Uuencode) => UNPACKED_BYTES_MAX,
            _ => HELD_FILE_BYTES_MAX.min(self.held_left),
        };
        let beginning = if is_enclosed { ENCLOSED_BYTES_MAX } else { 0 };
        if is_container || encoding == Transfer::Uuencode {
            if leaf.body.len() <= UNPACKED_BYTES_MAX / 3 * 4 {
                let (content, broken) = transfer::decode(&self.source.slice(leaf.body.clone())?, encoding);
                self.damaged |= broken;
                if self.unpack(leaf, given, content, is_container) {
                    return Ok(());
                }
            }
            if is_container {
                self.flaws.push(Flaw::new("not-unpacked", "a container of Outlook's (winmail.dat) is kept as it came"));
            }
        }
        let mut seen = Seen::look(self.source, leaf.body.clone(), encoding, Hold { beginning, whole })?;
        self.damaged |= seen.damaged;
        if let super::Place::Held(bytes) = &seen.place {
            self.held_left = self.held_left.saturating_sub(bytes.len());
        }
        let enclosed = std::mem::take(&mut seen.beginning);
        self.report.look(kind, &enclosed);
        let subject = if nested::is_letter(kind) { self.enclose(&enclosed) } else { None };
        let given = given.map(str::to_owned).or_else(|| Some(format!("{}.eml", subject?)));
        let mut file = self.named(given.as_deref(), kind, seen);
        file.inline = disposition.value == "inline" && kind.starts_with("image/");
        file.cid = cid(leaf);
        self.attachments.push(file);
        Ok(())
    }

    /// Reads the letter within the letter: what it says, once, and its subject.
    fn enclose(&mut self, bytes: &[u8]) -> Option<String> {
        let (said, subject) = nested::read(bytes, self.depth)?;
        self.enclosed.get_or_insert(said);
        Some(subject).filter(|subject| !subject.is_empty())
    }

    /// Takes files out of a container; `false` where it is none that can be read.
    fn unpack(&mut self, leaf: &Leaf, given: Option<&str>, content: Vec<u8>, is_container: bool) -> bool {
        if !is_container {
            let text = charset::decode(&content, leaf.content_type.param("charset")).text;
            let (_, found) = uuencode::extract(&normalise(&text));
            let is_empty = found.is_empty();
            for file in found {
                let name = given.unwrap_or(&file.name).to_owned();
                self.unpacked(Some(&name), &leaf.content_type.value, file.bytes, cid(leaf));
            }
            return !is_empty;
        }
        let Some(container) = tnef::read(&content) else { return false };
        drop(content);
        for file in container.files {
            self.unpacked(Some(&file.name), &file.content_type, file.bytes, file.cid);
        }
        if let Some(text) = container.text.filter(|text| !text.trim().is_empty()) {
            let spoken = self.spoken.iter().any(|piece| !piece.text.trim().is_empty());
            if !spoken {
                self.spoken.push(Spoken { text: normalise(&text), html: container.html, alternative: None });
            }
        }
        true
    }

    fn unpacked(&mut self, name: Option<&str>, kind: &str, bytes: Vec<u8>, cid: Option<String>) {
        let mut file = self.named(name, kind, Seen::of(bytes));
        file.cid = cid;
        self.attachments.push(file);
    }

    fn named(&mut self, given: Option<&str>, kind: &str, seen: Seen) -> Attached {
        let safe = given.and_then(names::file_name);
        let flag = safe.as_ref().filter(|name| name.bidi).map(|_| "bidi-override");
        if let Some(flag) = flag {
            let detail = "a file name turns the reading direction to look like something else";
            self.flaws.push(Flaw::new(flag, detail));
        }
        let name = match safe {
            Some(safe) => safe.name,
            None => names::default_name(kind, self.attachments.len() + 1),
        };
        Attached {
            dangerous: names::is_dangerous(&name),
            locked: seen.is_locked(&name),
            inside: seen.inside(),
            content_type: strip_controls(kind).chars().take(120).collect(),
            inline: false,
            cid: None,
            name,
            size: seen.size,
            sha256: seen.sha256,
            place: seen.place,
            flag,
        }
    }
}

/// Up to the last line that is whole, where not everything was read.
fn whole_lines(encoded: &[u8], is_whole: bool) -> &[u8] {
    let end = encoded.iter().rposition(|byte| *byte == b'\n').filter(|_| !is_whole);
    end.map_or(encoded, |end| &encoded[..=end])
}

fn cid(leaf: &Leaf) -> Option<String> {
    let cid = leaf.headers.get("content-id").map(strip_controls)?;
    Some(cid.trim().trim_matches(['<', '>']).to_owned()).filter(|cid| !cid.is_empty())
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

/// A file that the HTML names by its id is shown there.
fn mark_inline(attachments: &mut [Attached], html: Option<&Html>) {
    let Some(html) = html else { return };
    for file in attachments {
        let named = file.cid.as_ref().is_some_and(|cid| html.as_written().contains(&format!("cid:{cid}")));
        file.inline = named || (file.inline && file.cid.is_none());
    }
}
