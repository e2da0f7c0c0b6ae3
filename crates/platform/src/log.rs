//! What the program says about its own work, to standard error. Never a body, a secret or a person's words:
//! lines name ids, codes and counts.

use std::io;

use madoguchi_kernel::{Problem, problem::Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts the log. Other people's code speaks from warnings on.
pub fn start(settings: &Log) -> Result<()> {
    // One hostile letter makes a reader of HTML complain tens of thousands of times.
    let filter = EnvFilter::new(format!("warn,html5ever=error,madoguchi={}", settings.level));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match settings.format {
        LogFormat::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).compact().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(Problem::broken)
}
