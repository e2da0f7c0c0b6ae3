//! A DNS server of one's own: a few texts, and nothing else.

use std::{
    collections::HashMap,
    io,
    net::{SocketAddr, UdpSocket},
    thread,
};

/// The longest question over UDP, with what clients add to it.
const QUESTION_BYTES_MAX: usize = 1_500;
/// Where the name of the question begins.
const NAME_AT: usize = 12;
/// `TXT`, in the class of the internet.
const TXT: [u8; 4] = [0, 16, 0, 1];

/// The text of a name about which the server cannot say anything for now.
pub const OUTAGE: &str = "SERVFAIL";

/// Answers with these texts (name, text) until the process ends; whatever else is asked for is not there.
pub fn serve_names(texts: &[(&str, &str)]) -> io::Result<SocketAddr> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let address = socket.local_addr()?;
    let mut known: HashMap<String, Vec<String>> = HashMap::new();
    for (name, text) in texts {
        known.entry(name.to_lowercase()).or_default().push((*text).to_owned());
    }
    thread::Builder::new().name("names".to_owned()).spawn(move || {
        let mut question = [0; QUESTION_BYTES_MAX];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let Some(answer) = answer(&question[..length], &known) else { continue };
            if socket.send_to(&answer, from).is_err() {
                return;
            }
        }
    })?;
    Ok(address)
}

fn answer(question: &[u8], known: &HashMap<String, Vec<String>>) -> Option<Vec<u8>> {
    let (mut at, mut name) = (NAME_AT, Vec::new());
    loop {
        let length = usize::from(*question.get(at)?);
        if length == 0 {
            break;
        }
        name.push(String::from_utf8_lossy(question.get(at + 1..=at + length)?).to_lowercase());
        at += 1 + length;
    }
    let asked = question.get(at + 1..at + 5)?;
    let found = known.get(&name.join("."));
    let is_out = found.is_some_and(|texts| texts.iter().any(|text| text == OUTAGE));
    let texts = found.filter(|_| asked == TXT && !is_out).map(Vec::as_slice).unwrap_or_default();
    // An answer to what was asked for, recursively; 2 where nothing can be said, 3 where there is no such name.
    let rcode = if is_out { 2 } else { 3 * u8::from(found.is_none()) };
    let flags = [0x81, 0x80 | rcode];
    let mut out = question.get(..2)?.to_vec();
    out.extend(flags);
    out.extend([0, 1, 0, u8::try_from(texts.len()).ok()?, 0, 0, 0, 0]);
    out.extend(&question[NAME_AT..at + 5]);
    for text in texts {
        let pieces: Vec<u8> = text
            .as_bytes()
            .chunks(255)
            .flat_map(|piece| {
                std::iter::once(u8::try_from(piece.len()).unwrap_or(u8::MAX)).chain(piece.iter().copied())
            })
            .collect();
        // The name is the one at byte 12; it holds for a minute.
        out.extend([0xc0, 12]);
        out.extend(TXT);
        out.extend([0, 0, 0, 60]);
        out.extend(u16::try_from(pieces.len()).ok()?.to_be_bytes());
        out.extend(pieces);
    }
    Some(out)
}
