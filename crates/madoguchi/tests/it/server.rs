//! A server in a process of its own, and a client that speaks just enough HTTP.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use madoguchi_platform::testing::TestDatabase;
use serde_json::Value;

use crate::{
    full_disk::SmallDisk,
    program::{Said, program_within},
};

/// Where a desk keeps its rows.
pub enum Rows {
    File,
    Database(TestDatabase),
    /// The database of another node.
    Shared(String),
}

/// A desk on a data folder.
pub struct Desk {
    pub data: PathBuf,
    pub token: String,
    rows: Rows,
    /// What runs the program, if it does not run by itself.
    prefix: Vec<String>,
}

impl Desk {
    /// Opens a desk, which has a token.
    pub fn set_up(data: &Path, rows: Rows) -> Self {
        let mut desk = Self { data: data.to_owned(), token: String::new(), rows, prefix: Vec::new() };
        let mut setup = desk.program(&["setup", "--tenant", "Acme", "--email", "owner@example.com"]);
        setup.args(["--password-stdin", "--print-token"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut setup = setup.spawn().expect("it starts");
        setup.stdin.take().expect("piped").write_all(b"correct horse battery staple 9\n").expect("read");
        let said: Said = setup.wait_with_output().expect("it ends").into();
        assert_eq!(said.code, 0, "{}", said.err);
        desk.token = said.out.lines().last().expect("the token").to_owned();
        desk
    }

    /// A command that reads a line from standard input.
    pub fn told(&self, arguments: &[&str], line: &str) -> Said {
        let mut command = self.program(arguments);
        let mut running =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        writeln!(running.stdin.take().expect("piped"), "{line}").expect("read");
        running.wait_with_output().expect("it ends").into()
    }

    /// A copy of a desk: the same token, in another place.
    pub fn copy(&self, data: &Path, rows: Rows) -> Self {
        Self { data: data.to_owned(), token: self.token.clone(), rows, prefix: Vec::new() }
    }

    /// The same desk, whose data lies on a small disk; so it runs where that disk is.
    pub fn moved_onto(self, disk: &SmallDisk) -> Self {
        let data = disk.path().join("data");
        disk.take_in(&self.data, &data);
        Self { data, prefix: disk.enter(), ..self }
    }

    /// Another node of the same desk: the same database and root key, a data folder of its own.
    pub fn another_node(&self, data: &Path) -> Self {
        let Rows::Database(database) = &self.rows else { panic!("only a database is shared") };
        fs::create_dir_all(data).expect("a folder");
        fs::copy(self.data.join("root.key"), data.join("root.key")).expect("the root key");
        Self {
            data: data.to_owned(),
            token: self.token.clone(),
            rows: Rows::Shared(database.url()),
            prefix: Vec::new(),
        }
    }

    /// The program on this desk's data.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program_within(&self.prefix, "en_US.UTF-8", arguments);
        command.arg("--data").arg(&self.data).env("MADOGUCHI_HTTP_REQUESTS_PER_SECOND", "0");
        let url = match &self.rows {
            Rows::File => return command,
            Rows::Database(database) => database.url(),
            Rows::Shared(url) => url.clone(),
        };
        command.env("MADOGUCHI_DATABASE_ENGINE", "postgres").env("MADOGUCHI_DATABASE_URL", url);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        self.program(arguments).output().expect("it starts").into()
    }

    /// Starts the server and waits until it says that it is ready.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// The same, with these settings.
    pub fn serve_with(&self, settings: &[(&str, &str)]) -> Server {
        let log = fs::File::create(self.data.with_extension("log")).expect("a log");
        let mut child = self
            .program(&["serve", "--listen", "127.0.0.1:0"])
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("it starts");
        let mut said = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        said.read_line(&mut line).expect("it speaks");
        let log = fs::read_to_string(self.data.with_extension("log")).unwrap_or_default();
        let address = line.strip_prefix("Ready at http://").and_then(|rest| rest.split(' ').next());
        let address = address.unwrap_or_else(|| panic!("it is not ready: {line}{log}"));
        let address = address.parse().expect("an address");
        Server { child, said, address, token: self.token.clone() }
    }
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    said: BufReader<ChildStdout>,
    pub address: SocketAddr,
    token: String,
}

impl Server {
    pub fn client(&self) -> Client {
        Client::at(self.address, &self.token)
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("ours").is_some()
    }

    /// Asks it to stop, as a service's supervisor does.
    pub fn terminate(&self) {
        // It may have ended already, and says so to standard error.
        let kill = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        kill.expect("kill is there");
    }

    /// Asks it to stop and hears how it ended.
    pub fn stop(self) -> (i32, String) {
        self.terminate();
        self.end()
    }

    /// Hears how it ended, once it was asked to.
    pub fn end(mut self) -> (i32, String) {
        let mut said = String::new();
        self.said.read_to_string(&mut said).expect("it speaks");
        (self.child.wait().expect("it ends").code().expect("by itself"), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A caller with one connection.
pub struct Client {
    pub address: SocketAddr,
    /// The header by which the server knows who asks.
    pub word: String,
    stream: Option<BufReader<TcpStream>>,
    /// Goes along as `Idempotency-Key`.
    pub key: Option<String>,
    /// Further headers.
    pub more: Vec<(&'static str, String)>,
}

/// What was answered.
pub struct Answer {
    pub status: u16,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Client {
    /// A caller of whoever listens there.
    pub fn at(address: SocketAddr, token: &str) -> Self {
        Self { address, word: format!("Authorization: Bearer {token}"), stream: None, key: None, more: Vec::new() }
    }

    /// A browser that signs in at a desk; it says paths as they are, so those of the desk begin with `/t/acme`.
    pub fn sign_in(address: SocketAddr, email: &str, password: &str) -> Self {
        Self::sign_in_at(address, "acme", email, password)
    }

    /// The same at another desk.
    pub fn sign_in_at(address: SocketAddr, slug: &str, email: &str, password: &str) -> Self {
        let mut nobody = Self::nobody(address);
        let body = serde_json::json!({ "email": email, "password": password }).to_string();
        let answer = nobody.send("POST", &format!("/t/{slug}/api/v1/session"), "application/json", body.as_bytes());
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let cookie = answer.headers["set-cookie"].split(';').next().expect("a session");
        Self { word: format!("{}\r\nCookie: {cookie}", nobody.word), ..nobody }
    }

    /// A browser in which nobody has signed in.
    pub fn nobody(address: SocketAddr) -> Self {
        Self { address, word: format!("Origin: http://{address}"), stream: None, key: None, more: Vec::new() }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "application/json", b"").expect("an answer")
    }

    /// What a file's URL leads to.
    pub fn fetch(&mut self, path: &str) -> Answer {
        let led = self.get(path);
        assert_eq!(led.status, 302, "{}", String::from_utf8_lossy(&led.body));
        self.get(&led.headers["location"])
    }

    /// Sends one request; an error when the connection broke before the whole answer came.
    pub fn send(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> std::io::Result<Answer> {
        let answer = self.exchange(method, path, kind, body);
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    fn exchange(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> std::io::Result<Answer> {
        if self.stream.is_none() {
            self.stream = Some(BufReader::new(TcpStream::connect(self.address)?));
        }
        let stream = self.stream.as_mut().expect("connected");
        let key = self.key.as_ref().map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
        let more: String = self.more.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n{key}{more}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            self.word,
            body.len()
        );
        stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other("hung up"))?;
        let mut headers = BTreeMap::new();
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").filter(|_| method != "HEAD");
        let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
        stream.read_exact(&mut body)?;
        if headers.get("transfer-encoding").is_some_and(|value| value == "chunked") {
            body = in_pieces(stream)?;
        }
        if headers.get("connection").is_some_and(|value| value == "close") {
            self.stream = None;
        }
        Ok(Answer { status, headers, body })
    }
}

/// A body whose length is told piece by piece (RFC 9112, section 7.1).
fn in_pieces(stream: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim_end(), 16).map_err(std::io::Error::other)?;
        let mut piece = vec![0; length + 2];
        stream.read_exact(&mut piece)?;
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&piece[..length]);
    }
}
