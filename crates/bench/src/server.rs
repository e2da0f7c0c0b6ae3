//! The server under test: the release binary in a process of its own, watched from outside.

use std::{
    collections::HashSet,
    fs,
    io::Write,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    Failed,
    client::{self, Get, Times},
    rows::Rows,
};

/// The kernel counts CPU time in these.
const TICKS_PER_SECOND: f64 = 100.0;
/// Facts that were not heard and jobs that were not done.
const WAITING: &str = "SELECT (SELECT count(*) FROM dispatches) + (SELECT count(*) FROM jobs WHERE kind <> 'house.every' AND state <> 'dead')";
/// The owner's, of every desk.
pub const PASSWORD: &str = "correct horse battery staple 9";
/// How long the server may take to become ready, or idle.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running server.
pub struct Server {
    child: Child,
    folder: PathBuf,
    /// What is under it.
    pub rows: Rows,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it takes letters in.
    pub smtp: SocketAddr,
    /// An API token of each desk, in the order in which they were set up.
    pub tokens: Vec<String>,
    /// From the start of the process to its first answer.
    pub ready_after: Duration,
}

/// What a run cost.
pub struct Run {
    /// How many operations.
    pub operations: usize,
    /// The server's CPU time, until its listeners were idle, in milliseconds an operation.
    pub cpu_ms: f64,
    /// PostgreSQL's, if that is what is under it.
    pub database_cpu_ms: Option<f64>,
    /// Wall time until the last answer, in seconds.
    pub wall_s: f64,
    /// Wall times of single operations, in microseconds, sorted.
    pub times: Times,
}

const A_LITTLE: Duration = Duration::from_millis(10);

#[expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark waits for another process")]
fn wait(duration: Duration) {
    std::thread::sleep(duration);
}

impl Server {
    /// Sets up desks in an empty folder, and starts the server.
    pub async fn set_up(binary: &Path, folder: &Path, rows: Rows, desks: usize) -> Result<Self, Failed> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let tokens = (0..desks).map(|desk| set_up_desk(binary, folder, &rows, desk)).collect::<Result<_, _>>()?;
        Self::start(binary, folder, rows, tokens).await
    }

    /// Starts the server on a folder that was set up.
    pub async fn start(binary: &Path, folder: &Path, rows: Rows, tokens: Vec<String>) -> Result<Self, Failed> {
        let [address, smtp] = free_addresses()?;
        let begun = now();
        let child = Command::new(binary)
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(folder)
            .envs(environment(&rows))
            .env("MADOGUCHI_MAIL_SMTP_LISTEN", smtp.to_string())
            .env("MADOGUCHI_MAIL_CHECK_SENDERS", "no")
            .env("MADOGUCHI_MAIL_CONNECTIONS_PER_MACHINE_MAX", "100")
            .env("MADOGUCHI_MAIL_LETTER_MIB_MAX", "200")
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("server.log"))?)
            .spawn()?;
        while client::get_all(address, vec![Get::of(&tokens[0], "/healthz".to_owned())], 1).await.is_err() {
            if begun.elapsed() > PATIENCE {
                return Err("the server does not answer".into());
            }
            tokio::task::yield_now().await;
        }
        Ok(Self { child, folder: folder.to_owned(), rows, address, smtp, tokens, ready_after: begun.elapsed() })
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Measures what `work` costs the server, until its listeners are idle.
    pub async fn measured<F>(&self, work: impl FnOnce() -> F) -> Result<Run, Failed>
    where
        F: Future<Output = Result<Times, Failed>>,
    {
        self.idle().await?;
        let (cpu, database, begun) = (self.cpu_ms()?, database_cpu_ms()?, now());
        let mut times = work().await?;
        let wall_s = begun.elapsed().as_secs_f64();
        self.idle().await?;
        times.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are small")]
        let operations = times.len() as f64;
        let cpu_ms = (self.cpu_ms()? - cpu) / operations;
        let database_cpu_ms = match self.rows {
            Rows::Sqlite(_) => None,
            Rows::Postgres { .. } => Some((database_cpu_ms()? - database) / operations),
        };
        Ok(Run { operations: times.len(), cpu_ms, database_cpu_ms, wall_s, times })
    }

    /// Waits until every fact was heard and every job done.
    async fn idle(&self) -> Result<(), Failed> {
        self.wait_for(WAITING, 0).await
    }

    /// Waits until the statement answers this number.
    pub async fn wait_for(&self, sql: &str, wanted: i64) -> Result<(), Failed> {
        let begun = now();
        loop {
            let found = self.number(sql).await?;
            if found == wanted {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("{found} instead of {wanted}: {sql}").into());
            }
            wait(A_LITTLE);
        }
    }

    /// Waits until this says yes, asked again and again.
    pub async fn wait_until(
        &self,
        (every, patience): (Duration, Duration),
        says_yes: impl AsyncFn() -> Result<bool, Failed>,
    ) -> Result<(), Failed> {
        let begun = now();
        while !says_yes().await? {
            if begun.elapsed() > patience {
                return Err("it takes too long".into());
            }
            wait(every);
        }
        Ok(())
    }

    /// The one number that the statement answers.
    pub async fn number(&self, sql: &str) -> Result<i64, Failed> {
        Ok(self.rows.numbers(sql).await?.first().and_then(|row| row.first().copied()).unwrap_or_default())
    }

    fn cpu_ms(&self) -> Result<f64, Failed> {
        cpu_ms_of(self.child.id(), false)
    }

    /// Anonymous resident memory, in MiB.
    pub fn anonymous_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1024.0
    }

    /// Some tickets, scattered over all: each with the token of its desk.
    async fn some_tickets(&self, count: usize) -> Result<Vec<Vec<i64>>, Failed> {
        let sql = format!(
            "SELECT t.id, t.updated_at, t.team_id,
                    (SELECT count(*) FROM people_tenants d WHERE d.tenant_id < t.tenant_id)
               FROM tickets t ORDER BY (t.id / 8 % 1000003) * 2654435761 % 1000003, t.id LIMIT {count}"
        );
        self.rows.numbers(&sql).await
    }

    fn token_at(&self, desk: i64) -> Result<&str, Failed> {
        Ok(self.tokens.get(usize::try_from(desk)?).ok_or("a desk that was not set up")?)
    }

    /// Tickets of the first desk.
    pub async fn ids(&self, count: usize) -> Result<Vec<i64>, Failed> {
        Ok(self.some_tickets(count).await?.into_iter().map(|row| row[0]).collect())
    }

    /// Pages of the inbox: every desk and view, teams, and cursors from the first to the deepest page.
    pub async fn pages(&self, count: usize) -> Result<Vec<Get>, Failed> {
        let mut pages = Vec::new();
        for (i, row) in self.some_tickets(count).await?.into_iter().enumerate() {
            let [id, at, team, desk] = row[..] else { return Err("four columns".into()) };
            let view = ["open", "all", "unassigned", "solved"][i % 4];
            let team = if team > 0 && i % 3 == 0 { format!("&team={team}") } else { String::new() };
            let path = format!("/api/v1/tickets?limit=50&view={view}{team}&after=tickets-updated.{at:x}.{id:x}");
            pages.push(Get::of(self.token_at(desk)?, path));
        }
        Ok(pages)
    }

    /// Tickets with their messages, as far as their wall is open.
    pub async fn tickets(&self, count: usize) -> Result<Vec<Get>, Failed> {
        let closed = self
            .rows
            .numbers("SELECT t.id FROM tickets t JOIN people_walls w ON w.id = t.wall_id AND w.open = 0")
            .await?;
        let closed: HashSet<i64> = closed.into_iter().map(|row| row[0]).collect();
        let some = self.some_tickets(count * 2).await?;
        let open = some.into_iter().filter(|row| !closed.contains(&row[0])).take(count);
        open.map(|row| Ok(Get::of(self.token_at(row[3])?, format!("/api/v1/tickets/{}?include=messages", row[0]))))
            .collect()
    }

    /// Stops it as an administrator would; what is left.
    pub fn stop(mut self) -> Result<(Rows, Vec<String>), Failed> {
        Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        let nothing = Rows::file(&self.folder);
        Ok((std::mem::replace(&mut self.rows, nothing), std::mem::take(&mut self.tokens)))
    }
}

/// Brings an archive of so many letters over, as an administrator would.
pub fn imported(binary: &Path, (folder, rows): (&Path, &Rows), archive: &Path, letters: usize) -> Result<Run, Failed> {
    let own = std::process::id();
    let (cpu, database, begun) = (cpu_ms_of(own, true)?, database_cpu_ms()?, now());
    let status = Command::new(binary)
        .args(["import", "mail", "--tenant", "bench-0", "--mailbox", crate::mail::ADDRESS, "--data"])
        .arg(folder)
        .arg(archive)
        .envs(environment(rows))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err("the import failed".into());
    }
    let wall_s = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are small")]
    let each = letters as f64;
    let database_cpu_ms = match rows {
        Rows::Sqlite(_) => None,
        Rows::Postgres { .. } => Some((database_cpu_ms()? - database) / each),
    };
    let cpu_ms = (cpu_ms_of(own, true)? - cpu) / each;
    Ok(Run { operations: letters, cpu_ms, database_cpu_ms, wall_s, times: vec![0; letters] })
}

/// What every run of the program is told.
/// Addresses that are free, held together so that they differ.
fn free_addresses() -> Result<[SocketAddr; 2], Failed> {
    let held = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
    Ok([held[0].local_addr()?, held[1].local_addr()?])
}

fn environment(rows: &Rows) -> Vec<(&'static str, String)> {
    let mut environment = rows.environment();
    // One caller does here what many callers would do.
    environment.push(("MADOGUCHI_HTTP_REQUESTS_PER_SECOND", "0".to_owned()));
    if let Ok(authority) = std::env::var("MADOGUCHI_TEST_POSTGRES_CA") {
        environment.push(("MADOGUCHI_DATABASE_CA_FILE", authority));
    }
    environment
}

/// Opens a desk; its API token.
fn set_up_desk(binary: &Path, folder: &Path, rows: &Rows, desk: usize) -> Result<String, Failed> {
    let (name, email) = (format!("Bench {desk}"), format!("owner@bench{desk}.example"));
    let mut child = Command::new(binary)
        .args(["setup", "--tenant", &name, "--email", &email, "--password-stdin", "--print-token", "--data"])
        .arg(folder)
        .envs(environment(rows))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    child.stdin.take().ok_or("no stdin")?.write_all(format!("{PASSWORD}\n").as_bytes())?;
    let output = child.wait_with_output()?;
    let token = String::from_utf8(output.stdout)?.lines().last().unwrap_or_default().trim().to_owned();
    if output.status.success() && !token.is_empty() { Ok(token) } else { Err("the set-up failed".into()) }
}

/// CPU time of this process, in milliseconds.
pub fn own_cpu_ms() -> Result<f64, Failed> {
    cpu_ms_of(std::process::id(), false)
}

/// CPU time of a process, and of its children that ended if `with_dead`, in milliseconds.
fn cpu_ms_of(process: u32, with_dead: bool) -> Result<f64, Failed> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after_name = stat.rsplit_once(')').ok_or("an odd /proc/stat")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let counted = if with_dead { 11..15 } else { 11..13 };
    let ticks: i64 = fields[counted].iter().map(|field| field.parse::<i64>()).sum::<Result<_, _>>()?;
    #[expect(clippy::cast_precision_loss, reason = "ticks of some minutes")]
    Ok(ticks as f64 / TICKS_PER_SECOND * 1000.0)
}

/// CPU time of every PostgreSQL process of this machine, in milliseconds.
fn database_cpu_ms() -> Result<f64, Failed> {
    let mut total = 0.0;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // One that ends while we look has its time counted with its parent's.
        if fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim() == "postgres") {
            total += cpu_ms_of(process, true).unwrap_or_default();
        }
    }
    Ok(total)
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only still there when a measurement failed.
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
        }
    }
}
