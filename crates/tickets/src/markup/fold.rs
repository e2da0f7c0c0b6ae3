//! Where in a letter's HTML the signature and the letters before begin. It reads what the cleaner wrote, so every element
//! is closed and every quotation mark is in its place; it adds two marks and takes nothing away.

use crate::quote;

/// Stands before the new words, where the letters that they answer stand above them.
pub const FRESH: &str = "<!--fresh-->";
/// Stands before the signature.
pub const SIGNATURE: &str = "<!--signature-->";
/// Stands before the letters that the sender's program repeated.
pub const QUOTED: &str = "<!--quoted-->";

/// Names by which mail programs call what they repeat.
pub(super) const QUOTING: [&str; 6] =
    ["gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "OutlookMessageHeader", "zmail_extra"];
/// Names by which mail programs call a signature.
pub(super) const SIGNING: [&str; 3] = ["gmail_signature", "moz-signature", "protonmail_signature_block"];

/// Elements that begin and end a line.
const BLOCKS: [&str; 33] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "li",
    "nav",
    "ol",
    "p",
    "pre",
    "summary",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "ul",
    "caption",
];
const VOID: [&str; 6] = ["br", "hr", "img", "wbr", "col", "area"];
/// Stands in a line for a picture: it is no word, and it is not nothing.
const PICTURE: char = '\u{fffc}';
const RULE: &str = "________________";

/// The HTML with its marks. Where one stands, what is open is closed before it and opened again behind it, so that each
/// part can be shown by itself.
pub(super) fn marked(html: &str) -> String {
    let lines = Reader::new(html).lines();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let mut fold = quote::fold(&texts);
    let end = fold.history.unwrap_or(lines.len());
    if fold.signature.is_none() {
        let named = lines[..end].iter().position(|line| line.is_signature);
        fold.signature = named.filter(|at| texts[..*at].iter().any(|text| !text.trim().is_empty()));
    }
    // A signature alone is nothing new.
    let fresh = fold.fresh.filter(|at| fold.signature.is_none_or(|signature| *at < signature));
    let cuts = [(fresh, FRESH), (fold.signature, SIGNATURE), (fold.history, QUOTED)];
    let mut cuts: Vec<(usize, &str)> =
        cuts.into_iter().filter_map(|(line, mark)| Some((lines[line?].from, mark))).collect();
    cuts.dedup_by_key(|(from, _)| *from);
    let mut out = String::with_capacity(html.len() + 256);
    let mut done = 0;
    for (from, mark) in cuts {
        out.push_str(&html[done..from]);
        let open = open_at(html, from);
        open.iter().rev().for_each(|tag| out.push_str(&format!("</{}>", tag.name)));
        out.push_str(mark);
        open.iter().for_each(|tag| out.push_str(tag.written));
        done = from;
    }
    out.push_str(&html[done..]);
    out
}

struct Line {
    /// Where it can be cut off: before the elements that begin with it.
    from: usize,
    text: String,
    is_signature: bool,
}

/// A start tag as it was written.
#[derive(Clone, Copy)]
struct Tag<'a> {
    name: &'a str,
    written: &'a str,
}

impl Tag<'_> {
    fn has_class(&self, among: &[&str]) -> bool {
        let classes = self.written.split_once("class=\"").and_then(|(_, rest)| rest.split_once('"'));
        classes.is_some_and(|(classes, _)| classes.split_whitespace().any(|class| among.contains(&class)))
    }
    /// A quotation, not merely something indented.
    fn is_quoting(&self) -> bool {
        let is_marked = || ["type=\"cite\"", "cite=\"", "border-left"].iter().any(|mark| self.written.contains(mark));
        self.has_class(&QUOTING) || (self.name == "blockquote" && is_marked())
    }
}

/// What stands in the HTML, one after the other.
enum Token<'a> {
    Text(&'a str),
    Start(Tag<'a>),
    End(&'a str),
}

/// Hands out tokens with the place where each begins and ends.
struct Tokens<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, usize, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (from, rest) = (self.at, &self.html[self.at..]);
        let first = rest.chars().next()?;
        let is_tag = first == '<' && rest[1..].starts_with(|c: char| c == '/' || c.is_ascii_alphabetic());
        if !is_tag {
            let (_, others) = rest.split_at(first.len_utf8());
            let length = others.find('<').map_or(rest.len(), |length| first.len_utf8() + length);
            self.at += length;
            return Some((from, self.at, Token::Text(&rest[..length])));
        }
        let mut inside = false;
        let end = rest.find(|c| {
            inside ^= c == '"';
            c == '>' && !inside
        });
        let written = &rest[..end.map_or(rest.len(), |end| end + 1)];
        self.at += written.len();
        let bare = written.trim_matches(['<', '>']);
        let token = match bare.strip_prefix('/') {
            Some(name) => Token::End(name),
            None => Token::Start(Tag { name: bare.split([' ', '/']).next().unwrap_or_default(), written }),
        };
        Some((from, self.at, token))
    }
}

/// The elements that are open before this place, outermost first.
fn open_at(html: &str, place: usize) -> Vec<Tag<'_>> {
    let mut open: Vec<Tag<'_>> = Vec::new();
    for (from, _, token) in (Tokens { html, at: 0 }) {
        if from >= place {
            break;
        }
        match token {
            Token::Start(tag) if !VOID.contains(&tag.name) => open.push(tag),
            Token::End(name) if open.last().is_some_and(|tag| tag.name == name) => drop(open.pop()),
            Token::Start(_) | Token::End(_) | Token::Text(_) => {}
        }
    }
    open
}

struct Reader<'a> {
    html: &'a str,
    lines: Vec<Line>,
    text: String,
    from: usize,
    /// Of each open element: its name, whether it quotes, whether it signs.
    open: Vec<(&'a str, bool, bool)>,
}

impl<'a> Reader<'a> {
    fn new(html: &'a str) -> Self {
        Self { html, lines: Vec::new(), text: String::new(), from: 0, open: Vec::new() }
    }

    fn lines(mut self) -> Vec<Line> {
        for (from, to, token) in (Tokens { html: self.html, at: 0 }) {
            match token {
                Token::Text(text) => self.hear(text, from),
                Token::Start(tag) => self.begin(tag, from, to),
                Token::End(name) => self.end(name, to),
            }
        }
        self.close(self.html.len());
        self.lines
    }

    fn hear(&mut self, text: &str, from: usize) {
        if !self.open.iter().any(|(name, ..)| *name == "pre") {
            self.text.push_str(&plain(text));
            return;
        }
        let mut at = from;
        for piece in text.split_inclusive('\n') {
            self.text.push_str(&plain(piece));
            at += piece.len();
            if piece.ends_with('\n') {
                self.push(at);
            }
        }
    }

    fn begin(&mut self, tag: Tag<'a>, from: usize, to: usize) {
        match tag.name {
            "br" => return self.push(to),
            "hr" => {
                self.close(from);
                self.text.push_str(RULE);
                return self.push(to);
            }
            "img" => return self.text.push(PICTURE),
            _ => {}
        }
        let is_known = tag.is_quoting() || tag.has_class(&SIGNING);
        if is_known || BLOCKS.contains(&tag.name) {
            self.close(from);
        }
        if !VOID.contains(&tag.name) {
            self.open.push((tag.name, tag.is_quoting(), tag.has_class(&SIGNING)));
        }
    }

    fn end(&mut self, name: &str, to: usize) {
        let is_block = BLOCKS.contains(&name);
        if is_block && !self.text.trim().is_empty() {
            self.push(to);
        } else if is_block {
            self.text.clear();
            self.from = to;
        }
        if self.open.last().is_some_and(|(open, ..)| *open == name) {
            self.open.pop();
        }
    }

    /// Ends the line if there is something in it.
    fn close(&mut self, next: usize) {
        if self.text.trim().is_empty() {
            self.text.clear();
        } else {
            self.push(next);
        }
    }

    fn push(&mut self, next: usize) {
        let text = std::mem::take(&mut self.text);
        let is_quoted = self.open.iter().any(|(_, quotes, _)| *quotes);
        let text = if is_quoted { format!("> {text}") } else { text };
        let is_signature = self.open.iter().any(|(.., signs)| *signs);
        self.lines.push(Line { from: self.from, text, is_signature });
        self.from = next;
    }
}

/// Text without its entities; breaks inside are spaces.
fn plain(text: &str) -> String {
    let known = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", " ");
    known.replace("&amp;", "&").replace(['\r', '\n', '\u{a0}'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::shown_html;

    /// What is new, the signature, the history; as text.
    fn parts(html: &str) -> [String; 3] {
        let [above, new, signature, quoted] = all_parts(html);
        assert_eq!(above, "", "{html}");
        [new, signature, quoted]
    }

    /// The same, below what is repeated above it.
    fn all_parts(html: &str) -> [String; 4] {
        let shown = shown_html(html, std::collections::HashMap::new(), None);
        let (rest, quoted) = shown.split_once(QUOTED).unwrap_or((&shown, ""));
        let (above, rest) = rest.split_once(FRESH).unwrap_or(("", rest));
        let (new, signature) = rest.split_once(SIGNATURE).unwrap_or((rest, ""));
        for part in [above, new, signature, quoted] {
            let again = ammonia::Builder::default().clean(part).to_string();
            assert_eq!(
                again.matches("<div").count(),
                again.matches("</div").count(),
                "each part stands by itself: {part}"
            );
        }
        [above, new, signature, quoted]
            .map(|part| crate::markup::text_of_html(part).split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn what_mail_programs_repeat_is_found() {
        let gmail = "<div dir=ltr>新しい</div><br><div class=\"gmail_quote gmail_quote_container\"><div dir=ltr class=gmail_attr>\
            2026年4月1日(水) 10:00 窓口 &lt;<a href=mailto:s@x.jp>s@x.jp</a>&gt;:<br></div><blockquote class=gmail_quote \
            style='margin:0;border-left:1px solid'>前</blockquote></div>";
        let outlook = "<div class=WordSection1><p class=MsoNormal>新しい</p><p>&nbsp;</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'>\
            <p class=MsoNormal><b><span>差出人:</span></b><span> 窓口 &lt;s@x.jp&gt; <br><b>送信日時:</b> 2026年4月1日 10:00<br><b>宛先:</b> \
            a@y.jp<br><b>件名:</b> Re: x</span></p></div><p>前</p></div>";
        let owa = "<div>新しい</div><div id=appendonsend></div><hr style='display:inline-block;width:98%'><div id=divRplyFwdMsg><font>\
            <b>From:</b> S<br><b>Sent:</b> Monday<br><b>To:</b> A<br><b>Subject:</b> x</font></div><div>前</div>";
        let apple = "<div>新しい</div><div><br><blockquote type=cite><div>On Apr 1, 2026, at 10:00, S &lt;s@x.jp&gt; wrote:</div><br>\
            <div>前</div></blockquote></div>";
        let thunderbird = "<p>新しい</p><div class=moz-cite-prefix>On 4/1/2026 10:00, S wrote:<br></div><blockquote type=cite>前</blockquote>";
        let plain = "<pre>新しい\n\n-----Original Message-----\nFrom: S\n前</pre>";
        for letter in [gmail, outlook, owa, apple, thunderbird, plain] {
            let [new, _, quoted] = parts(letter);
            assert_eq!(new.trim(), "新しい", "{letter}");
            assert!(quoted.ends_with('前'), "{letter}: {quoted}");
        }
    }

    #[test]
    fn a_long_letter_above_its_answer_is_found() {
        let old = "一<br>二<br>三<br>四<br>五<br>六";
        let gmail = format!(
            "<div class=gmail_quote><div dir=ltr class=gmail_attr>2026年4月1日(水) 10:00 窓口 &lt;s@x.jp&gt;:<br></div>\
             <blockquote class=gmail_quote style='border-left:1px solid'>{old}</blockquote></div><div>答え</div>"
        );
        let thunderbird = format!(
            "<div class=moz-cite-prefix>On 4/1/2026 10:00, S wrote:<br></div><blockquote type=cite><p>{old}</p></blockquote><p>答え</p>"
        );
        let signed =
            format!("<blockquote type=cite>{old}</blockquote><p>答え</p><div class=gmail_signature>森 咲</div>");
        for letter in [gmail, thunderbird, signed] {
            let [above, new, _, quoted] = all_parts(&letter);
            assert_eq!((new.as_str(), quoted.as_str()), ("答え", ""), "{letter}");
            assert!(above.ends_with("五 六"), "{letter}: {above}");
        }
        for shown in [
            format!(
                "<blockquote type=cite>{old}</blockquote><p>答え</p><blockquote type=cite>七</blockquote><p>答え</p>"
            ),
            format!("<blockquote type=cite>{old}</blockquote><div class=gmail_signature>森 咲</div>"),
            format!("<p>下記の件</p><blockquote type=cite>{old}</blockquote><p>答え</p>"),
        ] {
            assert_eq!(all_parts(&shown)[0], "", "{shown}");
        }
    }

    #[test]
    fn signatures_are_found() {
        let named = "<div>本文<div><br></div><div class=gmail_signature>森 咲<br>北斗</div></div>";
        let dashes = "<div>本文<br>-- <br>森 咲<br>北斗</div>";
        let drawn = "<div>本文</div><div>━━━━━━━━━━<br>森 咲<br>TEL 03<br>北斗</div>";
        for letter in [named, dashes, drawn] {
            let [new, signature, _] = parts(letter);
            assert_eq!(new, "本文", "{letter}");
            assert!(signature.contains("森 咲") && signature.ends_with("北斗"), "{letter}: {signature}");
        }
    }

    #[test]
    fn what_is_no_history_stays() {
        for letter in [
            "<blockquote type=cite>前</blockquote><p>答え</p>",
            "<blockquote type=cite>前だけ</blockquote>",
            "<p>表</p><blockquote>字下げ</blockquote>",
            "<p>a</p><div class=gmail_quote>---------- Forwarded message ---------<br>From: b<br>本題</div>",
            "<img src=\"https://x.example/a.png\" alt='a\"b'><p>1 &lt; 2",
        ] {
            let shown = shown_html(letter, std::collections::HashMap::new(), None);
            assert!(!shown.contains("<!--"), "{shown}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(html in "(<div>|</div>|<p class=\"gmail_quote\">|<br>|<hr>|<pre>|</pre>|<blockquote type=cite>|> |あ|\n|<b>|-- |On 2026/ x wrote:|<td>|<table>){0,40}") {
            let clean = ammonia::Builder::default().clean(&html).to_string();
            let (bare, marked) = (crate::markup::text_of_html(&clean), crate::markup::text_of_html(&marked(&clean)));
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            proptest::prop_assert_eq!(letters(&bare), letters(&marked));
        }
    }
}
