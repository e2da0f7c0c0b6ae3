//! Messages: one thing said. Never changed after it was said.

use std::{borrow::Cow, collections::HashMap};

use madoguchi_kernel::{Id, Problem, Timestamp, problem::Result};
use madoguchi_platform::{house::fact::Json, record};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::{AuthorKind, Channel, Direction, Visibility};

/// Marks ids of messages.
pub enum MessageKind {}
/// The id of a message.
pub type MessageId = Id<MessageKind>;

/// The longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Files of one message.
pub const ATTACHMENTS_MAX: usize = 50;
/// Characters of a message that a list shows.
const SNIPPET_CHARACTERS: usize = 140;

/// What was wrong with a message that we read all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Flaw {
    /// Stable name.
    pub flag: String,
    /// Where or what.
    pub detail: String,
}

record! {
    /// A message as it is kept.
    pub struct Message {
        /// Its id.
        pub id: MessageId,
        /// Who may read it.
        pub visibility: Visibility,
        /// Which way it went.
        pub direction: Direction,
        /// Who said it.
        pub author_kind: AuthorKind,
        /// Their id.
        pub author_id: Option<i64>,
        /// How it came or left.
        pub channel: Channel,
        /// Whether we know that the author is who they say.
        pub verified: bool,
        /// What was wrong with it.
        pub flaws: Json<Vec<Flaw>>,
        /// Its subject, where it has one of its own.
        pub subject: Option<String>,
        /// When it was said.
        pub occurred_at: Timestamp,
        /// When we learnt it.
        pub recorded_at: Timestamp,
        /// Its text.
        pub text: String,
        /// Its HTML, as it came: to be sanitized wherever it is shown.
        pub html: Option<String>,
    }
}

/// What somebody writes: text, or HTML with the text that it reads as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// As text.
    pub text: String,
    /// As HTML, if it was written so.
    pub html: Option<String>,
}

impl Words {
    /// From what came in. Empty words are refused unless a file comes along.
    pub fn checked(text: Option<String>, html: Option<String>, has_files: bool) -> Result<Self> {
        let html = html.filter(|html| !html.trim().is_empty());
        let text = text
            .filter(|text| !text.trim().is_empty())
            .or_else(|| html.as_deref().map(text_of_html))
            .unwrap_or_default();
        if text.trim().is_empty() && html.is_none() && !has_files {
            return Err(Problem::field("text", "required"));
        }
        if text.len() > TEXT_BYTES_MAX || html.as_ref().is_some_and(|html| html.len() > TEXT_BYTES_MAX) {
            return Err(Problem::field("text", "too_long"));
        }
        Ok(Self { text: text.replace("\r\n", "\n"), html })
    }

    /// The beginning, in one line, for lists.
    pub fn snippet(&self) -> String {
        let (mut out, mut room) = (String::new(), SNIPPET_CHARACTERS);
        for word in self.text.split_whitespace() {
            let gap = if out.is_empty() { "" } else { " " };
            for character in gap.chars().chain(word.chars()) {
                if room == 0 {
                    return out;
                }
                out.push(character);
                room -= 1;
            }
        }
        out
    }
}

/// HTML as plain text: block ends become line ends, everything else falls away.
fn text_of_html(html: &str) -> String {
    let broken = ["<br>", "<br/>", "<br />", "</p>", "</div>", "</li>", "</tr>"]
        .iter()
        .fold(html.to_owned(), |html, end| html.replace(end, "\n"));
    let bare = ammonia::Builder::empty().clean(&broken).to_string();
    let text = bare
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    text.trim().to_owned()
}

/// HTML as it may be sent: scripts, styles and images are gone; links open elsewhere.
pub fn harmless_html(html: &str) -> String {
    cleaner().rm_tags(["img"]).clean(html).to_string()
}

/// HTML as it may be shown. Its own pictures (`cid:`) are found at the addresses of its files; a remote one loses its
/// address, because loading it would tell the sender who reads.
pub fn shown_html(html: &str, pictures: HashMap<String, String>) -> String {
    let address = move |name: &str| pictures.get(name).or_else(|| pictures.get(&name.replace("%40", "@"))).cloned();
    cleaner()
        .add_url_schemes(["cid"])
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => value.trim().strip_prefix("cid:").and_then(&address).map(Cow::Owned),
            (_, "href" | "cite") if value.trim().starts_with("cid:") => None,
            _ => Some(Cow::Borrowed(value)),
        })
        .clean(html)
        .to_string()
}

fn cleaner() -> ammonia::Builder<'static> {
    let mut cleaner = ammonia::Builder::default();
    cleaner.link_rel(Some("noopener noreferrer nofollow")).set_tag_attribute_value("a", "target", "_blank");
    cleaner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_shows_its_own_pictures_and_nobody_elses() {
        let pictures = HashMap::from([("p1@x".to_owned(), "api/v1/attachments/7".to_owned())]);
        let html = "<p onclick=x>a<img src='cid:p1@x' width=9><img src=\"cid:p1%40x\"><img src=cid:gone alt=b>\
                    <img src='https://t.example/p.gif'><img src='/t/other/api/v1/session'><script>x()</script>\
                    <a href='cid:p1@x'>c</a></p>";
        let shown = shown_html(html, pictures);
        assert_eq!(shown.matches("src=\"api/v1/attachments/7\"").count(), 2, "{shown}");
        assert_eq!(shown.matches("src=").count(), 2, "{shown}");
        assert_eq!(shown.matches("<img").count(), 5, "the others stay as gaps, with what they say: {shown}");
        for bad in ["onclick", "script", "t.example", "session", "cid:"] {
            assert!(!shown.contains(bad), "{bad}: {shown}");
        }
        assert!(!harmless_html(html).contains("<img"));
    }
}
