//! The road in: IMAP (RFC 3501, 2177). Carries bytes and says what went wrong; never looks into a letter.
//!
//! What was read is remembered by the caller as (UIDVALIDITY, highest UID). Flags are not relied upon:
//! somebody who reads the mailbox with another program must not hide a letter from us.

pub(super) mod folder_name;
mod moving;

pub use moving::{MOVED_TOGETHER_MAX, Moves};

use std::future::Future;
use std::time::Duration;

use async_imap::error::Error as ImapError;
use async_imap::imap_proto::{MessageSection, Response, SectionPath, Status};
use async_imap::types::UnsolicitedResponse;
use async_imap::{Authenticator, Client};
use futures_util::TryStreamExt;
use madoguchi_kernel::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::road::{Login, Patience, Server, Tls, Trouble, TroubleKind, Way, tls_config, within};

/// Longest IDLE before it is issued anew; servers hang up after 30 minutes.
pub const IDLE_SECONDS_MAX: u64 = 28 * 60;
/// Bytes of a letter asked for at a time.
const CHUNK_BYTES: u32 = 512 * 1024;
/// Letters below this are asked for together, and held in memory meanwhile.
pub const TOGETHER_BYTES_MAX: u32 = 64 * 1024;
/// Letters listed at a time; the next ones follow once these are kept.
pub const WAITING_MAX: usize = 1_000;

/// A line to the server, encrypted or not.
trait Line: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Line for T {}

type BoxedLine = Box<dyn Line>;

/// A signed-in connection.
#[derive(Debug)]
pub struct Session {
    inner: async_imap::Session<BoxedLine>,
    can_idle: bool,
    moves: Moves,
    patience: Patience,
}

/// A folder that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    /// As long as this stays the same, a UID means the same letter.
    pub uid_validity: u32,
    /// The UID that the next letter will get, where the server tells.
    pub uid_next: Option<u32>,
    /// How many letters are in it.
    pub letters: u32,
}

/// A letter that we have not read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its number in the folder.
    pub uid: u32,
    /// Its size, as the server says.
    pub size_bytes: u32,
    /// When the server got it (`INTERNALDATE`).
    pub delivered_at: Option<Timestamp>,
}

/// What came of reading a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// All of it was written.
    Whole {
        /// Bytes written.
        bytes: u64,
    },
    /// It is larger than allowed: only its head was written.
    HeadOnly {
        /// Its size, as the server says.
        size_bytes: u32,
    },
    /// It is no longer there.
    Gone,
}

/// Why waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something changed in the folder.
    News,
    /// The time is up: look anyway.
    Time,
    /// The caller wants to stop.
    Cancelled,
}

/// Connects and signs in.
pub async fn connect(server: &Server, login: &Login<'_>, patience: Patience) -> Result<Session, Trouble> {
    let client = within(patience.connect_seconds, "connect", greet(server)).await?;
    let mut inner = within(patience.command_seconds, "sign in", sign_in(client, login)).await?;
    let asked = async { inner.capabilities().await.map_err(trouble) };
    let offered = within(patience.command_seconds, "CAPABILITY", asked).await?;
    Ok(Session { inner, can_idle: offered.has_str("IDLE"), moves: Moves::of(&offered), patience })
}

impl Session {
    /// Opens a folder. The name is as people write it; Japanese is fine.
    pub async fn open(&mut self, folder: &str) -> Result<Folder, Trouble> {
        let seconds = self.patience.command_seconds;
        let name = folder_name::encode(folder);
        let opened = within(seconds, "SELECT", async {
            self.inner.select(&name).await.map_err(|error| match refusal(&error) {
                Some(said) if !is_unavailable(&said) => Trouble::new(TroubleKind::FolderMissing, said),
                _ => trouble(error),
            })
        })
        .await?;
        let without =
            || Trouble::new(TroubleKind::Protocol, "the server gives letters no lasting numbers (UIDVALIDITY)");
        let uid_validity = opened.uid_validity.ok_or_else(without)?;
        Ok(Folder { uid_validity, uid_next: opened.uid_next, letters: opened.exists })
    }

    /// The letters above the watermark, lowest first, at most [`WAITING_MAX`].
    pub async fn waiting(&mut self, above: u32) -> Result<Vec<Waiting>, Trouble> {
        self.forget_news();
        let Some(first) = above.checked_add(1) else { return Ok(Vec::new()) };
        let seconds = self.patience.command_seconds;
        within(seconds, "UID FETCH", async {
            let mut found =
                self.inner.uid_fetch(format!("{first}:*"), "(UID RFC822.SIZE INTERNALDATE)").await.map_err(trouble)?;
            let mut waiting = Vec::new();
            while let Some(fetch) = found.try_next().await.map_err(trouble)? {
                let (Some(uid), Some(size_bytes)) = (fetch.uid, fetch.size) else { continue };
                // `n:*` names the last letter even when its number is below n.
                if uid > above {
                    let delivered_at = fetch.internal_date().map(|at| Timestamp::from_micros(at.timestamp_micros()));
                    waiting.push(Waiting { uid, size_bytes, delivered_at });
                }
            }
            waiting.sort_by_key(|letter| letter.uid);
            waiting.dedup_by_key(|letter| letter.uid);
            waiting.truncate(WAITING_MAX);
            Ok(waiting)
        })
        .await
    }

    /// The lowest UID of the letters that came on this day, by the server's calendar, or later.
    pub async fn first_since(&mut self, day: jiff::civil::Date) -> Result<Option<u32>, Trouble> {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = MONTHS[usize::try_from(day.month() - 1).unwrap_or_default().min(11)];
        let query = format!("SINCE {}-{month}-{:04}", day.day(), day.year());
        let seconds = self.patience.command_seconds;
        let found = async { self.inner.uid_search(query).await.map_err(trouble) };
        Ok(within(seconds, "UID SEARCH", found).await?.into_iter().min())
    }

    /// Several letters with one question, each with its number; their flags stay as they are. One that is gone is
    /// missing, and so is one that turns out to have [`TOGETHER_BYTES_MAX`] bytes or more, whatever the server had said.
    pub async fn fetch_together(&mut self, uids: &[u32]) -> Result<Vec<(u32, Vec<u8>)>, Trouble> {
        let mut letters = Vec::with_capacity(uids.len());
        if uids.is_empty() {
            return Ok(letters);
        }
        let query = format!("(UID BODY.PEEK[]<0.{TOGETHER_BYTES_MAX}>)");
        within(self.patience.data_seconds, "UID FETCH", async {
            let mut found = self.inner.uid_fetch(set_of(uids), query).await.map_err(trouble)?;
            while let Some(fetch) = found.try_next().await.map_err(trouble)? {
                let (Some(uid), Some(bytes)) = (fetch.uid, fetch.body()) else { continue };
                if uids.contains(&uid) && bytes.len() < TOGETHER_BYTES_MAX as usize {
                    letters.push((uid, bytes.to_vec()));
                }
            }
            Ok(letters)
        })
        .await
    }

    /// Writes a letter's bytes into `sink`, piece by piece; its flags stay as they are.
    ///
    /// Above `size_bytes_max` only its head is read, and of that no more either. A server that gives more
    /// than it announced is cut off at the same limit.
    pub async fn fetch(
        &mut self,
        letter: Waiting,
        size_bytes_max: u32,
        sink: &mut (impl AsyncWrite + Unpin),
    ) -> Result<Fetched, Trouble> {
        let too_large = letter.size_bytes > size_bytes_max;
        let section = if too_large { "HEADER" } else { "" };
        let mut written: u32 = 0;
        loop {
            let ask = CHUNK_BYTES.min(size_bytes_max.saturating_sub(written));
            if ask == 0 {
                break;
            }
            let Some(piece) = self.piece(letter.uid, section, written, ask).await? else {
                return if written == 0 { Ok(Fetched::Gone) } else { Err(cut_off(letter.uid)) };
            };
            let length = u32::try_from(piece.len()).unwrap_or(u32::MAX).min(ask);
            let kept = &piece[..length as usize];
            sink.write_all(kept).await.map_err(|error| Trouble::new(TroubleKind::Unreachable, error))?;
            written += length;
            if length < ask {
                break;
            }
        }
        sink.flush().await.map_err(|error| Trouble::new(TroubleKind::Unreachable, error))?;
        Ok(if too_large {
            Fetched::HeadOnly { size_bytes: letter.size_bytes }
        } else {
            Fetched::Whole { bytes: u64::from(written) }
        })
    }

    /// One piece of a letter; `None` when the letter is gone.
    async fn piece(&mut self, uid: u32, section: &str, from: u32, length: u32) -> Result<Option<Vec<u8>>, Trouble> {
        let seconds = self.patience.data_seconds;
        let query = format!("(UID BODY.PEEK[{section}]<{from}.{length}>)");
        let path = SectionPath::Full(MessageSection::Header);
        within(seconds, "UID FETCH", async {
            let mut found = self.inner.uid_fetch(uid.to_string(), query).await.map_err(trouble)?;
            let mut piece = None;
            while let Some(fetch) = found.try_next().await.map_err(trouble)? {
                if fetch.uid == Some(uid) {
                    let bytes = if section.is_empty() { fetch.body() } else { fetch.section(&path) };
                    piece = Some(bytes.unwrap_or_default().to_vec());
                }
            }
            Ok(piece)
        })
        .await
    }

    /// Marks letters as seen, for people who look into the mailbox with another program.
    pub async fn mark_seen(&mut self, uids: &[u32]) -> Result<(), Trouble> {
        if uids.is_empty() {
            return Ok(());
        }
        within(self.patience.command_seconds, "UID STORE", async {
            let updates = self.inner.uid_store(set_of(uids), "+FLAGS.SILENT (\\Seen)").await.map_err(trouble)?;
            updates.try_for_each(|_| async { Ok(()) }).await.map_err(trouble)
        })
        .await
    }

    /// Whether the server tells of news by itself.
    pub fn can_idle(&self) -> bool {
        self.can_idle
    }

    /// Waits for news in the open folder, for at most `at_most` and never longer than
    /// [`IDLE_SECONDS_MAX`], or until `cancel` is done. Where the server cannot tell, only the time or the
    /// caller ends it. Gives back the session, unless the line broke.
    pub async fn wait(self, at_most: Duration, cancel: impl Future<Output = ()>) -> Result<(Session, Woken), Trouble> {
        let at_most = at_most.min(Duration::from_secs(IDLE_SECONDS_MAX));
        if !self.can_idle() {
            let woken = tokio::select! {
                () = cancel => Woken::Cancelled,
                _ = tokio::time::timeout(at_most, std::future::pending::<()>()) => Woken::Time,
            };
            return Ok((self, woken));
        }
        let Session { inner, can_idle, moves, patience } = self;
        let told = inner.unsolicited_responses.clone();
        let mut idle = inner.idle();
        within(patience.command_seconds, "IDLE", async { idle.init().await.map_err(trouble) }).await?;
        // What the server told between the last look and now must not wait for the next change.
        let told_before = std::iter::from_fn(|| told.try_recv().ok()).any(|response| is_news(&response));
        let woken = if told_before {
            Woken::News
        } else {
            let (changed, _stop) = idle.wait_with_timeout(at_most);
            tokio::select! {
                biased;
                () = cancel => Woken::Cancelled,
                // The inner timeout starts anew with each "still here"; this one does not.
                changed = tokio::time::timeout(at_most, changed) => match changed {
                    Err(_) | Ok(Ok(async_imap::extensions::idle::IdleResponse::Timeout)) => Woken::Time,
                    Ok(Ok(async_imap::extensions::idle::IdleResponse::NewData(_))) => Woken::News,
                    Ok(Ok(async_imap::extensions::idle::IdleResponse::ManualInterrupt)) => return Err(trouble(ImapError::ConnectionLost)),
                    Ok(Err(error)) => return Err(trouble(error)),
                },
            }
        };
        let inner = within(patience.command_seconds, "DONE", async { idle.done().await.map_err(trouble) }).await?;
        Ok((Session { inner, can_idle, moves, patience }, woken))
    }

    /// Says goodbye. What the server answers does not matter any more.
    pub async fn leave(mut self) {
        let seconds = self.patience.command_seconds.min(5);
        let said = within(seconds, "LOGOUT", async { self.inner.logout().await.map_err(trouble) }).await;
        if let Err(trouble) = said {
            tracing::debug!(code = trouble.kind.code(), "The mail server did not take our goodbye");
        }
    }

    fn forget_news(&mut self) {
        while self.inner.unsolicited_responses.try_recv().is_ok() {}
    }
}

/// Connects and signs in as the settings say, and opens the folder: the "test connection" of a mailbox. Where letters
/// are to be put aside, the server has to be one that can.
pub async fn test(
    server: &Server,
    login: &Login<'_>,
    (folder, taken_folder): (&str, Option<&str>),
    patience: Patience,
) -> Result<Folder, Trouble> {
    let mut session = connect(server, login, patience).await?;
    let opened = session.open(folder).await;
    let moves = if taken_folder.is_some() { session.require_moves() } else { Ok(()) };
    session.leave().await;
    opened.and_then(|opened| moves.map(|()| opened))
}

async fn greet(server: &Server) -> Result<Client<BoxedLine>, Trouble> {
    let unreachable = |error: std::io::Error| Trouble::new(TroubleKind::Unreachable, error);
    let tcp = TcpStream::connect((server.host.as_str(), server.port)).await.map_err(unreachable)?;
    tcp.set_nodelay(true).map_err(unreachable)?;
    let mut client = match server.tls {
        Tls::Implicit => Client::new(encrypt(server, Box::new(tcp)).await?),
        Tls::StartTls | Tls::None => Client::new(Box::new(tcp) as BoxedLine),
    };
    let greeting = client.read_response().await.map_err(|error| trouble(ImapError::Io(error)))?;
    let greeting = greeting.ok_or_else(|| trouble(ImapError::ConnectionLost))?;
    match greeting.parsed() {
        Response::Data { status: Status::Ok, .. } => {}
        Response::Data { status: Status::Bye, information, .. } => {
            return Err(Trouble::new(TroubleKind::Unreachable, information.as_deref().unwrap_or("BYE")));
        }
        _ => return Err(Trouble::new(TroubleKind::Protocol, "the server did not greet as IMAP servers do")),
    }
    if server.tls == Tls::StartTls {
        client.run_command_and_check_ok("STARTTLS", None).await.map_err(|error| match error {
            ImapError::No(said) | ImapError::Bad(said) => Trouble::new(TroubleKind::Tls, unwrapped(&said)),
            other => trouble(other),
        })?;
        // The new client starts with an empty buffer: what somebody slipped in before the encryption is gone.
        client = Client::new(encrypt(server, client.into_inner()).await?);
    }
    Ok(client)
}

async fn encrypt(server: &Server, line: BoxedLine) -> Result<BoxedLine, Trouble> {
    let tls = |error: &dyn std::fmt::Display| Trouble::new(TroubleKind::Tls, error);
    let name = rustls::pki_types::ServerName::try_from(server.host.clone()).map_err(|error| tls(&error))?;
    let connector = tokio_rustls::TlsConnector::from(tls_config(server.extra_ca.as_deref())?);
    let line = connector.connect(name, line).await.map_err(|error| tls(&error))?;
    Ok(Box::new(line))
}

async fn sign_in(client: Client<BoxedLine>, login: &Login<'_>) -> Result<async_imap::Session<BoxedLine>, Trouble> {
    let signed_in = match login.way {
        Way::Token => {
            client.authenticate("XOAUTH2", Bearer { user: login.user, token: login.secret, asked: false }).await
        }
        // AUTHENTICATE carries any character; LOGIN is for servers that know nothing else.
        Way::Password => match client.authenticate("PLAIN", Plain { user: login.user, password: login.secret }).await {
            Err((error, client)) if is_unknown_mechanism(&error) => client.login(login.user, login.secret).await,
            done => done,
        },
    };
    signed_in.map_err(|(error, _)| match error {
        ImapError::No(said) | ImapError::Bad(said) if !is_unavailable(&said) => {
            Trouble::new(TroubleKind::Auth, unwrapped(&said))
        }
        ImapError::Validate(_) => Trouble::new(TroubleKind::Auth, "the user name or password has a line break in it"),
        other => trouble(other),
    })
}

/// The server refused the way and not the person: asking in another way is no second guess at a password.
fn is_unknown_mechanism(error: &ImapError) -> bool {
    match error {
        ImapError::Bad(_) => true,
        ImapError::No(said) => {
            let said = said.to_ascii_lowercase();
            said.contains("mechanism") || said.contains("not supported") || said.contains("unsupported")
        }
        _ => false,
    }
}

struct Plain<'a> {
    user: &'a str,
    password: &'a str,
}

impl Authenticator for Plain<'_> {
    type Response = String;
    fn process(&mut self, _challenge: &[u8]) -> String {
        format!("\0{}\0{}", self.user, self.password)
    }
}

struct Bearer<'a> {
    user: &'a str,
    token: &'a str,
    asked: bool,
}

impl Authenticator for Bearer<'_> {
    type Response = String;
    /// A second challenge is the server's error; it wants an empty answer before it refuses.
    fn process(&mut self, _challenge: &[u8]) -> String {
        if std::mem::replace(&mut self.asked, true) {
            return String::new();
        }
        format!("user={}\x01auth=Bearer {}\x01\x01", self.user, self.token)
    }
}

/// RFC 5530: the server cannot check right now, which says nothing about the password or the folder.
fn is_unavailable(said: &str) -> bool {
    ["UNAVAILABLE", "SERVERBUG", "INUSE", "LIMIT"]
        .iter()
        .any(|code| said.to_ascii_uppercase().contains(&format!("[{code}]")))
        || said.contains("Temporary")
}

fn set_of(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

fn is_news(response: &UnsolicitedResponse) -> bool {
    matches!(response, UnsolicitedResponse::Exists(_) | UnsolicitedResponse::Recent(_))
}

fn cut_off(uid: u32) -> Trouble {
    Trouble::new(TroubleKind::Unreachable, format!("letter {uid} vanished while it was read"))
}

/// The library wraps what the server said: `code: None, info: Some("...")`.
fn unwrapped(said: &str) -> &str {
    said.split_once("info: Some(\"").and_then(|(_, rest)| rest.strip_suffix("\")")).unwrap_or(said)
}

/// What the server said when it answered NO.
///
/// Dovecot repeats a Japanese folder name in its refusal, which the library cannot read; all it gives is
/// the line that it could not read.
fn refusal(error: &ImapError) -> Option<String> {
    match error {
        ImapError::No(said) => Some(unwrapped(said).to_owned()),
        ImapError::Io(cause) => {
            let text = cause.to_string();
            let (_, line) = text.split_once(UNREADABLE)?;
            let (_tag, said) = line.trim_matches('"').split_once(" NO ")?;
            Some(said.trim_end_matches("\\r\\n").to_owned())
        }
        _ => None,
    }
}

/// How the library begins to quote a line that it could not read.
const UNREADABLE: &str = "during parsing of ";

fn trouble(error: ImapError) -> Trouble {
    match &error {
        ImapError::Io(cause) if !cause.to_string().contains(UNREADABLE) => {
            Trouble::new(TroubleKind::Unreachable, cause)
        }
        ImapError::ConnectionLost => Trouble::new(TroubleKind::Unreachable, "the server closed the line"),
        ImapError::No(said) | ImapError::Bad(said) if is_unavailable(said) => {
            Trouble::new(TroubleKind::Unreachable, unwrapped(said))
        }
        ImapError::No(said) | ImapError::Bad(said) => Trouble::new(TroubleKind::Protocol, unwrapped(said)),
        // Its own words hold what the server sent, which may be a letter.
        ImapError::Parse(_) | ImapError::Io(_) => {
            Trouble::new(TroubleKind::Protocol, "the server answered in a way that IMAP does not know")
        }
        _ => Trouble::new(TroubleKind::Protocol, error),
    }
}
