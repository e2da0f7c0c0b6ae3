//! End to end: the console in Chromium against the real server with sample data.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use super::build::npm;
use crate::postgres::free_port;
use crate::say;
use crate::shell::{Outcome, cargo, command, run, run_hearing, target};

const START_SECONDS_MAX: u64 = 120;
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Runs `npm run e2e` against a server of its own. A debug build, whose clock a test may turn; it is the one that the
/// other tests have just compiled, with the console inside.
///
/// The runner finds the server at `BASE_URL`, what it said at its start (how to sign in) in the file
/// `MADOGUCHI_TEST_SAID`, and the program itself, to start more of them, at `MADOGUCHI_TEST_BIN`.
pub(super) fn run_e2e(files: &Path, heard: impl FnMut(&str)) -> Outcome {
    run(&mut cargo(["build", "--locked", "-p", "madoguchi"]))?;
    let binary = target().join("debug/madoguchi");
    let server = Server::start(&binary, &files.join("e2e"))?;
    let mut e2e = npm("run");
    e2e.arg("e2e")
        .env("BASE_URL", &server.url)
        .env("MADOGUCHI_TEST_SAID", &server.said)
        .env("MADOGUCHI_TEST_BIN", &binary)
        .env(DICTIONARY, dictionary());
    let outcome = run_hearing(e2e.env("TMPDIR", files), heard);
    if outcome.is_err() {
        say::line(format!("What the server said:\n{}", server.last_words()));
    }
    outcome
}

/// Where every server of a test finds the dictionary: it is built once, not once for each data folder.
const DICTIONARY: &str = "MADOGUCHI_SERVER_DICTIONARY";

fn dictionary() -> PathBuf {
    target().join("tmp/dictionary")
}

/// A running server; stopped when dropped.
struct Server {
    child: Child,
    url: String,
    said: PathBuf,
}

impl Server {
    fn start(binary: &Path, home: &Path) -> Outcome<Self> {
        fs::create_dir_all(home).map_err(|err| format!("{}: {err}", home.display()))?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let said = home.join("said");
        let out = fs::File::create(&said).map_err(|err| format!("{}: {err}", said.display()))?;
        let err = out.try_clone().map_err(|err| format!("{}: {err}", said.display()))?;
        let mut madoguchi = command(binary);
        madoguchi.args(["demo", "--listen", &address, "--data"]).arg(home.join("data"));
        // The machine on which a journey's own picture lies.
        let child = madoguchi
            .env("MADOGUCHI_HTTP_REACHED_MACHINES", "127.0.0.1")
            .env(DICTIONARY, dictionary())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .map_err(|err| format!("the server could not start: {err}"))?;
        let mut server = Self { child, url: format!("http://{address}"), said };
        server.await_ready(&address)?;
        Ok(server)
    }

    #[expect(clippy::disallowed_methods, reason = "waits for another program to come up")]
    fn await_ready(&mut self, address: &str) -> Outcome {
        for _ in 0..START_SECONDS_MAX * 10 {
            if is_ready(address) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the server ended with {status} before it was ready:\n{}", self.last_words()));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(format!("the server was not ready within {START_SECONDS_MAX} s:\n{}", self.last_words()))
    }

    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.said).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(err) = self.child.kill().and_then(|()| self.child.wait()) {
            say::line(format!("could not stop the server: {err}"));
        }
    }
}

fn is_ready(address: &str) -> bool {
    let answer = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(ANSWER_MAX))?;
        stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head.ends_with(b" 200"))
    };
    answer().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn ready_is_what_answers_200() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 256];
                let _length = stream.read(&mut request).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        assert!(!is_ready(&address));
        assert!(is_ready(&address));
        server.join().unwrap();
        assert!(!is_ready(&address), "nobody listens any more");
    }
}
