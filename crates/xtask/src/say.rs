//! What a person at the terminal reads. The one place that writes to standard output.

use std::fmt::Display;
use std::io::Write;

/// One line, at once. A closed pipe is no reason to stop what was asked for. Our own tests stay silent: a step that
/// fails on purpose must not look like one that fails.
pub(crate) fn line(text: impl Display) {
    if cfg!(test) {
        return;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).ok();
}

/// The heading of the next step.
pub(crate) fn heading(text: impl Display) {
    line(format!("\n== {text}"));
}
