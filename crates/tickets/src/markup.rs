//! HTML that people outside wrote: never shown as written, and not kept when reading it would not end.

mod fold;
mod ground;
mod lately;

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, Read},
    time::Duration,
};

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::http::Pictures;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Semaphore;

pub use self::fold::{FRESH, QUOTED, SIGNATURE};
pub(crate) use self::lately::shown_lately;

/// CPU time that reading each megabyte begun of a message's HTML may cost: several times what ordinary markup costs. A
/// debug build takes longer over it.
const READING_MAX: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 800 });
/// So little markup is cheap to read, whatever it says.
const BRIEF_BYTES: usize = 8 * 1024;

/// So little is read where it stands.
const ASIDE_BYTES: usize = 16 * 1024;
/// Letters that are read aside at once: the others' cores are not all for reading.
const READERS_MAX: usize = 2;
static READERS: Semaphore = Semaphore::const_new(READERS_MAX);

/// Does what reads so many bytes of HTML: a few at once, more on a thread where nobody else waits. A letter of a
/// megabyte keeps a core busy for a while, and a thread that answers requests has others to answer.
pub async fn aside<T: Send + 'static>(html_bytes: usize, read: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    if html_bytes <= ASIDE_BYTES {
        return Ok(read());
    }
    let turn = READERS.acquire().await.map_err(Problem::broken)?;
    let reading = move || {
        let read = read();
        // Kept by the thread, not by the caller: who hangs up while their letter is read does not make room for another.
        drop(turn);
        read
    };
    tokio::task::spawn_blocking(reading).await.map_err(Problem::broken)
}

/// Whether the markup can be read in a time that its length explains. Readers of HTML repair what is nested wrongly,
/// and some repairs cost the square of what they repair: a letter of one megabyte could keep a core busy for minutes,
/// at each look. Nobody can list all of these ways, so it is read once, and given up when it takes too long.
pub fn is_bounded(html: &str) -> bool {
    if html.len() <= BRIEF_BYTES {
        return true;
    }
    let begun = cpu_time();
    let megabytes = u32::try_from(html.len().div_ceil(1024 * 1024)).unwrap_or(u32::MAX);
    let in_time = move || cpu_time().saturating_sub(begun) <= READING_MAX.saturating_mul(megabytes);
    cleaner().clean_from_reader(Hasty { rest: html.as_bytes(), in_time }).is_ok() && in_time()
}

/// Hands out bytes piece by piece while there is time.
struct Hasty<'a, F> {
    rest: &'a [u8],
    in_time: F,
}
impl<F: Fn() -> bool> Read for Hasty<'_, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !(self.in_time)() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.rest.read(into)
    }
}

/// What this thread has computed so far; waiting does not count, so a busy machine changes no answer.
fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Style properties that may stay: looks, but nothing that moves, covers or loads.
const STYLES: [&str; 33] = [
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

/// HTML as plain text: block ends become line ends, everything else falls away.
pub(crate) fn text_of_html(html: &str) -> String {
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
    cleaner()
        .rm_tags(["img"])
        .attribute_filter(|_, attribute, value| match attribute {
            "style" => Some(ground::apart(value)),
            _ => Some(Cow::Borrowed(value)),
        })
        .clean(html)
        .to_string()
}

/// HTML as it may be shown. Its own pictures (`cid:`) are found at the addresses of its files; a remote one gets an address
/// of ours, because loading it from there would tell the sender who reads. [`FRESH`], [`SIGNATURE`] and [`QUOTED`] stand in it
/// where these begin.
pub fn shown_html(html: &str, own: HashMap<String, String>, outside: Option<&Pictures>) -> String {
    let address = move |name: &str| own.get(name).or_else(|| own.get(&name.replace("%40", "@"))).cloned();
    let outside = outside.cloned();
    let source = move |value: &str| match value.trim().strip_prefix("cid:") {
        Some(name) => address(name),
        None => outside.as_ref()?.address_of(value),
    };
    let clean = cleaner()
        .add_url_schemes(["cid"])
        .add_allowed_classes("div", fold::QUOTING.into_iter().chain(fold::SIGNING))
        .add_allowed_classes("blockquote", fold::QUOTING)
        .add_tag_attributes("blockquote", ["type"])
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => source(value).map(Cow::Owned),
            (_, "href" | "cite") if value.trim().starts_with("cid:") => None,
            (_, "style") => Some(ground::apart(value)),
            _ => Some(Cow::Borrowed(value)),
        })
        .clean(html)
        .to_string();
    fold::marked(&clean)
}

fn cleaner() -> ammonia::Builder<'static> {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .add_generic_attributes(["style", "dir", "align"])
        .filter_style_properties(STYLES.into())
        .add_tags(["font"])
        .add_tag_attributes("font", ["color", "size"])
        .add_tag_attributes("table", ["border", "cellpadding", "cellspacing", "width", "bgcolor"])
        .add_tag_attributes("td", ["width", "bgcolor", "valign"]);
    cleaner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_choke_on_is_not_kept() {
        let quoted = "<blockquote><div><p>a<table><tr><td><font color=red><b>x</b></font></table></div>".repeat(100);
        let unclosed = "<p>a<br><li>b".repeat(2_000);
        for fine in ["a < b", "<div>", &quoted, &unclosed] {
            assert!(is_bounded(fine), "{}", fine.len());
        }
        let deep = "<div>".repeat(200_000);
        let foreign = format!("<svg>{}{}", "<td>".repeat(60_000), "</zz>".repeat(60_000));
        let fostered = format!("<table>{}", "x<input>".repeat(60_000));
        for hostile in [deep, foreign, fostered] {
            assert!(!is_bounded(&hostile), "{}", &hostile[..12]);
        }
    }

    #[test]
    fn a_letter_shows_its_own_pictures_and_nobody_elses() {
        let pictures = HashMap::from([("p1@x".to_owned(), "api/v1/attachments/7".to_owned())]);
        let html = "<p onclick=x>a<img src='cid:p1@x' width=9><img src=\"cid:p1%40x\"><img src=cid:gone alt=b>\
                    <img src='https://t.example/p.gif'><img src='/t/other/api/v1/session'><script>x()</script>\
                    <a href='cid:p1@x'>c</a></p>";
        let shown = shown_html(html, pictures.clone(), None);
        assert_eq!(shown.matches("src=\"api/v1/attachments/7\"").count(), 2, "{shown}");
        assert_eq!(shown.matches("src=").count(), 2, "{shown}");
        assert_eq!(shown.matches("<img").count(), 5, "the others stay as gaps, with what they say: {shown}");
        for bad in ["onclick", "script", "t.example", "session", "cid:"] {
            assert!(!shown.contains(bad), "{bad}: {shown}");
        }
        assert!(!harmless_html(html).contains("<img"));
        let outside = shown_html(html, pictures, Some(&Pictures::new(b"key")));
        assert_eq!(outside.matches("src=\"api/v1/pictures/").count(), 1, "{outside}");
        assert!(!outside.contains("t.example") && !outside.contains("session"), "{outside}");
    }

    /// The patterns of the vectors are plain words but for one, which asks that whatever opens elsewhere takes nothing of
    /// ours along.
    #[test]
    fn the_vectors() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/vectors/security.json")).unwrap();
        for vector in vectors["html_mail"]["vectors"].as_array().unwrap() {
            let html = vector["html"].as_str().unwrap();
            let shown = shown_html(html, HashMap::new(), Some(&Pictures::new(b"key")));
            for bad in vector["must_not_match"].as_array().unwrap().iter().map(|bad| bad.as_str().unwrap()) {
                if bad.starts_with("(?!") {
                    assert!(!shown.contains("target") || shown.contains("noopener"), "{shown}");
                } else {
                    assert!(!shown.contains(bad), "{html}: {shown}");
                }
            }
        }
    }

    #[test]
    fn looks_stay_and_what_runs_moves_or_covers_is_gone() {
        let html = "<p style='color:red;position:fixed;background-image:url(http://t/)'>a<font color=#00f>b</font>\
                    <form action=/x><input></form><iframe src=http://e></iframe><style>p{}</style>\
                    <a href='javascript:x()'>l</a><a href='https://example.jp/'>m</a>\
                    <table border=1><tr><td bgcolor=#eee style='border-color:red;z-index:9'>c</table></p>\
                    <div style='background:url(http://t/) #036;color:#fff'>d</div>";
        for safe in [shown_html(html, HashMap::new(), None), harmless_html(html)] {
            for bad in ["position", "url(", "z-index", "iframe", "<form", "<input", "javascript", "<style"] {
                assert!(!safe.contains(bad), "{bad}: {safe}");
            }
            for good in [
                "background-color:#036;color:#fff",
                "color:red",
                "color=\"#00f\"",
                "bgcolor=\"#eee\"",
                "border=\"1\"",
                "https://example.jp",
            ] {
                assert!(safe.contains(good), "{good}: {safe}");
            }
        }
    }
}
