//! What the command line writes: answers to standard output, problems to standard error.

use std::io::{self, Write};

/// A line of the answer. A reader that has gone, such as `head`, is no problem.
pub fn line(text: impl AsRef<str>) {
    drop(writeln!(io::stdout(), "{}", text.as_ref()));
}

/// A line about a problem.
pub fn problem(text: impl AsRef<str>) {
    drop(writeln!(io::stderr(), "{}", text.as_ref()));
}
