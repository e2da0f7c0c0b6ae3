//! A letter's HTML: never shown as written. Pure.

/// HTML as the sender wrote it. Whoever shows it makes it harmless first (`madoguchi_tickets::markup`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Takes a sender's markup.
    pub fn new(markup: impl Into<String>) -> Html {
        Html(markup.into())
    }

    /// The markup as the sender wrote it: for keeping and for tests, never for a page.
    pub fn as_written(&self) -> &str {
        &self.0
    }
}

/// Plain text as markup, for a letter whose parts are partly text and partly HTML.
pub(super) fn from_text(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<div style=\"white-space: pre-wrap\">{escaped}</div>")
}
