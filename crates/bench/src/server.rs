//! The server under test: the release binary in a process of its own, watched from outside.

use std::{
    fs,
    io::Write,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::client::{self, Times};

type Failed = Box<dyn std::error::Error>;

/// The kernel counts CPU time in these.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long the server may take to become ready, or idle.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running server.
pub struct Server {
    child: Child,
    folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// An API token.
    pub token: String,
    /// From the start of the process to its first answer.
    pub ready_after: Duration,
}

/// What a run cost.
pub struct Run {
    /// How many operations.
    pub operations: usize,
    /// The server's CPU time, until its listeners were idle, in milliseconds an operation.
    pub cpu_ms: f64,
    /// Wall time until the last answer, in seconds.
    pub wall_s: f64,
    /// Wall times of single operations, in microseconds, sorted.
    pub times: Times,
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark waits for another process")]
fn wait_a_little() {
    std::thread::sleep(Duration::from_millis(10));
}

impl Server {
    /// Sets up a desk in an empty folder and starts the server.
    pub async fn set_up(binary: &Path, folder: &Path) -> Result<Self, Failed> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let mut child = Command::new(binary)
            .args([
                "setup",
                "--tenant",
                "Bench",
                "--email",
                "bench@example.com",
                "--password-stdin",
                "--print-token",
                "--data",
            ])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        child.stdin.take().ok_or("no stdin")?.write_all(b"correct horse battery staple 9\n")?;
        let output = child.wait_with_output()?;
        let token = String::from_utf8(output.stdout)?.lines().last().unwrap_or_default().trim().to_owned();
        if !output.status.success() || token.is_empty() {
            return Err("the set-up failed".into());
        }
        fs::write(folder.join("token"), &token)?;
        Self::start(binary, folder).await
    }

    /// Starts the server on a folder that was set up.
    pub async fn start(binary: &Path, folder: &Path) -> Result<Self, Failed> {
        let token = fs::read_to_string(folder.join("token"))?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let begun = now();
        let child = Command::new(binary)
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(folder)
            // One caller measures here what many callers would do.
            .env("MADOGUCHI_HTTP_REQUESTS_PER_SECOND", "0")
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("server.log"))?)
            .spawn()?;
        while client::get_all(address, &token, vec!["/healthz".to_owned()], 1).await.is_err() {
            if begun.elapsed() > PATIENCE {
                return Err("the server does not answer".into());
            }
            tokio::task::yield_now().await;
        }
        Ok(Self { child, folder: folder.to_owned(), address, token, ready_after: begun.elapsed() })
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.folder.join("madoguchi.sqlite")
    }

    /// Measures what `work` costs the server, until its listeners are idle.
    pub async fn measured<F>(&self, work: impl FnOnce() -> F) -> Result<Run, Failed>
    where
        F: Future<Output = Result<Times, Box<dyn std::error::Error + Send + Sync>>>,
    {
        self.idle()?;
        let (cpu, begun) = (self.cpu_ticks()?, now());
        let mut times = work().await.map_err(|error| error.to_string())?;
        let wall_s = begun.elapsed().as_secs_f64();
        self.idle()?;
        times.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are small")]
        let cpu_ms = (self.cpu_ticks()? - cpu) as f64 / TICKS_PER_SECOND * 1000.0 / times.len() as f64;
        Ok(Run { operations: times.len(), cpu_ms, wall_s, times })
    }

    /// Waits until every fact was heard and every job done.
    fn idle(&self) -> Result<(), Failed> {
        let database =
            rusqlite::Connection::open_with_flags(self.database(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let begun = now();
        loop {
            let waiting: i64 = database.query_row(
                "SELECT (SELECT count(*) FROM dispatches) + (SELECT count(*) FROM jobs WHERE kind <> 'house.every' AND state <> 'dead')",
                [],
                |row| row.get(0),
            )?;
            if waiting == 0 {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err("the listeners do not come to rest".into());
            }
            wait_a_little();
        }
    }

    fn cpu_ticks(&self) -> Result<i64, Failed> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit_once(')').ok_or("an odd /proc/stat")?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        Ok(fields[11].parse::<i64>()? + fields[12].parse::<i64>()?)
    }

    /// Anonymous resident memory, in MiB.
    pub fn anonymous_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1024.0
    }

    /// Some ids of a table, spread over it.
    pub fn ids(&self, table: &'static str, count: usize) -> Result<Vec<i64>, Failed> {
        let database =
            rusqlite::Connection::open_with_flags(self.database(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut statement =
            database.prepare(&format!("SELECT id FROM {table} ORDER BY (id * 2654435761) % 1000003 LIMIT {count}"))?;
        let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        Ok(ids)
    }

    /// Pages of the inbox: every view, teams, and cursors from the first to the deepest page.
    pub fn page_urls(&self, count: usize) -> Result<Vec<String>, Failed> {
        let database =
            rusqlite::Connection::open_with_flags(self.database(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut statement = database.prepare(&format!(
            "SELECT updated_at, id, team_id FROM tickets ORDER BY (id * 2654435761) % 1000003 LIMIT {count}"
        ))?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?)))?;
        let mut urls = Vec::new();
        for (i, row) in rows.enumerate() {
            let (at, id, team) = row?;
            let view = ["open", "all", "unassigned", "solved"][i % 4];
            let team = team.filter(|_| i % 3 == 0).map(|team| format!("&team={team}")).unwrap_or_default();
            urls.push(format!("/api/v1/tickets?limit=50&view={view}{team}&after={at:x}.{id:x}"));
        }
        Ok(urls)
    }

    /// Stops it as an administrator would.
    pub async fn stop(mut self) -> Result<(), Failed> {
        Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only still there when a measurement failed.
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
        }
    }
}
