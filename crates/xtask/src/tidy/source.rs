//! A Rust file taken apart: code, strings, comments, and which lines are tests. A scanner, not a parser: it knows
//! where strings and comments begin and end, and how braces pair.

use std::ops::Range;

/// A string of the program.
#[derive(Debug, PartialEq)]
pub(super) struct Literal {
    /// Where its first quote stands, in bytes.
    pub(super) at: usize,
    pub(super) line: usize,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct Source {
    /// The text with comments and the insides of strings blanked, byte for byte.
    pub(super) code: String,
    pub(super) strings: Vec<Literal>,
    /// (line, text) of each line of a comment.
    pub(super) comments: Vec<(usize, String)>,
    /// Lines (from 1) within `#[cfg(test)]`; all of them in a file of tests.
    tests: Vec<Range<usize>>,
}

impl Source {
    pub(super) fn read(path: &str, text: &str) -> Self {
        let mut scan = Scan {
            bytes: text.as_bytes(),
            text,
            code: text.as_bytes().to_vec(),
            at: 0,
            strings: Vec::new(),
            comments: Vec::new(),
        };
        scan.run();
        let code = String::from_utf8(scan.code).expect("only whole characters are blanked");
        let tests = if is_test_file(path) { std::iter::once(1..usize::MAX).collect() } else { test_lines(&code) };
        Self { code, strings: scan.strings, comments: scan.comments, tests }
    }

    pub(super) fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&line))
    }

    /// Lines that hold code, outside of tests.
    pub(super) fn code_lines(&self) -> usize {
        let mut strings = vec![false; self.code.lines().count() + 2];
        for literal in &self.strings {
            let end = literal.line + literal.text.matches('\n').count();
            strings.iter_mut().take(end + 1).skip(literal.line).for_each(|held| *held = true);
        }
        let held = |(at, line): &(usize, &str)| !line.trim().is_empty() || strings[at + 1];
        self.code.lines().enumerate().filter(held).filter(|(at, _)| !self.is_test(at + 1)).count()
    }

    /// The strings up to where the bracket closes that was opened before `from`.
    pub(super) fn arguments(&self, from: usize) -> impl DoubleEndedIterator<Item = &Literal> {
        let inside = from..closing(&self.code, from);
        self.strings.iter().filter(move |literal| inside.contains(&literal.at))
    }

    /// The text of the nth argument of a call whose bracket was opened before `from`: a string, or a constant of this
    /// file that holds one.
    pub(super) fn argument(&self, from: usize, nth: usize) -> Option<&Literal> {
        let range = arguments(&self.code, from).into_iter().nth(nth)?;
        let inside = self.code[range.clone()].trim();
        let from = if inside.chars().all(is_word) {
            let place = ["const ", "static "].iter().find_map(|kind| self.code.find(&format!("{kind}{inside}: &")))?;
            place..place + self.code[place..].find(';')?
        } else {
            range
        };
        self.strings.iter().find(|literal| from.contains(&literal.at))
    }

    /// (line, rest of the code from there) for each place where `word` stands as a whole word.
    pub(super) fn places<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        self.code.match_indices(word).filter_map(move |(at, _)| {
            let before = self.code[..at].chars().next_back();
            let starts_inside = word.starts_with(is_word) && before.is_some_and(is_word);
            (!starts_inside).then(|| (line_of(&self.code, at), &self.code[at..]))
        })
    }
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn closing(code: &str, from: usize) -> usize {
    let mut depth = 1_usize;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

/// The arguments of a call whose bracket was opened before `from`.
fn arguments(code: &str, from: usize) -> Vec<Range<usize>> {
    let end = closing(code, from);
    let (mut depth, mut begin, mut found) = (0_usize, from, Vec::new());
    for (at, byte) in code.bytes().enumerate().take(end).skip(from) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                found.push(begin..at);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push(begin..end);
    found
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/benches/")
}

fn test_lines(code: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, mark) in code.match_indices("#[cfg(test)]") {
        let rest = &code[at + mark.len()..];
        let Some(open) = rest.find(['{', ';']) else { continue };
        let mut depth = 0_usize;
        let mut end = open;
        for (i, byte) in rest.bytes().enumerate().skip(open) {
            depth = match byte {
                b'{' => depth + 1,
                b'}' => depth - 1,
                _ => depth,
            };
            end = i;
            if depth == 0 {
                break;
            }
        }
        found.push(line_of(code, at)..line_of(code, at + mark.len() + end) + 1);
    }
    found
}

struct Scan<'a> {
    bytes: &'a [u8],
    text: &'a str,
    code: Vec<u8>,
    at: usize,
    strings: Vec<Literal>,
    comments: Vec<(usize, String)>,
}

impl Scan<'_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'/' if self.sees(b"//") => self.line_comment(),
                b'/' if self.sees(b"/*") => self.block_comment(),
                b'"' => self.string(),
                b'r' if self.raw_hashes().is_some() => self.raw_string(),
                b'\'' => self.quote(),
                _ => self.at += 1,
            }
        }
    }

    fn sees(&self, what: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(what)
    }

    fn blank(&mut self, range: Range<usize>) {
        for byte in &mut self.code[range] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    fn comment(&mut self, end: usize) {
        let first = line_of(self.text, self.at);
        for (i, line) in self.text[self.at..end].lines().enumerate() {
            self.comments.push((first + i, line.to_owned()));
        }
        self.blank(self.at..end);
        self.at = end;
    }

    fn line_comment(&mut self) {
        let end = self.text[self.at..].find('\n').map_or(self.bytes.len(), |length| self.at + length);
        self.comment(end);
    }

    fn block_comment(&mut self) {
        let (mut depth, mut end) = (1_usize, self.at + 2);
        while depth > 0 && end < self.bytes.len() {
            let rest = &self.bytes[end..];
            let (step, change) = match () {
                () if rest.starts_with(b"/*") => (2, 1),
                () if rest.starts_with(b"*/") => (2, -1),
                () => (1, 0),
            };
            depth = depth.saturating_add_signed(change);
            end += step;
        }
        self.comment(end);
    }

    fn string(&mut self) {
        let mut end = self.at + 1;
        while end < self.bytes.len() && self.bytes[end] != b'"' {
            end += if self.bytes[end] == b'\\' { 2 } else { 1 };
        }
        let end = end.min(self.bytes.len());
        let text = unescaped(&self.text[self.at + 1..end]);
        self.keep(self.at, self.at + 1..end, end + 1, text);
    }

    /// How many `#` a raw string here has, if one begins here.
    fn raw_hashes(&self) -> Option<usize> {
        let before = self.text[..self.at].chars().next_back();
        // `br"` and `cr"` are raw strings too; `for"` is none.
        if before.is_some_and(|c| is_word(c) && c != 'b' && c != 'c') {
            return None;
        }
        let hashes = self.bytes[self.at + 1..].iter().take_while(|byte| **byte == b'#').count();
        (self.bytes.get(self.at + 1 + hashes) == Some(&b'"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().expect("the caller saw one");
        let from = self.at + hashes + 2;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = self.text[from..].find(&close).map_or(self.bytes.len(), |length| from + length);
        self.keep(self.at, from..end, end + close.len(), self.text[from..end].to_owned());
    }

    fn keep(&mut self, at: usize, inside: Range<usize>, next: usize, text: String) {
        self.strings.push(Literal { at, line: line_of(self.text, at), text });
        self.blank(inside);
        self.at = next.min(self.bytes.len());
    }

    /// A character, or the beginning of a lifetime.
    fn quote(&mut self) {
        let rest = &self.text[self.at + 1..];
        let mut chars = rest.char_indices();
        let length = match chars.next() {
            Some((_, '\\')) => rest[2.min(rest.len())..].find('\'').map(|close| close + 3),
            Some(_) => chars.next().filter(|(_, c)| *c == '\'').map(|(close, _)| close + 1),
            None => None,
        };
        if let Some(length) = length {
            self.blank(self.at + 1..self.at + length);
            self.at += length;
        }
        self.at += 1;
    }
}

fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Source {
        Source::read("crates/a/src/lib.rs", text)
    }

    #[test]
    fn strings_and_comments_are_no_code() {
        let source = read(
            "let a = \"x // no\"; // TODO y\nlet b = r#\"raw \"quoted\"\"#; /* two\nlines */ let c = '\"'; let d: &'static str;",
        );
        assert_eq!(source.strings.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(), ["x // no", "raw \"quoted\""]);
        assert_eq!(source.comments.len(), 3);
        assert!(
            source.code.contains("let d: &'static str")
                && !source.code.contains("TODO")
                && !source.code.contains("quoted")
        );
    }

    #[test]
    fn escapes_and_other_alphabets_do_not_derail_it() {
        let source = read("let a = \"窓口 \\\" é\"; let c = '\\''; let e = '窓'; let f = \"z\";");
        assert_eq!(source.strings.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(), ["窓口 \" é", "z"]);
    }

    #[test]
    fn tests_are_told_apart() {
        let source = read("fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() { {} }\n}\nfn c() {}\n");
        assert!(
            !source.is_test(1) && source.is_test(3) && source.is_test(5) && source.is_test(6) && !source.is_test(7)
        );
        assert_eq!(source.code_lines(), 2);
        assert!(Source::read("crates/a/tests/it/main.rs", "fn a() {}").is_test(1));
    }

    #[test]
    fn an_argument_is_a_string_or_a_constant() {
        let source = read("const TEXT: &str = \"SELECT 1\";\nfn a() { f(\"a\", TEXT, g(\"b\", 1), [\"c\", \"d\"]) }");
        let from = source.code.find("f(").unwrap() + 2;
        let said = |nth| source.argument(from, nth).map(|literal| literal.text.as_str());
        assert_eq!(
            [said(0), said(1), said(2), said(3), said(4)],
            [Some("a"), Some("SELECT 1"), Some("b"), Some("c"), None]
        );
    }

    #[test]
    fn words_are_whole() {
        let source = read("let resleep(x); sleep(y);");
        assert_eq!(source.places("sleep(").count(), 1);
    }
}
