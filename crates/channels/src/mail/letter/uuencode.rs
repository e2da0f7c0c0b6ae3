//! Files that stand in a text as uuencoded lines, as mailers wrote them before MIME. Pure.

/// A file that was found, and its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The text without its files, and the files. A row of lines that is not sound to its end stays text.
pub(super) fn extract(text: &str) -> (String, Vec<Found>) {
    if !text.contains("begin ") {
        return (text.to_owned(), Vec::new());
    }
    let (mut rest, mut out, mut found) = (text, String::new(), Vec::new());
    while let Some(line) = rest.split_inclusive('\n').next() {
        let after = &rest[line.len()..];
        match begin(line).and_then(|name| Some((name, file(after)?))) {
            Some((name, (bytes, end))) => {
                found.push(Found { name: name.to_owned(), bytes });
                rest = end;
            }
            None => {
                out.push_str(line);
                rest = after;
            }
        }
    }
    (out, found)
}

/// `begin 644 name`.
fn begin(line: &str) -> Option<&str> {
    let (mode, name) = line.strip_prefix("begin ")?.split_once(' ')?;
    let is_mode = (3..=4).contains(&mode.len()) && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    Some(name.trim()).filter(|name| is_mode && !name.is_empty())
}

/// The bytes up to the line `end`, and what follows it.
fn file(mut rest: &str) -> Option<(Vec<u8>, &str)> {
    let mut bytes = Vec::new();
    while let Some(line) = rest.split_inclusive('\n').next() {
        rest = &rest[line.len()..];
        let line = line.trim_end_matches(['\r', '\n']);
        if line == "end" {
            return Some((bytes, rest));
        }
        if !line.trim().is_empty() {
            decode(line.as_bytes(), &mut bytes)?;
        }
    }
    None
}

fn decode(line: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let sixth = |byte: u8| (0x20..=0x60).contains(&byte).then(|| (byte - 0x20) & 0x3f);
    let (&length, content) = line.split_first()?;
    let length = usize::from(sixth(length)?);
    // Blanks at the end of a line may have been lost on the way; a few more signs are a checksum.
    let full = length.div_ceil(3) * 4;
    if content.len() > full + 2 {
        return None;
    }
    let mut padded = content[..content.len().min(full)].to_vec();
    padded.resize(full, b' ');
    let end = out.len() + length;
    for group in padded.chunks_exact(4) {
        let mut bits = 0_u32;
        for byte in group {
            bits = (bits << 6) | u32::from(sixth(*byte)?);
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    out.truncate(end);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_a_text_are_found() {
        // As Python's `binascii.b2a_uu` writes it.
        let text = "前\nbegin 644 見積.txt\n-:&5L;&\\L('=O<FQD(0  \n`\nend\n後";
        let (rest, found) = extract(text);
        assert_eq!(rest, "前\n後");
        assert_eq!(found, [Found { name: "見積.txt".to_owned(), bytes: b"hello, world!".to_vec() }]);
    }

    #[test]
    fn what_only_looks_like_one_stays_text() {
        for text in
            ["begin 644 a.txt\nこれは文です\nend\n", "begin 644 a.txt\n#86)C\n", "begin again\n", "We begin 644 x"]
        {
            assert_eq!(extract(text), (text.to_owned(), Vec::new()));
        }
    }
}
