//! Who wrote it, below the words that close a letter: names, houses, numbers and addresses, and nothing else. Pure.

use super::{doubtful, is_name, plain};

/// Lines below the closing words that may say who wrote.
const LINES_MAX: usize = 6;
/// Closing words, below which nothing but the writer stands.
const CLOSINGS: &[&str] =
    &["best regards", "kind regards", "warm regards", "regards", "best wishes", "sincerely", "yours sincerely"];
/// What stands before a number.
const LABELS: &[&str] =
    &["tel", "phone", "mobile", "cell", "direct", "office", "fax", "t", "m", "p", "f", "電話", "携帯"];

/// Lines that a signature below a ruled line takes at most.
const RULED_LINES_MAX: usize = 14;
/// Signs of which such a line is drawn.
const RULES: &str = "-=_*~－＝＿ー―─━＊＃#・◆◇□■";

/// The text above its ruled signature (`-- `, `━━━━━`). What asks or says something below the rule is no signature.
pub(super) fn without(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if draws(line.trim()) {
            let below = text[at + line.len()..].lines().map(plain).filter(|line| !line.is_empty());
            let below: Vec<String> = below.collect();
            let says = |line: &String| line.contains(['?', '。', '!']) || doubtful(line);
            let is_signature = below.len() <= RULED_LINES_MAX && !below.iter().any(says);
            return if is_signature { &text[..at] } else { text };
        }
        at += line.len();
    }
    text
}

fn draws(line: &str) -> bool {
    line == "--" || (line.chars().count() >= 5 && line.chars().all(|c| RULES.contains(c)))
}

/// Whether a line closes the letter.
pub(super) fn closes(line: &str) -> bool {
    CLOSINGS.contains(&line.trim_end_matches([',', '.', '!']).trim_end())
}

/// Words by which a street is known.
const STREETS: &[&str] = &["street", "st", "road", "rd", "avenue", "ave", "lane", "square", "drive", "way", "floor"];

/// Whether these lines, in lower case, only say who wrote.
pub(super) fn only_says_who(lines: &[String]) -> bool {
    let says_who = |line: &String| line.split(['|', '·', '•', ';', '/', ',']).map(str::trim).all(is_piece);
    lines.len() <= LINES_MAX && lines.iter().all(says_who)
}

fn is_piece(piece: &str) -> bool {
    piece.is_empty() || is_name(piece) || is_title(piece) || is_number(piece) || is_place(piece) || is_street(piece)
}

/// `head of accounts`
fn is_title(piece: &str) -> bool {
    piece.split_once(" of ").is_some_and(|(what, whose)| is_name(what) && is_name(whose))
}

/// `1 high street`
fn is_street(piece: &str) -> bool {
    let (house, street) = piece.split_once(' ').unwrap_or(("", piece));
    let ends = street.rsplit(' ').next().is_some_and(|last| STREETS.contains(&last.trim_end_matches('.')));
    !house.is_empty() && house.chars().all(|c| c.is_ascii_digit() || c == '-') && ends && is_name(street)
}

/// A telephone number, with or without its label.
fn is_number(piece: &str) -> bool {
    let number = piece.trim_start_matches(|c: char| c.is_alphabetic());
    let label = &piece[..piece.len() - number.len()];
    let digits = number.chars().filter(char::is_ascii_digit).count();
    (label.is_empty() || LABELS.contains(&label))
        && (6..=15).contains(&digits)
        && number.chars().all(|c| c.is_ascii_digit() || " +-().:".contains(c))
}

/// An address of mail or of the web, alone.
fn is_place(piece: &str) -> bool {
    let is_one_word = !piece.contains(char::is_whitespace);
    is_one_word
        && (piece.contains('@') || piece.starts_with("www.") || piece.ends_with(".com") || piece.ends_with(".jp"))
}
