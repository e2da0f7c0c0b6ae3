//! The ground that words stand on, where a letter gives it in the short form together with pictures and places. Pure.

use std::borrow::Cow;

/// Words of the short form that are no colour (CSS Backgrounds and Borders 3, `background`).
const NO_COLOURS: [&str; 25] = [
    "none",
    "repeat",
    "repeat-x",
    "repeat-y",
    "no-repeat",
    "space",
    "round",
    "scroll",
    "fixed",
    "local",
    "center",
    "left",
    "right",
    "top",
    "bottom",
    "cover",
    "contain",
    "auto",
    "border-box",
    "padding-box",
    "content-box",
    "inherit",
    "initial",
    "unset",
    "revert",
];

/// A style attribute in which the colour of each `background` stands by itself, so that what the short form may load can be
/// dropped without the ground: white words would stand on white.
pub(super) fn apart(style: &str) -> Cow<'_, str> {
    if !style.to_ascii_lowercase().contains("background") {
        return Cow::Borrowed(style);
    }
    let declarations = style.split(';').map(|declaration| {
        let (name, value) = declaration.split_once(':').unwrap_or((declaration, ""));
        let is_short = name.trim().eq_ignore_ascii_case("background");
        match colour(value).filter(|_| is_short) {
            Some(colour) => Cow::Owned(format!("background-color:{colour}")),
            None => Cow::Borrowed(declaration),
        }
    });
    Cow::Owned(declarations.collect::<Vec<_>>().join(";"))
}

/// The colour in a short form; functions that are none of a colour are left out.
fn colour(value: &str) -> Option<&str> {
    let value = value.split('!').next().unwrap_or_default();
    let (mut depth, mut start, mut words) = (0_usize, 0, Vec::new());
    for (at, c) in value.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if (c.is_whitespace() || c == ',' || c == '/') && depth == 0 => {
                words.push(&value[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    words.push(&value[start..]);
    words.into_iter().find(|word| {
        let lower = word.to_ascii_lowercase();
        let is_named = lower.len() > 2 && lower.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let is_function = ["rgb(", "rgba(", "hsl(", "hsla("].iter().any(|name| lower.starts_with(name));
        lower.starts_with('#') || (is_function && lower.ends_with(')')) || (is_named && !NO_COLOURS.contains(&&*lower))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colour_of_a_short_form_stands_by_itself() {
        for (style, want) in [
            ("background:#003366;color:#ffffff", "background-color:#003366;color:#ffffff"),
            ("color:red", "color:red"),
            ("background-color:red", "background-color:red"),
            (
                "BACKGROUND: url(http://t/a b.png) no-repeat center / cover, rgb(0, 51, 102)",
                "background-color:rgb(0, 51, 102)",
            ),
            ("background: white !important", "background-color:white"),
            ("background:none", "background:none"),
            ("background:url(x)", "background:url(x)"),
            ("background:0 50% 10px", "background:0 50% 10px"),
        ] {
            assert_eq!(apart(style), want);
        }
    }
}
