//! How a line of a form is written: its label, what stands behind it, and how labels are compared. Pure.

/// How a label is set apart from what stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `【お名前】`
    Bracket,
    /// `■お名前`
    Bullet,
    /// `お名前：`
    Colon,
    /// Cells of a table, or columns.
    Cell,
}

pub(super) const OPENING: &str = "【［[〔《〈＜<「『（(";
const CLOSING: &str = "】］]〕》〉＞>」』）)";
const BULLETS: &str = "■□◆◇●○◎・▼▽▲△★☆※*＊#＃-－>＞";
const SEPARATORS: &str = ":：=＝→";

/// Every way in which a line may be a label and what stands behind it.
pub(super) fn splits(line: &str) -> Vec<(&str, &str, Style)> {
    let mut ways = Vec::new();
    let line = line.trim().trim_start_matches(['|', '｜']).trim();
    let bare = line.trim_start_matches(|c| BULLETS.contains(c)).trim_start();
    if let Some(opening) = bare.chars().next().filter(|c| OPENING.contains(*c)) {
        let closing = CLOSING.chars().nth(OPENING.chars().position(|c| c == opening).unwrap_or_default());
        let inside = &bare[opening.len_utf8()..];
        if let Some((label, rest)) = closing.and_then(|closing| inside.split_once(closing)) {
            let value = rest.trim_start_matches(|c: char| SEPARATORS.contains(c) || c.is_whitespace());
            ways.push((label, value, Style::Bracket));
        }
    }
    if let Some((label, value)) = bare.split_once(|c| SEPARATORS.contains(c)) {
        ways.push((label, value, Style::Colon));
    }
    if let Some((label, value)) = bare.split_once(['\t', '|', '｜']) {
        ways.push((label, value.trim().trim_end_matches(['|', '｜']), Style::Cell));
    }
    if let Some((label, value)) = bare.split_once("  ").or_else(|| bare.split_once('\u{3000}')) {
        ways.push((label, value, Style::Cell));
    }
    ways.push((bare, "", if bare.len() < line.len() { Style::Bullet } else { Style::Cell }));
    ways.into_iter().map(|(label, value, style)| (label.trim(), value.trim(), style)).collect()
}

/// Without `(必須)` and the like.
pub(super) fn without_marks(label: &str) -> &str {
    const MARKS: &[&str] = &["必須", "任意", "必須項目", "required", "optional"];
    let label = label.trim_end_matches(['*', '＊', '※', ' ', '\u{3000}', ':', '：']);
    let Some(closing) = label.chars().next_back().filter(|c| CLOSING.contains(*c)) else { return label };
    let opening = OPENING.chars().nth(CLOSING.chars().position(|c| c == closing).unwrap_or_default());
    let Some((before, mark)) = opening.and_then(|opening| label.rsplit_once(opening)) else { return label };
    let mark = fold(mark.trim_end_matches(closing));
    if MARKS.contains(&mark.as_str()) { before.trim() } else { label }
}

/// How labels are compared: width, spaces and case do not matter.
pub(super) fn fold(text: &str) -> String {
    narrow(text).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Full-width signs as half-width ones, and half-width kana as full-width ones.
pub(super) fn narrow(text: &str) -> String {
    const KANA: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let mark = match c {
            'ﾞ' => Some(1),
            'ﾟ' => Some(2),
            _ => None,
        };
        if let Some(step) = mark
            && let Some(before) = out.pop()
        {
            // Those with a mark stand behind those without.
            let marked = if before == 'ウ' { Some('ヴ') } else { char::from_u32(u32::from(before) + step) };
            out.push(marked.unwrap_or(before));
            continue;
        }
        out.push(match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            'ｦ'..='ﾝ' => KANA.chars().nth((u32::from(c) - 0xFF66) as usize).unwrap_or(c),
            c => c,
        });
    }
    out
}
