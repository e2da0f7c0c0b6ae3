//! What a client says, line by line (RFC 5321, 4.1). Pure.

use super::reply::Reply;

/// The longest line of a command, its end included: RFC 5321 asks for 512 bytes, the extensions for some more.
pub const LINE_BYTES_MAX: usize = 2_048;
/// The longest address.
const PATH_BYTES_MAX: usize = 254;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `HELO`, `EHLO` or `LHLO`, and the name that was given.
    Hello(Hello, String),
    /// `MAIL FROM`.
    Mail(MailFrom),
    /// `RCPT TO`.
    Rcpt(String),
    /// `DATA`.
    Data,
    /// `RSET`.
    Reset,
    /// `NOOP`.
    Nothing,
    /// `STARTTLS`.
    StartTls,
    /// `QUIT`.
    Quit,
    /// `HELP`.
    Help,
}

/// How a client greets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hello {
    /// `HELO`
    Plain,
    /// `EHLO`
    Extended,
    /// `LHLO`
    Local,
}

/// Who sends a letter, and what it will be like.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MailFrom {
    /// Where bounces go; `None` for the null sender.
    pub sender: Option<String>,
    /// How large the client says that the letter is.
    pub size_bytes: Option<u64>,
    /// Whether its addresses and headers may be other than ASCII.
    pub utf8: bool,
}

impl Command {
    /// Reads a line without its end; or what is answered to it.
    pub fn parse(line: &[u8]) -> Result<Self, Reply> {
        let line = str::from_utf8(line).map_err(|_| Reply::new(500, "5.5.2", "Commands are UTF-8"))?;
        if line.contains(|c: char| c.is_control() && c != '\t') {
            return Err(Reply::new(500, "5.5.2", "No control characters, please"));
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_matches([' ', '\t']);
        let bare = |command: Self| if rest.is_empty() { Ok(command) } else { Err(Reply::no_arguments()) };
        match verb.trim_end().to_ascii_uppercase().as_str() {
            "HELO" => hello(Hello::Plain, rest),
            "EHLO" => hello(Hello::Extended, rest),
            "LHLO" => hello(Hello::Local, rest),
            "MAIL" => mail(rest),
            "RCPT" => rcpt(rest),
            "DATA" => bare(Self::Data),
            "RSET" => bare(Self::Reset),
            "NOOP" => Ok(Self::Nothing),
            "STARTTLS" => bare(Self::StartTls),
            "QUIT" => bare(Self::Quit),
            "HELP" => Ok(Self::Help),
            "VRFY" | "EXPN" | "AUTH" | "BDAT" | "ETRN" | "TURN" => Err(Reply::not_here()),
            _ => Err(Reply::new(500, "5.5.2", "What is that?")),
        }
    }
}

fn hello(kind: Hello, name: &str) -> Result<Command, Reply> {
    let sound = !name.is_empty() && name.len() <= PATH_BYTES_MAX && !name.contains([' ', '\t', '<', '>', '(', ')']);
    sound
        .then(|| Command::Hello(kind, name.to_owned()))
        .ok_or_else(|| Reply::new(501, "5.5.4", "Say your name after the greeting"))
}

fn mail(rest: &str) -> Result<Command, Reply> {
    let (path, parameters) = path(after(rest, "FROM:")?)?;
    let mut mail = MailFrom { sender: (!path.is_empty()).then(|| path.to_owned()), ..MailFrom::default() };
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').map_or((parameter, None), |(name, value)| (name, Some(value)));
        match (name.to_ascii_uppercase().as_str(), value.map(str::to_ascii_uppercase).as_deref()) {
            ("SIZE", Some(size)) if (1..=20).contains(&size.len()) => {
                mail.size_bytes = Some(size.parse().map_err(|_| Reply::bad_parameter())?);
            }
            ("BODY", Some("7BIT" | "8BITMIME")) => {}
            ("SMTPUTF8", None) => mail.utf8 = true,
            ("SIZE" | "BODY" | "SMTPUTF8", _) => return Err(Reply::bad_parameter()),
            _ => return Err(Reply::new(555, "5.5.4", "I do not know this parameter")),
        }
    }
    if !mail.utf8 && !path.is_ascii() {
        return Err(Reply::needs_utf8());
    }
    Ok(Command::Mail(mail))
}

fn rcpt(rest: &str) -> Result<Command, Reply> {
    let (path, parameters) = path(after(rest, "TO:")?)?;
    if !parameters.trim().is_empty() {
        return Err(Reply::new(555, "5.5.4", "I do not know this parameter"));
    }
    if path.is_empty() {
        return Err(Reply::new(501, "5.1.3", "To whom?"));
    }
    Ok(Command::Rcpt(path.to_owned()))
}

fn after<'a>(rest: &'a str, word: &str) -> Result<&'a str, Reply> {
    let begins = rest.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    if begins { Ok(rest[word.len()..].trim_start()) } else { Err(Reply::new(501, "5.5.4", "An address is missing")) }
}

/// `<address>` and what follows it. A route (`<@relay:address>`) is passed over, as RFC 5321 asks for.
fn path(text: &str) -> Result<(&str, &str), Reply> {
    let wrong = || Reply::new(501, "5.1.3", "An address stands in < >");
    let inner = text.strip_prefix('<').ok_or_else(wrong)?;
    let end = end_of_path(inner).ok_or_else(wrong)?;
    let (path, parameters) = (&inner[..end], &inner[end + 1..]);
    if !parameters.is_empty() && !parameters.starts_with([' ', '\t']) {
        return Err(wrong());
    }
    let path = match path.strip_prefix('@') {
        Some(_) => path.split_once(':').ok_or_else(wrong)?.1,
        None => path,
    };
    if path.len() > PATH_BYTES_MAX {
        return Err(Reply::new(501, "5.1.3", "This address is too long"));
    }
    Ok((path, parameters))
}

/// Where the address ends: at the first `>` outside of quotes.
fn end_of_path(inner: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(address: &str) -> MailFrom {
        MailFrom { sender: Some(address.to_owned()), ..MailFrom::default() }
    }

    #[test]
    fn commands_are_read_in_any_case_and_strictly() {
        for (line, expected) in [
            ("EHLO mx.example.jp", Command::Hello(Hello::Extended, "mx.example.jp".to_owned())),
            ("helo [192.0.2.1]", Command::Hello(Hello::Plain, "[192.0.2.1]".to_owned())),
            ("LHLO relay", Command::Hello(Hello::Local, "relay".to_owned())),
            ("MAIL FROM:<a@example.jp>", Command::Mail(sender("a@example.jp"))),
            ("mail from: <a@example.jp>", Command::Mail(sender("a@example.jp"))),
            ("MAIL FROM:<>", Command::Mail(MailFrom::default())),
            (
                "MAIL FROM:<a@example.jp> SIZE=1000 BODY=8BITMIME",
                Command::Mail(MailFrom { size_bytes: Some(1_000), ..sender("a@example.jp") }),
            ),
            ("MAIL FROM:<太郎@例え.jp> SMTPUTF8", Command::Mail(MailFrom { utf8: true, ..sender("太郎@例え.jp") })),
            ("MAIL FROM:<@a,@b:c@d>", Command::Mail(sender("c@d"))),
            ("MAIL FROM:<\"a> b\"@d>", Command::Mail(sender("\"a> b\"@d"))),
            ("RCPT TO:<b@example.jp>", Command::Rcpt("b@example.jp".to_owned())),
            ("rset", Command::Reset),
            ("NOOP whatever", Command::Nothing),
            ("DATA ", Command::Data),
            ("QUIT", Command::Quit),
        ] {
            assert_eq!(Command::parse(line.as_bytes()), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_has_its_code() {
        let long = format!("RCPT TO:<{}@example.jp>", "a".repeat(300));
        for (line, code) in [
            ("", 500),
            ("HELLO", 500),
            ("EHLO", 501),
            ("EHLO a b", 501),
            ("MAIL", 501),
            ("MAIL TO:<a@b>", 501),
            ("MAIL FROM:a@b", 501),
            ("MAIL FROM:<a@b", 501),
            ("MAIL FROM:<a@b>SIZE=1", 501),
            ("MAIL FROM:<a@b> SIZE=x", 501),
            ("MAIL FROM:<a@b> SIZE=99999999999999999999999", 501),
            ("MAIL FROM:<a@b> BODY=BINARYMIME", 501),
            ("MAIL FROM:<a@b> AUTH=<>", 555),
            ("MAIL FROM:<太郎@b>", 553),
            ("RCPT TO:<>", 501),
            ("RCPT TO:<a@b> NOTIFY=NEVER", 555),
            (&long, 501),
            ("DATA now", 501),
            ("VRFY root", 502),
            ("EXPN staff", 502),
            ("AUTH PLAIN", 502),
            ("RSET\u{0}", 500),
        ] {
            assert_eq!(Command::parse(line.as_bytes()).map_err(|reply| reply.code), Err(code), "{line}");
        }
        assert_eq!(Command::parse(b"\xff\xfe").map_err(|reply| reply.code), Err(500));
    }
}
