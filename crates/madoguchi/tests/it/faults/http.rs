//! A server in a process of its own, and a client that keeps a ledger of what was acknowledged.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

/// A desk in a folder.
pub struct DeskFolder {
    pub path: PathBuf,
    pub token: String,
    pub address: SocketAddr,
    pub config: Option<PathBuf>,
}

impl DeskFolder {
    /// Sets a desk up, by the command that an administrator uses.
    pub fn set_up(path: &Path, config: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.args(["setup", "--tenant", "Faults", "--email", "ops@example.com", "--password-stdin", "--print-token", "--data"]).arg(path);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(b"correct horse battery staple 9\n").expect("the password is read");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "the set-up succeeds");
        let token = String::from_utf8(output.stdout).expect("text").lines().last().expect("a token").trim().to_owned();
        Self { path: path.to_owned(), token, address: free_address(), config: config.map(Path::to_owned) }
    }

    /// Starts the server and waits until it is ready.
    pub fn start(&self) -> Server {
        self.start_at(self.address, &self.path)
    }

    /// Starts another node at another address with another data folder.
    pub fn start_at(&self, address: SocketAddr, folder: &Path) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.args(["serve", "--listen", &address.to_string(), "--data"]).arg(folder);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("server.log")).expect("a log file");
        let child = command.stdout(Stdio::null()).stderr(log).spawn().expect("the program starts");
        let server = Server { child, address };
        eventually("the server is ready", || call(address, &self.token, "GET", "/readyz", "", None).is_ok_and(|answer| answer.status == 200));
        server
    }
}

/// An address that nobody listens on.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

impl Server {
    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
    }
}
impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// What a server answered.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// One request on a connection of its own; `Err` when the connection broke anywhere.
pub fn call(address: SocketAddr, token: &str, method: &str, path: &str, body: &str, key: Option<&str>) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let key = key.map(|key| format!("idempotency-key: {key}\r\n")).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n{key}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let broken = || std::io::Error::other("the answer broke off");
    let status = line.split_whitespace().nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let mut length: Option<usize> = None;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(broken());
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok();
        }
    }
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    if length.is_none() {
        reader.read_to_end(&mut body)?;
    }
    Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Waits until it holds; a test that waits for another process has no clock of its own to turn.
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    let (never, nothing) = std::sync::mpsc::channel::<()>();
    let tries = PATIENCE.as_millis() / 20;
    for _ in 0..tries {
        if holds() {
            return;
        }
        drop(nothing.recv_timeout(Duration::from_millis(20)));
    }
    drop(never);
    panic!("{what}: not within {PATIENCE:?}");
}
