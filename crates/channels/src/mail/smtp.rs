//! The road out: SMTP submission (RFC 5321, 6409). Hands over bytes, once, and tells honestly what became
//! of them: in particular whether nobody knows.

use std::future::Future;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::address::on_the_wire;
use super::road::{Login, Patience, Server, Tls, Trouble, TroubleKind, Way, shown, within};

/// Of a letter that is larger than this one asks first whether the server takes it: every server takes smaller ones.
const ASKED_BEFORE: usize = 1024 * 1024;
/// A letter goes over the line in pieces of so many bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// Recipients of one letter.
pub const RECIPIENTS_MAX: usize = 100;

/// Where a letter goes on the wire, which need not be what its head says.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// Where bounces go; `None` for the null sender of automatic letters.
    pub from: Option<&'a str>,
    /// To whom.
    pub to: &'a [String],
}

/// A server's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The recipient that it is about; `None` for the whole letter.
    pub recipient: Option<String>,
    /// The reply code; `None` when we refused it ourselves.
    pub code: Option<u16>,
    /// The server's words.
    pub text: String,
    /// Whether trying again later may help.
    pub temporary: bool,
    /// Whether it is the letter's size that the server does not take.
    pub too_large: bool,
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took the letter; some recipients may have been refused.
    Accepted {
        /// The server's words, which often hold its queue id.
        response: String,
        /// The recipients that it did not take.
        refused: Vec<Refusal>,
    },
    /// Nobody gets it now; the same letter may be handed over again.
    Temporary(Refusal),
    /// Nobody gets it, and trying again is no use.
    Permanent(Refusal),
    /// The line broke after the letter was handed over: the server may have taken it or not.
    Unknown(Trouble),
    /// The letter was never handed over: nothing can have been delivered.
    NotSent(Trouble),
}

/// What a server told about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities {
    /// The name it greets with.
    pub name: String,
    /// The line is encrypted.
    pub encrypted: bool,
    /// It takes addresses that are not ASCII.
    pub smtputf8: bool,
}

/// Hands over one letter. `hello` is our name on the wire, the domain of the sending address.
pub async fn submit(
    server: &Server,
    login: Option<&Login<'_>>,
    hello: &str,
    envelope: Envelope<'_>,
    bytes: &[u8],
    patience: Patience,
) -> Outcome {
    let (from, to) = match addresses(envelope) {
        Ok(parsed) => parsed,
        Err(refusal) => return Outcome::Permanent(refusal),
    };
    let mut line = match open(server, login, hello, patience).await {
        Ok(line) => line,
        Err(trouble) => return Outcome::NotSent(trouble),
    };
    let outcome = hand_over(&mut line, hello, (from, to), bytes, patience).await;
    close(line).await;
    outcome
}

/// Connects, encrypts, signs in and says goodbye: the "test connection" of a mailbox.
pub async fn test(
    server: &Server,
    login: Option<&Login<'_>>,
    hello: &str,
    patience: Patience,
) -> Result<Abilities, Trouble> {
    let line = open(server, login, hello, patience).await?;
    let abilities = Abilities {
        name: shown(line.server_info().name()),
        encrypted: line.is_encrypted(),
        smtputf8: line.server_info().supports_feature(Extension::SmtpUtfEight),
    };
    close(line).await;
    Ok(abilities)
}

async fn open(
    server: &Server,
    login: Option<&Login<'_>>,
    hello: &str,
    patience: Patience,
) -> Result<AsyncSmtpConnection, Trouble> {
    let hello = ClientId::Domain(hello.to_owned());
    let (seconds, name) = (patience.connect_seconds, (server.host.as_str(), server.port));
    let tls = || tls_parameters(server);
    let implicit = if server.tls == Tls::Implicit { Some(tls()?) } else { None };
    let timeout = Duration::from_secs(seconds.max(1));
    let connecting = AsyncSmtpConnection::connect_tokio1(name, Some(timeout), &hello, implicit, None);
    let mut line = within(seconds, "connect", asked(connecting)).await?;
    if server.tls == Tls::StartTls {
        if !line.can_starttls() {
            return Err(Trouble::new(TroubleKind::Tls, "the server does not offer STARTTLS"));
        }
        within(seconds, "STARTTLS", asked(line.starttls(tls()?, &hello))).await?;
    }
    if let Some(login) = login {
        sign_in(&mut line, login, patience).await?;
    }
    Ok(line)
}

async fn sign_in(line: &mut AsyncSmtpConnection, login: &Login<'_>, patience: Patience) -> Result<(), Trouble> {
    let ways: &[Mechanism] = match login.way {
        Way::Password => &[Mechanism::Plain, Mechanism::Login],
        Way::Token => &[Mechanism::Xoauth2],
    };
    if line.server_info().get_auth_mechanism(ways).is_none() {
        return Err(Trouble::new(TroubleKind::Auth, "the server offers no way to sign in that we know"));
    }
    let credentials = Credentials::new(login.user.to_owned(), login.secret.to_owned());
    let signing_in = async {
        line.auth(ways, &credentials).await.map_err(|error| {
            // 535 and its like; 454 says that the server cannot check right now.
            let refused = error.is_permanent() || (error.is_client() && login.way == Way::Token);
            if refused { Trouble::new(TroubleKind::Auth, words(&error)) } else { trouble(&error) }
        })
    };
    within(patience.command_seconds, "AUTH", signing_in).await.map(|_| ())
}

async fn hand_over(
    line: &mut AsyncSmtpConnection,
    hello: &str,
    (from, to): (Option<Address>, Recipients),
    bytes: &[u8],
    patience: Patience,
) -> Outcome {
    let seconds = patience.command_seconds;
    let mut options = Vec::new();
    let info = line.server_info();
    if !bytes.is_ascii() && info.supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    if from.iter().chain(to.iter().map(|(_, address)| address)).any(|address| !AsRef::<str>::as_ref(address).is_ascii())
    {
        if !info.supports_feature(Extension::SmtpUtfEight) {
            return Outcome::Permanent(our_refusal(None, "the server takes no addresses that are not ASCII"));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if bytes.len() > ASKED_BEFORE {
        match size_taken(line, hello, seconds).await {
            Ok(Some(most)) if most > 0 && bytes.len() as u64 > most => {
                let text = format!("{} > {most} bytes (SIZE)", bytes.len());
                return Outcome::Permanent(Refusal { too_large: true, ..our_refusal(None, &text) });
            }
            Ok(Some(_)) => options.push(MailParameter::Size(bytes.len())),
            Ok(None) => {}
            Err(stop) => return stop.before_data(),
        }
    }
    if let Err(stop) = say(seconds, "MAIL", line.command(Mail::new(from, options))).await {
        return stop.before_data();
    }
    let mut refused = Vec::new();
    let asked = to.len();
    for (name, recipient) in to {
        match say(seconds, "RCPT", line.command(Rcpt::new(recipient, Vec::new()))).await {
            Ok(_) => {}
            Err(Stop::Refused(refusal)) => refused.push(Refusal { recipient: Some(name), ..refusal }),
            Err(lost @ Stop::Lost(_)) => return lost.before_data(),
        }
    }
    if refused.len() == asked {
        return all_refused(refused);
    }
    if let Err(stop) = say(seconds, "DATA", line.command(Data)).await {
        return stop.before_data();
    }
    // The library ends the last line itself; with ours the letter would grow by an empty one.
    let lines = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    match say(patience.data_seconds, "end of data", line.message_iter(lines.chunks(PIECE_BYTES))).await {
        Ok(response) => Outcome::Accepted { response, refused },
        Err(Stop::Refused(refusal)) => of_refusal(refusal),
        Err(Stop::Lost(trouble)) => Outcome::Unknown(trouble),
    }
}

/// Why a command brought us no further.
enum Stop {
    /// The server said no.
    Refused(Refusal),
    /// We do not know what it would have said.
    Lost(Trouble),
}

impl Stop {
    fn before_data(self) -> Outcome {
        match self {
            Stop::Refused(refusal) => of_refusal(refusal),
            Stop::Lost(trouble) => Outcome::NotSent(trouble),
        }
    }
}

/// The largest letter that the server takes, in bytes (SIZE, RFC 1870); 0 where it says of none. The library forgets what
/// the server said, so it is asked once more, which begins nothing and ends nothing (RFC 5321, 4.1.1.1).
async fn size_taken(line: &mut AsyncSmtpConnection, hello: &str, seconds: u64) -> Result<Option<u64>, Stop> {
    let hello = Ehlo::new(ClientId::Domain(hello.to_owned()));
    let mut said = Vec::new();
    let asking = async {
        let response = line.command(hello).await?;
        said = response.message().map(str::to_owned).collect();
        Ok(response)
    };
    say(seconds, "EHLO", asking).await?;
    Ok(said.iter().find_map(|line| size_of(line)))
}

fn size_of(line: &str) -> Option<u64> {
    let mut words = line.split_ascii_whitespace();
    let is_size = words.next().is_some_and(|word| word.eq_ignore_ascii_case("SIZE"));
    is_size.then(|| words.next().and_then(|most| most.parse().ok()).unwrap_or(0))
}

fn of_refusal(refusal: Refusal) -> Outcome {
    if refusal.temporary { Outcome::Temporary(refusal) } else { Outcome::Permanent(refusal) }
}

/// If a single recipient may be reached later, the letter is tried again.
fn all_refused(mut refused: Vec<Refusal>) -> Outcome {
    let at = refused.iter().position(|refusal| refusal.temporary).unwrap_or(0);
    of_refusal(refused.swap_remove(at))
}

type Response = lettre::transport::smtp::response::Response;

async fn say(
    seconds: u64,
    what: &str,
    command: impl Future<Output = Result<Response, SmtpError>>,
) -> Result<String, Stop> {
    let spoken = async { Ok(command.await) };
    match within(seconds, what, spoken).await {
        Ok(Ok(response)) => Ok(shown(&response.message().collect::<Vec<_>>().join(" "))),
        Ok(Err(error)) => match error.status() {
            Some(code) => Err(Stop::Refused(Refusal {
                recipient: None,
                code: Some(u16::from(code)),
                text: format!("{} {}", u16::from(code), words(&error)),
                temporary: error.is_transient(),
                // The same code says that a mailbox is full (RFC 5321, 4.2.3; RFC 3463).
                too_large: u16::from(code) == 552 && !words(&error).contains("5.2.2"),
            })),
            None => Err(Stop::Lost(trouble(&error))),
        },
        Err(trouble) => Err(Stop::Lost(trouble)),
    }
}

async fn asked<T>(work: impl Future<Output = Result<T, SmtpError>>) -> Result<T, Trouble> {
    work.await.map_err(|error| trouble(&error))
}

/// Goodbye. What the server answers changes nothing.
async fn close(mut line: AsyncSmtpConnection) {
    if within(5, "QUIT", asked(line.quit())).await.is_err() {
        tracing::debug!("The mail server did not take our goodbye");
    }
}

/// Each recipient with the address by which the letter knows them.
type Recipients = Vec<(String, Address)>;

fn addresses(envelope: Envelope<'_>) -> Result<(Option<Address>, Recipients), Refusal> {
    let parse = |text: &str| {
        let wrong = |_| our_refusal(Some(text), "this is not an address that mail can be sent to");
        on_the_wire(text).parse::<Address>().map_err(wrong)
    };
    let from = envelope.from.map(parse).transpose()?;
    let to = envelope.to.iter().map(|name| Ok((name.clone(), parse(name)?))).collect::<Result<Vec<_>, _>>()?;
    if to.is_empty() || to.len() > RECIPIENTS_MAX {
        return Err(our_refusal(None, "the letter has no recipients, or too many"));
    }
    Ok((from, to))
}

fn our_refusal(recipient: Option<&str>, text: &str) -> Refusal {
    let (recipient, text) = (recipient.map(shown), text.to_owned());
    Refusal { recipient, code: None, text, temporary: false, too_large: false }
}

fn tls_parameters(server: &Server) -> Result<TlsParameters, Trouble> {
    let tls = |error: SmtpError| Trouble::new(TroubleKind::Tls, words(&error));
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(pem) = &server.extra_ca {
        builder = builder.add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(tls)?);
    }
    builder.build_rustls().map_err(tls)
}

/// The server's own words, or the cause that the library names.
fn words(error: &SmtpError) -> String {
    use std::error::Error as _;
    shown(&error.source().map_or_else(|| error.to_string(), ToString::to_string))
}

fn trouble(error: &SmtpError) -> Trouble {
    let kind = if error.is_tls() {
        TroubleKind::Tls
    } else if error.is_timeout() {
        TroubleKind::Timeout
    } else if is_certificate(error) {
        TroubleKind::Tls
    } else if error.is_response() && !words(error).contains("incomplete") || error.is_client() {
        TroubleKind::Protocol
    } else {
        TroubleKind::Unreachable
    };
    Trouble::new(kind, words(error))
}

/// A failed handshake comes as an I/O error with rustls' error inside.
fn is_certificate(error: &SmtpError) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let wrapped = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is::<rustls::Error>() || wrapped.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = inner.source();
    }
    false
}
