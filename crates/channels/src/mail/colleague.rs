//! What an agent writes by mail: whether it counts as theirs, and what of it is said. Pure.

use std::collections::HashMap;

use madoguchi_people::AgentId;
use madoguchi_tickets::{
    markup::{QUOTED, SIGNATURE, shown_html},
    quote::{self, Piece},
    words::Status,
};

use super::token::{Audience, ReplyToken};

/// Begins and ends the line of a notice above which an agent writes.
const EDGE: &str = "##-";
const OTHER_EDGE: &str = "-##";

/// What becomes of a letter from an agent's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// It answers the customer.
    AsAnswer,
    /// It stays among us.
    AsNote,
    /// Nothing proves that the agent wrote it, and their word would count as ours.
    ForNothing,
}

/// Decides it. `token` is the mark of ours that it came to; `is_vouched` says that the domain of its sender stands by
/// it, without which anybody could write in an agent's name.
pub fn counts(token: Option<&ReplyToken>, agent: AgentId, is_vouched: bool) -> Counts {
    match token.map(|token| token.audience) {
        _ if !is_vouched => Counts::ForNothing,
        Some(Audience::Agent(bound)) if bound == agent => Counts::AsAnswer,
        // A mark that was written for somebody else proves nothing, yet a colleague said something about the ticket.
        Some(Audience::Agent(_) | Audience::Among(_) | Audience::Customer) | None => Counts::AsNote,
    }
}

/// What an agent said by mail.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Said {
    /// Their words, without what their program repeated and without their signature: the desk has one of its own.
    pub text: String,
    /// They want it to stay among us.
    pub is_note: bool,
    /// They want the ticket in this state.
    pub state: Option<Status>,
}

/// Words that stand in lines of their own above the text, each behind `#`, and what they wish.
const WISHES: [(&str, Wish); 10] = [
    ("note", Wish::Note),
    ("メモ", Wish::Note),
    ("solved", Wish::State(Status::Solved)),
    ("解決", Wish::State(Status::Solved)),
    ("pending", Wish::State(Status::Pending)),
    ("回答待ち", Wish::State(Status::Pending)),
    ("hold", Wish::State(Status::OnHold)),
    ("保留", Wish::State(Status::OnHold)),
    ("open", Wish::State(Status::Open)),
    ("対応中", Wish::State(Status::Open)),
];

#[derive(Clone, Copy)]
enum Wish {
    Note,
    State(Status),
}

/// Reads it.
pub fn said(text: &str) -> Said {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().position(|line| is_edge(line)).unwrap_or(lines.len());
    let lines = &lines[..end];
    let fold = quote::fold(lines);
    let end = [fold.signature, fold.history].into_iter().flatten().min().unwrap_or(lines.len());
    let mut said = Said::default();
    let mut words = lines[..end].iter().skip_while(|line| line.trim().is_empty()).peekable();
    while let Some(wish) = words.peek().and_then(|line| wish(line)) {
        match wish {
            Wish::Note => said.is_note = true,
            Wish::State(status) => said.state = Some(status),
        }
        words.next();
    }
    let text = words.copied().collect::<Vec<_>>().join("\n");
    let is_new = quote::split(&text).iter().any(|piece| matches!(piece, Piece::New(new) if !new.trim().is_empty()));
    said.text = if is_new { text.trim().to_owned() } else { String::new() };
    said
}

/// Whether a picture stands in what they said, and not in their signature or in what their program repeated.
pub fn is_picture_said(html: &str, cid: &str) -> bool {
    const HERE: &str = "picture:here";
    let shown = shown_html(html, HashMap::from([(cid.to_owned(), HERE.to_owned())]), None);
    let end = [SIGNATURE, QUOTED, EDGE].into_iter().filter_map(|mark| shown.find(mark)).min().unwrap_or(shown.len());
    shown[..end].contains(HERE)
}

/// The line of a notice above which an agent writes, also where it was repeated as a quotation.
fn is_edge(line: &str) -> bool {
    let line = line.trim_start_matches(['>', '＞', '|', ' ', '\u{3000}', '\t']).trim_end();
    line.starts_with(EDGE) && line.ends_with(OTHER_EDGE)
}

/// The line of a notice above which an agent writes, saying this.
pub fn edge(says: &str) -> String {
    format!("{EDGE} {says} {OTHER_EDGE}")
}

fn wish(line: &str) -> Option<Wish> {
    let word = line.trim().strip_prefix(['#', '＃'])?.trim().to_lowercase();
    WISHES.iter().find(|(known, _)| *known == word).map(|(_, wish)| *wish)
}

#[cfg(test)]
mod tests {
    use madoguchi_tickets::TicketId;

    use super::*;

    #[test]
    fn whose_word_it_is() {
        let (a, b) = (AgentId::new(1), AgentId::new(2));
        let token = |audience| ReplyToken { ticket: TicketId::new(9), audience };
        for (audience, agent, is_vouched, expected) in [
            (Some(Audience::Agent(a)), a, true, Counts::AsAnswer),
            (Some(Audience::Agent(a)), b, true, Counts::AsNote),
            (Some(Audience::Among(a)), a, true, Counts::AsNote),
            (Some(Audience::Customer), a, true, Counts::AsNote),
            (None, a, true, Counts::AsNote),
            (Some(Audience::Agent(a)), a, false, Counts::ForNothing),
            (None, a, false, Counts::ForNothing),
        ] {
            assert_eq!(counts(audience.map(token).as_ref(), agent, is_vouched), expected, "{audience:?} {agent}");
        }
    }

    #[test]
    fn what_they_said() {
        let plain = |text: &str| Said { text: text.to_owned(), ..Said::default() };
        for (written, expected) in [
            ("本日発送します。\n", plain("本日発送します。")),
            (
                "本日発送します。\n\n2026年4月1日(水) 9:00 窓口 <support@help.example.com>:\n\n> ##- この行より上に -##\n> 佐藤さん\n",
                plain("本日発送します。"),
            ),
            ("はい。\n-- \n山田\nTel 03\n\n##- この行より上に -##\n質問", plain("はい。")),
            ("はい。\n\n-----Original Message-----\nFrom: x\n", plain("はい。")),
            ("On Wed, 1 Apr 2026 at 09:00, Desk <s@h.jp> wrote:\n##- above -##\nQ", Said::default()),
            (
                "#note\n#solved\n\n電話で話しました。",
                Said { text: "電話で話しました。".to_owned(), is_note: true, state: Some(Status::Solved) },
            ),
            ("＃解決\n", Said { state: Some(Status::Solved), ..Said::default() }),
            ("#1 の件です\n#note", plain("#1 の件です\n#note")),
            // An answer between the lines of the question stays with them.
            ("> 色は?\n赤です。\n> 数は?\n三つです。", plain("> 色は?\n赤です。\n> 数は?\n三つです。")),
        ] {
            assert_eq!(said(written), expected, "{written}");
        }
    }

    #[test]
    fn a_picture_is_said_where_it_stands_in_the_new_words() {
        let said = "<p>こちらです</p><img src=\"cid:shot@x\"><p>-- </p><p>山田</p><img src=\"cid:logo@x\">\
                    <div class=\"gmail_quote\"><p>##- この行より上に -##</p><img src=\"cid:old@x\"></div>";
        for (cid, expected) in [("shot@x", true), ("logo@x", false), ("old@x", false), ("none@x", false)] {
            assert_eq!(is_picture_said(said, cid), expected, "{cid}");
        }
    }

    #[test]
    fn the_edge_is_known_again_however_it_was_repeated() {
        let edge = edge("この行より上に返信を書いてください");
        for line in [edge.clone(), format!("> {edge}"), format!(">> {edge}  "), format!("　{edge}")] {
            assert!(is_edge(&line), "{line}");
        }
        assert!(!is_edge("##- 見出し"));
    }
}
