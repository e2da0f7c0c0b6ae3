//! Steps with their times: what ran, how long it took, what failed.

use std::time::{Duration, Instant};

use crate::say;
use crate::shell::Outcome;

/// The steps of one verb, in order.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    failed: Option<String>,
}

impl Steps {
    /// Runs one step. A failure is kept for the end, so that one run shows everything that is wrong.
    pub(crate) fn run<T>(&mut self, name: &'static str, step: impl FnOnce() -> Outcome<T>) -> Option<T> {
        say::heading(name);
        #[expect(clippy::disallowed_methods, reason = "measures builds, which no test turns the clock of")]
        let started = Instant::now();
        let outcome = step();
        let took = started.elapsed();
        let (value, failed) = match outcome {
            Ok(value) => (Some(value), None),
            Err(why) => {
                say::line(format!("FAILED: {why}"));
                (None, Some(why))
            }
        };
        self.done.push(Step { name, took, failed });
        value
    }

    /// The table of times, then the verdict.
    pub(crate) fn verdict(&self) -> Outcome {
        say::heading("Times");
        for step in &self.done {
            let word = if step.failed.is_some() { "FAILED" } else { "ok" };
            say::line(format!("  {:<28} {:>9}  {word}", step.name, minutes(step.took)));
        }
        let total = self.done.iter().map(|step| step.took).sum();
        say::line(format!("  {:<28} {:>9}", "together", minutes(total)));
        let failed: Vec<String> = self
            .done
            .iter()
            .filter_map(|step| step.failed.as_ref().map(|why| format!("  {}: {why}", step.name)))
            .collect();
        if failed.is_empty() {
            Ok(())
        } else {
            Err(format!("{} of {} steps failed\n{}", failed.len(), self.done.len(), failed.join("\n")))
        }
    }
}

fn minutes(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds >= 60 {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1}s", took.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_whole_and_the_others_still_run() {
        let mut steps = Steps::default();
        assert_eq!(steps.run("first", || Err::<(), _>("broken".to_owned())), None);
        assert_eq!(steps.run("second", || Ok(2)), Some(2));
        let verdict = steps.verdict().expect_err("the first failed");
        assert!(verdict.contains("1 of 2 steps failed") && verdict.contains("first: broken"), "{verdict}");
    }

    #[test]
    fn times_are_read_in_minutes() {
        assert_eq!(minutes(Duration::from_millis(1234)), "1.2s");
        assert_eq!(minutes(Duration::from_secs(61)), "1m 01s");
    }
}
