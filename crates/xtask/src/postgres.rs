//! A PostgreSQL of the tests' own: a cluster on a memory-backed folder, gone when we are.
//!
//! It runs as an unprivileged user, on a free port, with TLS by a certificate made on the spot. The role that tests
//! sign in with owns its database and is no superuser, so row-level security binds it as it will bind production.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::say;
use crate::shell::{Outcome, command, is_root, output};

/// Below this a folder in memory is too small for the cluster and the files of the tests.
const MEMORY_BYTES_MIN: u64 = 2 << 30;
const START_SECONDS_MAX: u64 = 60;
const OLDEST_MAJOR: u32 = 15;
/// Where Debian puts each version.
const VERSIONS: &str = "/usr/lib/postgresql";
const PREFIX: &str = "madoguchi-test-";
const ROLE: &str = "madoguchi";
const DATABASE: &str = "madoguchi_test";
/// Known to everybody: the cluster listens on the loopback address and holds nothing but made-up people.
const PASSWORD: &str = "madoguchi";

/// The folder that a run of the tests works in; removed with its contents when dropped.
pub(crate) struct Workplace {
    pub(crate) dir: PathBuf,
}

impl Workplace {
    /// In memory where there is room, else on disk. Clears up after a run that was killed.
    pub(crate) fn open() -> Outcome<Self> {
        let memory = Path::new("/dev/shm");
        let base = if room_in(memory) >= MEMORY_BYTES_MIN { memory.to_path_buf() } else { std::env::temp_dir() };
        sweep(&base);
        let dir = base.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir(&dir).map_err(|err| format!("{}: {err}", dir.display()))?;
        let place = Self { dir };
        fs::create_dir(place.files()).map_err(|err| format!("{}: {err}", place.files().display()))?;
        Ok(place)
    }

    /// Where tests put their own files.
    pub(crate) fn files(&self) -> PathBuf {
        self.dir.join("files")
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if let Err(err) = fs::remove_dir_all(&self.dir) {
            say::line(format!("could not remove {}: {err}", self.dir.display()));
        }
    }
}

/// A running cluster; stopped when dropped.
pub(crate) struct Cluster {
    server: Child,
    port: u16,
    ca: PathBuf,
    bin: PathBuf,
    sockets: PathBuf,
}

impl Cluster {
    pub(crate) fn start(place: &Workplace) -> Outcome<Self> {
        let bin = newest_bin(Path::new(VERSIONS))
            .ok_or_else(|| format!("no PostgreSQL {OLDEST_MAJOR} or newer below {VERSIONS}"))?;
        let home = place.dir.join("postgres");
        fs::create_dir(&home).map_err(|err| format!("{}: {err}", home.display()))?;
        let ca = certificates(&home)?;
        output(command("chmod").arg("700").arg(&home))?;
        if is_root() {
            output(command("chown").args(["-R", "postgres:"]).arg(&home))?;
        }
        let data = home.join("data");
        output(
            unprivileged(&bin.join("initdb"))
                .arg("-D")
                .arg(&data)
                .args(["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"])
                .args(["--auth-local=trust", "--auth-host=scram-sha-256"]),
        )?;
        let port = free_port()?;
        let server = serve(&bin, &home, &data, port)?;
        let cluster = Self { server, port, ca, bin, sockets: home };
        cluster.await_first_answer()?;
        cluster.sql(
            "postgres",
            &format!("CREATE ROLE {ROLE} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD '{PASSWORD}'"),
        )?;
        cluster.sql("postgres", &format!("CREATE DATABASE {DATABASE} OWNER {ROLE}"))?;
        say::line(format!("PostgreSQL from {} on 127.0.0.1:{port}, in {}", cluster.bin.display(), place.dir.display()));
        Ok(cluster)
    }

    /// What tests find in their environment.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("MADOGUCHI_TEST_POSTGRES", format!("postgres://{ROLE}:{PASSWORD}@127.0.0.1:{}/{DATABASE}", self.port)),
            ("MADOGUCHI_TEST_POSTGRES_CA", self.ca.display().to_string()),
        ]
    }

    /// One statement as the superuser, over the socket.
    fn sql(&self, database: &str, text: &str) -> Outcome<String> {
        output(
            command(self.bin.join("psql"))
                .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-p"])
                .arg(self.port.to_string())
                .arg("-h")
                .arg(&self.sockets)
                .args(["-c", text]),
        )
    }

    #[expect(clippy::disallowed_methods, reason = "waits for another program to come up")]
    fn await_first_answer(&self) -> Outcome {
        let mut last = String::new();
        for _ in 0..START_SECONDS_MAX * 10 {
            match self.sql("postgres", "SELECT 1") {
                Ok(_) => return Ok(()),
                Err(why) => last = why,
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.sockets.join("log")).unwrap_or_default();
        Err(format!("PostgreSQL did not answer within {START_SECONDS_MAX} s: {last}\n{log}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // An immediate stop: nothing in this cluster is worth a checkpoint.
        let asked = output(command("kill").args(["-QUIT", &self.server.id().to_string()]));
        if let Err(why) = asked.and_then(|_| self.server.wait().map_err(|err| err.to_string())) {
            say::line(format!("could not stop PostgreSQL: {why}"));
        }
    }
}

fn serve(bin: &Path, home: &Path, data: &Path, port: u16) -> Outcome<Child> {
    let log = fs::File::create(home.join("log")).map_err(|err| format!("log: {err}"))?;
    let errors = log.try_clone().map_err(|err| format!("log: {err}"))?;
    let mut postgres = unprivileged(&bin.join("postgres"));
    postgres.arg("-D").arg(data);
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", home.display()),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", home.join("server.crt").display()),
        format!("ssl_key_file={}", home.join("server.key").display()),
        "max_connections=300".to_owned(),
        "shared_buffers=128MB".to_owned(),
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "autovacuum_naptime=10s".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
    ];
    for setting in settings {
        postgres.arg("-c").arg(setting);
    }
    postgres
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|err| format!("postgres could not start: {err}"))
}

/// PostgreSQL refuses to run as root; Debian's package brings a user for it. If we are killed, it is stopped too.
fn unprivileged(program: &Path) -> Command {
    let mut setpriv = command("setpriv");
    setpriv.args(["--pdeathsig", "INT"]);
    if is_root() {
        setpriv.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    setpriv.arg("--").arg(program);
    // Not the workspace's root: the other user may not be allowed to stand there.
    setpriv.current_dir("/");
    setpriv
}

/// An authority and a certificate signed by it: clients refuse one that is both.
fn certificates(home: &Path) -> Outcome<PathBuf> {
    let openssl = |args: &[&str]| {
        let mut openssl = command("openssl");
        openssl.current_dir(home).args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        output(openssl.args(["-nodes", "-days", "2"]).args(args))
    };
    openssl(&["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Madoguchi test authority"])?;
    openssl(&[
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-keyout",
        "server.key",
        "-out",
        "server.crt",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ])?;
    output(command("chmod").arg("600").arg(home.join("server.key")))?;
    Ok(home.join("ca.crt"))
}

/// Whether a new enough PostgreSQL is installed.
pub(crate) fn has_postgres() -> bool {
    newest_bin(Path::new(VERSIONS)).is_some()
}

fn newest_bin(versions: &Path) -> Option<PathBuf> {
    let majors = fs::read_dir(versions).ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let newest = majors.filter(|major| *major >= OLDEST_MAJOR).max()?;
    Some(versions.join(newest.to_string()).join("bin"))
}

pub(crate) fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|err| format!("no free port: {err}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|err| format!("no free port: {err}"))
}

fn room_in(dir: &Path) -> u64 {
    output(command("df").args(["--output=avail", "-B1"]).arg(dir))
        .ok()
        .and_then(|text| text.lines().nth(1)?.trim().parse().ok())
        .unwrap_or(0)
}

/// Removes what a killed run left behind, if nobody of that id lives any more.
fn sweep(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        if pid.parse::<u32>().is_ok()
            && !Path::new("/proc").join(pid).exists()
            && fs::remove_dir_all(entry.path()).is_ok()
        {
            say::line(format!("removed {}, left by a run that was killed", entry.path().display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_postgres_wins_and_old_ones_do_not_count() {
        let dir = std::env::temp_dir().join(format!("madoguchi-majors-{}", std::process::id()));
        for major in ["9.6", "14", "15", "17"] {
            fs::create_dir_all(dir.join(major)).unwrap();
        }
        assert_eq!(newest_bin(&dir), Some(dir.join("17/bin")));
        fs::remove_dir(dir.join("15")).unwrap();
        fs::remove_dir(dir.join("17")).unwrap();
        assert_eq!(newest_bin(&dir), None);
        fs::remove_dir_all(&dir).unwrap();
    }
}
