//! `format=flowed` (RFC 3676): lines that a sender's program broke are made whole again. Pure.

/// Joins flowed lines. `delete_space` is the `DelSp=yes` of scripts without spaces between words.
pub fn unflow(text: &str, delete_space: bool) -> String {
    let mut out: Vec<String> = Vec::new();
    // Depth and content of the paragraph that the next line may continue.
    let mut open: Option<(usize, String)> = None;
    for raw in text.split('\n') {
        let (depth, line) = unquote(raw.strip_suffix('\r').unwrap_or(raw));
        let signature = line == "-- ";
        let flows = line.ends_with(' ') && !signature;
        let content = if flows && delete_space { &line[..line.len() - 1] } else { line };
        let paragraph = match open.take() {
            Some((open_depth, mut paragraph)) if open_depth == depth && !signature => {
                paragraph.push_str(content);
                paragraph
            }
            Some((open_depth, paragraph)) => {
                out.push(quote(open_depth, &paragraph));
                content.to_owned()
            }
            None => content.to_owned(),
        };
        if flows {
            open = Some((depth, paragraph));
        } else {
            out.push(quote(depth, &paragraph));
        }
    }
    if let Some((depth, paragraph)) = open {
        out.push(quote(depth, &paragraph));
    }
    out.join("\n")
}

/// The quote depth of a line, and the line without its marks and stuffed space.
fn unquote(line: &str) -> (usize, &str) {
    let rest = line.trim_start_matches('>');
    (line.len() - rest.len(), rest.strip_prefix(' ').unwrap_or(rest))
}

fn quote(depth: usize, line: &str) -> String {
    match depth {
        0 => line.to_owned(),
        _ if line.is_empty() => ">".repeat(depth),
        _ => format!("{} {line}", ">".repeat(depth)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_flow_and_quotes_keep_their_depth() {
        assert_eq!(unflow("a \nb\n\n> c \n> d\n>> e \nf", false), "a b\n\n> c d\n>> e \nf");
        assert_eq!(unflow("日本 \n語\n-- \n名", true), "日本語\n-- \n名");
        assert_eq!(unflow(" >not a quote", false), ">not a quote");
        assert_eq!(unflow("text \n-- \nsig", false), "text \n-- \nsig");
    }
}
