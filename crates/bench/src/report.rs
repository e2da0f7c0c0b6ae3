//! The table, and the same as JSON.

use std::{fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

use crate::{
    limit::Limit,
    server::{Run, Server},
};

/// Everything that was measured.
#[derive(Default, Serialize, Deserialize)]
pub struct Report {
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    what: String,
    /// What was checked out when it was measured.
    commit: String,
    value: String,
    beside: String,
    goal: String,
}

impl Report {
    /// A run of operations.
    pub fn line(&mut self, what: &str, goal: &str, run: &Run) {
        let percentile = |percent: usize| run.times.get(run.times.len() * percent / 100).copied().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are small")]
        let per_second = run.operations as f64 / run.wall_s;
        self.push(
            what,
            match run.database_cpu_ms {
                None => format!("{:.3} ms CPU", run.cpu_ms),
                Some(database) => format!("{:.3} ms CPU, {database:.3} in PostgreSQL", run.cpu_ms),
            },
            match percentile(99) {
                0 => format!("{per_second:.0}/s, n = {}", run.operations),
                p99 => format!("{per_second:.0}/s, p50 {} µs, p99 {p99} µs, n = {}", percentile(50), run.operations),
            },
            goal,
        );
    }
    /// The bare writing of the same rows.
    pub fn limit(&mut self, what: &str, limit: &Limit) {
        let beside = format!("{:.0}/s, {:.1} rows and {:.0} bytes each", limit.per_second, limit.rows, limit.bytes);
        self.push(what, format!("{:.3} ms CPU", limit.cpu_ms), beside, "the limit");
    }
    /// What reading a letter costs, without keeping it.
    pub fn parser(&mut self, what: &str, cpu_ms: f64, letters: usize, goal: &str) {
        self.push(what, format!("{cpu_ms:.4} ms CPU"), format!("n = {letters}"), goal);
    }
    /// What a decision costs, in microseconds.
    pub fn decision(&mut self, what: &str, cpu_us: f64, decided: usize, goal: &str) {
        self.push(what, format!("{cpu_us:.2} µs CPU"), format!("n = {decided}"), goal);
    }
    /// The time to the first answer.
    pub fn start(&mut self, what: &str, server: &Server) {
        self.push(what, format!("{:.2} s", server.ready_after.as_secs_f64()), String::new(), "1 s");
    }
    /// Anonymous resident memory.
    pub fn memory(&mut self, what: &str, server: &Server) {
        self.push(
            what,
            format!("{:.0} MiB", server.anonymous_mib()),
            "RssAnon; mapped database pages apart".to_owned(),
            "150 MB",
        );
    }
    /// How much anonymous resident memory grew meanwhile, at most.
    pub fn growth(&mut self, what: &str, mib: f64) {
        self.push(what, format!("+{mib:.0} MiB"), "RssAnon until it is kept".to_owned(), "64 MB");
    }
    /// How large the program is.
    pub fn size_of_binary(&mut self, binary: &Path) -> std::io::Result<()> {
        let mib = fs::metadata(binary)?.len() / 1024 / 1024;
        self.push("the program, console included", format!("{mib} MiB"), String::new(), "");
        Ok(())
    }

    fn push(&mut self, what: &str, value: String, beside: String, goal: &str) {
        let (what, goal, commit) = (what.to_owned(), goal.to_owned(), self.commit());
        self.lines.push(Line { what, commit, value, beside, goal });
    }

    fn commit(&self) -> String {
        if let Some(line) = self.lines.first() {
            return line.commit.clone();
        }
        let asked =
            Command::new("git").args(["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty"]).output();
        asked.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned()).unwrap_or_default()
    }

    /// The rows of an earlier run, with these in the place of those that were measured again.
    pub fn over(self, folder: &Path) -> Result<Self, crate::Failed> {
        let mut earlier: Self = serde_json::from_str(&fs::read_to_string(folder.join("results.json"))?)?;
        for line in self.lines {
            match earlier.lines.iter_mut().find(|known| known.what == line.what) {
                Some(known) => *known = line,
                None => earlier.lines.push(line),
            }
        }
        Ok(earlier)
    }

    /// As Markdown.
    pub fn table(&self) -> String {
        let mut out = String::from("| what | measured | beside it | goal |\n|---|---|---|---|\n");
        for line in &self.lines {
            out.push_str(&format!("| {} | {} | {} | {} |\n", line.what, line.value, line.beside, line.goal));
        }
        out
    }

    /// Writes `results.json` and the table between the marks of `README.md`.
    pub fn write(&self, folder: &Path) -> Result<(), crate::Failed> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("results.json"), serde_json::to_string_pretty(self)? + "\n")?;
        let readme = folder.join("README.md");
        let text = fs::read_to_string(&readme)?;
        let (before, rest) = text.split_once("<!-- figures -->").ok_or("the README has its marks")?;
        let (_, after) = rest.split_once("<!-- /figures -->").ok_or("the README has its marks")?;
        fs::write(readme, format!("{before}<!-- figures -->\n{}<!-- /figures -->{after}", self.table()))?;
        Ok(())
    }
}
