//! A letter's HTML: never shown as written. Pure.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// HTML as the sender wrote it. There is no way to show it but [`Html::safe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html(String);

/// Whether images that lie on somebody's server are loaded: loading one tells the sender who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteImages {
    /// They are taken out and counted.
    Blocked,
    /// The reader asked for them.
    Shown,
}

/// HTML that may be put into a page (inside a frame without scripts all the same).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeHtml {
    /// The markup.
    pub html: String,
    /// How many remote images were taken out.
    pub remote_images_blocked: usize,
}

/// Style properties that may stay: looks, but nothing that moves, covers or loads.
const STYLES: &[&str] = &[
    "color",
    "background-color",
    "font-weight",
    "font-style",
    "font-size",
    "font-family",
    "text-decoration",
    "text-align",
    "text-indent",
    "line-height",
    "vertical-align",
    "white-space",
    "width",
    "max-width",
    "padding",
    "padding-left",
    "padding-right",
    "padding-top",
    "padding-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "margin-bottom",
    "border",
    "border-collapse",
    "border-color",
    "border-style",
    "border-width",
    "border-left",
    "border-right",
    "border-top",
    "border-bottom",
    "list-style-type",
];

impl Html {
    /// Takes a sender's markup.
    pub fn new(markup: impl Into<String>) -> Html {
        Html(markup.into())
    }

    /// The markup as the sender wrote it: for keeping and for tests, never for a page.
    pub fn as_written(&self) -> &str {
        &self.0
    }

    /// Readable text.
    pub fn text(&self) -> String {
        super::plain::from_html(&self.0)
    }

    /// Markup without scripts, forms, frames, event handlers, foreign styles and, if so asked, without
    /// remote images. `cid:` images stay; whoever shows the letter maps them to its attachments.
    pub fn safe(&self, images: RemoteImages) -> SafeHtml {
        let blocked = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&blocked);
        let html = ammonia::Builder::default()
            .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
            .url_relative(ammonia::UrlRelative::Deny)
            .link_rel(Some("noopener noreferrer nofollow"))
            .set_tag_attribute_value("a", "target", "_blank")
            .add_generic_attributes(&["style", "dir", "align"])
            .add_tags(&["font"])
            .add_tag_attributes("font", &["color", "size"])
            .add_tag_attributes("table", &["border", "cellpadding", "cellspacing", "width", "bgcolor"])
            .add_tag_attributes("td", &["width", "bgcolor", "valign"])
            .filter_style_properties(STYLES.iter().copied().collect())
            .attribute_filter(move |element, attribute, value| {
                let remote = element == "img" && attribute == "src" && !value.trim_start().starts_with("cid:");
                if remote && images == RemoteImages::Blocked {
                    seen.fetch_add(1, Ordering::Relaxed);
                    return None;
                }
                Some(value.into())
            })
            .clean(&self.0)
            .to_string();
        SafeHtml { html, remote_images_blocked: blocked.load(Ordering::Relaxed) }
    }
}

/// Plain text as markup, for a letter whose parts are partly text and partly HTML.
pub(super) fn from_text(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<div style=\"white-space: pre-wrap\">{escaped}</div>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_or_tells_is_gone() {
        let html = Html::new(
            "<p onclick=x style='color:red;position:fixed;background-image:url(http://t/)'>a<script>x()</script>\
             <form action=/x><input></form><iframe src=http://e></iframe><img src='https://t.example/p.gif'>\
             <a href='javascript:x()'>l</a><a href='https://example.jp/'>m</a><img src=cid:i@x></p>",
        );
        let safe = html.safe(RemoteImages::Blocked);
        for bad in ["script", "onclick", "position", "url(", "iframe", "<form", "<input", "javascript", "t.example"] {
            assert!(!safe.html.contains(bad), "{bad}: {}", safe.html);
        }
        assert!(safe.html.contains("color:red") && safe.html.contains("cid:i@x") && safe.html.contains("example.jp"));
        assert_eq!(safe.remote_images_blocked, 1);
        assert!(html.safe(RemoteImages::Shown).html.contains("t.example"));
    }
}
