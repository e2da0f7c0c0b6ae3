//! Readable text out of HTML, for letters that bring no plain text. Pure and linear in time.

use mail_parser::decoders::html::add_html_token;

/// Longest entity looked for, `&CounterClockwiseContourIntegral;` included.
const ENTITY_BYTES_MAX: usize = 40;
/// How far a quoted attribute is followed over `>` signs.
const TAG_BYTES_MAX: usize = 4_096;
/// Deepest quotation marked with `>`.
const QUOTE_DEPTH_MAX: usize = 20;

/// The text that a reader would see, with line breaks where blocks end and `>` before quotations.
pub fn from_html(html: &str) -> String {
    let mut writer = Writer::default();
    let last_end = html.rfind('>');
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        writer.text(&rest[..open]);
        rest = &rest[open..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let Some((tag, after)) = tag(rest) else {
            // Where no tag can end any more, all that is left is text; else only this sign is.
            let at = html.len() - rest.len();
            let text = if last_end.is_some_and(|end| end > at) { &rest[..1] } else { rest };
            writer.text(text);
            rest = &rest[text.len()..];
            continue;
        };
        rest = after;
        if !tag.closing && matches!(tag.name.as_str(), "script" | "style" | "title" | "template" | "noscript") {
            rest = skip_element(rest, &tag.name);
        } else {
            writer.tag(&tag);
        }
    }
    writer.text(rest);
    writer.finish()
}

struct Tag {
    name: String,
    closing: bool,
}

/// Reads a tag at the start of `text`; a lone `<` is none.
fn tag(text: &str) -> Option<(Tag, &str)> {
    let inner = text.strip_prefix('<')?;
    let (inner, closing) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
        return None;
    }
    let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).take(16).collect();
    let first = inner.find('>')?;
    let end = match inner.get(..TAG_BYTES_MAX.min(inner.len())) {
        Some(window) if is_quote_open(&inner[..first]) => end_outside_quotes(window).unwrap_or(first),
        _ => first,
    };
    Some((Tag { name: name.to_ascii_lowercase(), closing }, &inner[end + 1..]))
}

fn is_quote_open(attributes: &str) -> bool {
    quote_after(attributes, None).is_some()
}

/// The quote that is open after these characters.
fn quote_after(text: &str, open: Option<char>) -> Option<char> {
    text.chars().fold(open, |open, c| match (open, c) {
        (None, '"' | '\'') => Some(c),
        (Some(quote), c) if c == quote => None,
        (open, _) => open,
    })
}

/// Where the tag ends when quotes are honoured. A quote that never closes must not swallow the letter.
fn end_outside_quotes(window: &str) -> Option<usize> {
    let mut open = None;
    let mut from = 0;
    for (at, _) in window.match_indices('>') {
        open = quote_after(&window[from..at], open);
        from = at;
        if open.is_none() {
            return Some(at);
        }
    }
    None
}

fn skip_element<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        let after = &rest[at + 2..];
        if after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return after.split_once('>').map_or("", |(_, rest)| rest);
        }
        rest = after;
    }
    ""
}

#[derive(Default)]
struct Writer {
    out: String,
    line: String,
    quotes: usize,
    preformatted: usize,
    /// Empty lines since the last text, so that nested blocks do not pile them up.
    blank: usize,
    space: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if self.preformatted > 0 && c == '\n' {
                self.end_line();
                rest = &rest[1..];
            } else if c.is_ascii_whitespace() && self.preformatted == 0 {
                self.space = true;
                rest = &rest[1..];
            } else {
                if std::mem::take(&mut self.space) && !self.line.is_empty() {
                    self.line.push(' ');
                }
                rest = &rest[self.character(rest, c)..];
            }
        }
    }

    /// Writes one character or entity; gives back how many bytes it took.
    fn character(&mut self, rest: &str, c: char) -> usize {
        let window = &rest.as_bytes()[..rest.len().min(ENTITY_BYTES_MAX)];
        let end = window.iter().position(|b| *b == b';').filter(|_| c == '&');
        match end.map(|end| &rest.as_bytes()[..=end]) {
            Some(entity) if entity[1..entity.len() - 1].iter().all(|b| b.is_ascii_alphanumeric() || *b == b'#') => {
                if entity == b"&nbsp;" {
                    self.line.push(' ');
                } else {
                    add_html_token(&mut self.line, entity, false);
                }
                entity.len()
            }
            _ => {
                self.line.push(c);
                c.len_utf8()
            }
        }
    }

    fn tag(&mut self, tag: &Tag) {
        match (tag.name.as_str(), tag.closing) {
            ("br", _) => self.end_line(),
            ("p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "ul" | "ol" | "pre", _) => {
                self.block();
                self.paragraph();
                if tag.name == "pre" {
                    self.preformatted =
                        if tag.closing { self.preformatted.saturating_sub(1) } else { self.preformatted + 1 };
                }
            }
            ("blockquote", closing) => {
                self.block();
                self.quotes =
                    if closing { self.quotes.saturating_sub(1) } else { (self.quotes + 1).min(QUOTE_DEPTH_MAX) };
            }
            ("li", false) => {
                self.block();
                self.line.push_str("- ");
            }
            ("hr", _) => {
                self.block();
                self.line.push_str("----");
                self.end_line();
            }
            ("td" | "th", true) => self.line.push('\t'),
            (
                "div" | "tr" | "li" | "dd" | "dt" | "dl" | "section" | "article" | "header" | "footer" | "body"
                | "center",
                _,
            ) => {
                self.block();
            }
            _ => {}
        }
    }

    /// Ends the line unless nothing stands on it.
    fn block(&mut self) {
        self.space = false;
        if !self.line.trim().is_empty() {
            self.end_line();
        } else {
            self.line.clear();
        }
    }

    fn paragraph(&mut self) {
        if self.blank == 0 && !self.out.is_empty() {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        self.space = false;
        let line = self.line.trim_end();
        self.blank = if line.is_empty() { self.blank + 1 } else { 0 };
        if self.blank <= 2 {
            if self.quotes > 0 {
                self.out.push_str(&">".repeat(self.quotes));
                self.out.push_str(if line.is_empty() { "" } else { " " });
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.line.clear();
    }

    fn finish(mut self) -> String {
        if !self.line.trim().is_empty() {
            self.end_line();
        }
        self.out.trim_matches('\n').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_break_lines_and_quotes_are_marked() {
        assert_eq!(from_html("<div>お世話に<br>なります。</div><div>山田</div>"), "お世話に\nなります。\n山田");
        assert_eq!(from_html("<p>a &lt;b&gt; &#12354;&nbsp;c</p><p>d</p>"), "a <b> あ c\n\nd");
        assert_eq!(from_html("x<blockquote>q1<blockquote>q2</blockquote></blockquote>y"), "x\n> q1\n>> q2\ny");
        assert_eq!(from_html("<style>p{}</style><script>if(a<b){}</script>t &amp 1 < 2"), "t &amp 1 < 2");
        assert_eq!(from_html("<pre>a\n  b</pre>"), "a\n  b");
        assert_eq!(from_html("<ul><li>a</li><li>b</li></ul>"), "- a\n- b");
    }

    #[test]
    fn hostile_markup_costs_no_more_than_its_length() {
        for piece in ["<a", "<a '", "<", "<a \">", "<!--", "<script>", "&", "</p", "<b '>\""] {
            from_html(&piece.repeat(200_000));
            from_html(&(piece.repeat(200_000) + ">"));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_markup_makes_it_fail(html in "(<|>|</|<p|<!--|-->|\"|'|&|&lt;|;|あ| |<script>|blockquote){0,40}") {
            from_html(&html);
        }
    }

    #[test]
    fn malformed_markup_loses_no_text() {
        assert!(from_html("<a href=\"x>lost? <b>no</b>").contains("no"));
        assert_eq!(from_html("5 < 6 <3"), "5 < 6 <3");
    }
}
