//! The control socket: how a command speaks to the server that holds the data folder.
//!
//! One request and one answer a connection, each a line of JSON. Who may reach the socket is said by the
//! folder and the socket itself: its owner.

use std::{
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use madoguchi_kernel::{
    Language, Problem,
    problem::{Kind, Result},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
};

use crate::{house::House, words};

const SOCKET: &str = "control.sock";
/// The longest request or answer.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// What a command asks for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// The verb, such as `backup`.
    pub verb: String,
    /// What it needs.
    #[serde(default)]
    pub with: Value,
    /// The language that the asker reads.
    pub language: Language,
}

/// What the server answers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was done.
    Done(Value),
    /// It was not, and why.
    Refused {
        /// The problem's code.
        code: String,
        /// Its sentence.
        detail: String,
    },
}

/// Does what commands ask for.
pub type Verbs = Arc<dyn Fn(Request) -> BoxFuture<'static, Result<Value>> + Send + Sync>;

/// The refusal of a verb that nobody knows.
pub fn unknown_verb(verb: &str) -> Problem {
    Problem::new(Kind::Invalid, "control.unknown_verb").with("verb", verb)
}

/// Listens in the data folder, whose lock the caller holds, until the house closes.
pub fn listen(house: &House, folder: &Path, verbs: Verbs) -> Result<()> {
    let path = folder.join(SOCKET);
    // The lock is ours, so a socket that is there was left by a process that is gone.
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(Problem::broken(error));
    }
    let listener = UnixListener::bind(&path).map_err(|error| socket_failed(&path, error))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(Problem::broken)?;
    let guests = house.clone();
    house.spawn(async move {
        loop {
            let accepted = tokio::select! {
                () = guests.stopping().cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (verbs, stopping) = (verbs.clone(), guests.stopping().clone());
                    guests.spawn(async move {
                        let answered = tokio::select! {
                            () = stopping.cancelled() => Ok(()),
                            answered = answer(stream, verbs) => answered,
                        };
                        if let Err(error) = answered {
                            tracing::debug!(%error, "A command hung up");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "The control socket failed");
                    break;
                }
            }
        }
        remove(&path);
    });
    Ok(())
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(%error, "The control socket was gone");
    }
}

fn socket_failed(path: &Path, error: io::Error) -> Problem {
    Problem::new(Kind::Unavailable, "data_folder.unusable")
        .with("folder", path.display())
        .with("reason", &error)
        .because(error)
}

async fn answer(stream: UnixStream, verbs: Verbs) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(LINE_BYTES_MAX)).read_line(&mut line).await?;
    let request: Request = serde_json::from_str(&line)?;
    let (verb, language) = (request.verb.clone(), request.language);
    let answer = match verbs(request).await {
        Ok(done) => Answer::Done(done),
        Err(problem) => {
            tracing::info!(verb, %problem, "A command was refused");
            Answer::Refused { code: problem.code.to_owned(), detail: words::of_problem(language, &problem) }
        }
    };
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    write.write_all(&line).await?;
    write.shutdown().await
}

/// Asks the server that holds the data folder; `None` when there is none.
pub async fn ask(folder: &Path, request: &Request) -> Result<Option<Answer>> {
    let path: PathBuf = folder.join(SOCKET);
    let stream = match UnixStream::connect(&path).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(away(error)),
    };
    let asked = async {
        let (read, mut write) = stream.into_split();
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        write.write_all(&line).await?;
        let mut answer = String::new();
        BufReader::new(read.take(LINE_BYTES_MAX)).read_line(&mut answer).await?;
        serde_json::from_str(&answer).map_err(io::Error::from)
    };
    asked.await.map(Some).map_err(away)
}

fn away(error: io::Error) -> Problem {
    Problem::new(Kind::Unavailable, "control.away").because(error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        clock::SystemClock,
        db::{Db, Env, SqliteSettings},
        house::HouseBuilder,
    };

    fn request(verb: &str) -> Request {
        Request { verb: verb.into(), with: json!({"n": 1}), language: Language::En }
    }

    #[tokio::test]
    async fn a_command_hears_what_was_done_or_why_not() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(ask(folder.path(), &request("echo")).await.expect("asked"), None, "nobody is there");
        std::fs::write(folder.path().join(SOCKET), "").expect("what a crash left");
        let env = Env::new(Arc::new(SystemClock));
        let db = Db::open_sqlite(&SqliteSettings::at(folder.path().join("a.sqlite")), env).expect("opened");
        let house = HouseBuilder::new().open(db);
        let verbs: Verbs = Arc::new(|request| {
            Box::pin(
                async move { if request.verb == "echo" { Ok(request.with) } else { Err(unknown_verb(&request.verb)) } },
            )
        });
        listen(&house, folder.path(), verbs).expect("bound");
        let mode = std::fs::metadata(folder.path().join(SOCKET)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let done = ask(folder.path(), &request("echo")).await.expect("asked");
        assert_eq!(done, Some(Answer::Done(json!({"n": 1}))));
        let Some(Answer::Refused { code, detail }) = ask(folder.path(), &request("dance")).await.expect("asked") else {
            panic!("nobody knows how to dance")
        };
        assert_eq!(code, "control.unknown_verb");
        assert!(detail.contains("dance"));
        house.stopping().cancel();
        while folder.path().join(SOCKET).exists() {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(folder.path(), &request("echo")).await.expect("asked"), None, "nobody is there any more");
    }
}
