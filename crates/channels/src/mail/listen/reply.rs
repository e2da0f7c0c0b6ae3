//! What we answer: a code, an enhanced code (RFC 3463) and words. Pure.

use std::fmt::Write;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The code; what begins with 4 may be tried again.
    pub code: u16,
    /// The enhanced code; none before the greeting and in what it answers.
    pub status: Option<&'static str>,
    /// The words, in English as all servers speak.
    pub lines: Vec<String>,
}

impl Reply {
    /// With these words.
    pub fn new(code: u16, status: &'static str, words: impl Into<String>) -> Self {
        Self { code, status: Some(status), lines: vec![words.into()] }
    }
    /// One without an enhanced code.
    pub fn plain(code: u16, lines: Vec<String>) -> Self {
        Self { code, status: None, lines }
    }
    /// Whether something was refused.
    pub fn refuses(&self) -> bool {
        self.code >= 400
    }
    /// As it goes over the wire.
    pub fn written(&self) -> String {
        let mut out = String::new();
        let last = self.lines.len().saturating_sub(1);
        for (at, line) in self.lines.iter().enumerate() {
            let mark = if at == last { ' ' } else { '-' };
            let status = self.status.map(|status| format!("{status} ")).unwrap_or_default();
            // Writing to a String cannot fail.
            let written = write!(out, "{}{mark}{status}{line}\r\n", self.code);
            debug_assert!(written.is_ok());
        }
        out
    }

    pub(super) fn ok() -> Self {
        Self::new(250, "2.0.0", "Ok")
    }
    pub(super) fn bye() -> Self {
        Self::new(221, "2.0.0", "Goodbye")
    }
    pub(super) fn no_arguments() -> Self {
        Self::new(501, "5.5.4", "This command stands alone")
    }
    pub(super) fn bad_parameter() -> Self {
        Self::new(501, "5.5.4", "This parameter makes no sense")
    }
    pub(super) fn not_here() -> Self {
        Self::new(502, "5.5.1", "Not here")
    }
    pub(super) fn needs_utf8() -> Self {
        Self::new(553, "5.6.7", "This address needs SMTPUTF8")
    }
    pub(super) fn out_of_turn(words: &'static str) -> Self {
        Self::new(503, "5.5.1", words)
    }
    pub(super) fn unknown_recipient() -> Self {
        Self::new(550, "5.1.1", "Nobody here has this address")
    }
    pub(super) fn resting() -> Self {
        Self::new(450, "4.2.1", "This mailbox takes no letters for now")
    }
    pub(super) fn too_many_recipients() -> Self {
        Self::new(452, "4.5.3", "Too many recipients; send the others by another letter")
    }
    pub(super) fn too_large() -> Self {
        Self::new(552, "5.3.4", "This letter is too large")
    }
    pub(super) fn disk_full() -> Self {
        Self::new(452, "4.3.1", "There is no room; try again later")
    }
    pub(super) fn broken() -> Self {
        Self::new(451, "4.3.0", "Something went wrong here; try again later")
    }
    pub(super) fn stopping() -> Self {
        Self::new(421, "4.3.2", "Closing; try again soon")
    }
    pub(super) fn too_slow() -> Self {
        Self::new(421, "4.4.2", "Nothing was said for too long")
    }
    pub(super) fn too_many_errors() -> Self {
        Self::new(421, "4.7.0", "Too many errors")
    }
    pub(super) fn bare_line_end() -> Self {
        Self::new(550, "5.6.11", "Lines end with CR and LF together, which are never alone")
    }
    pub(super) fn line_end_of_command() -> Self {
        Self::new(500, "5.5.2", "A command ends with CR and LF, and is short")
    }
}

/// What a caller hears for whom there is no place.
pub const FULL: &[u8] = b"421 4.7.0 Too many connections; try again later\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_lines_are_marked() {
        let reply = Reply::plain(250, vec!["mx".to_owned(), "SIZE 5".to_owned(), "PIPELINING".to_owned()]);
        assert_eq!(reply.written(), "250-mx\r\n250-SIZE 5\r\n250 PIPELINING\r\n");
        assert_eq!(Reply::ok().written(), "250 2.0.0 Ok\r\n");
    }
}
