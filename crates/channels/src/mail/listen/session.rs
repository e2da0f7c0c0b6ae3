//! One client's visit: greetings, letters, goodbye (RFC 5321, RFC 2033).

use std::{net::IpAddr, sync::Arc, time::Duration};

use madoguchi_kernel::problem::Kind;

use super::{
    Host, Protocol,
    body::Body,
    command::{Command, Hello, MailFrom},
    line::{Ended, Line, Said},
    parcel::{Parcel, received},
    recipients::{self, Recipient},
    reply::Reply,
};
use crate::mail::provenance::Provenance;

/// How long we wait for the next command (RFC 5321, 4.5.3.2.7), and for the next piece of a letter.
const SAID_WITHIN: Duration = Duration::from_secs(300);
/// The same while places are rare.
const SAID_SOON: Duration = Duration::from_secs(10);
/// Recipients of one letter (RFC 5321, 4.5.3.1.8).
pub const RECIPIENTS_MAX: usize = 100;
/// Tenants that one letter reaches: for each of them its bytes are kept apart.
pub const TENANTS_MAX: usize = 8;
/// Refusals between two letters that a client may hear.
pub const REFUSALS_MAX: u32 = 50;
/// Commands between two letters.
const COMMANDS_MAX: u32 = 1_000;

/// A letter that is announced.
struct Announced {
    from: MailFrom,
    recipients: Vec<Recipient>,
}

/// One client's visit.
pub(super) struct Session {
    host: Arc<Host>,
    protocol: Protocol,
    machine: IpAddr,
    is_encrypted: bool,
    hello: Option<(Hello, String)>,
    announced: Option<Announced>,
    refusals: u32,
    commands: u32,
}

/// What a command leads to.
enum Next {
    Say(Reply),
    Body,
    Encrypt,
    Leave(Reply),
}

impl Session {
    pub fn new(host: Arc<Host>, protocol: Protocol, machine: IpAddr) -> Self {
        Self { host, protocol, machine, is_encrypted: false, hello: None, announced: None, refusals: 0, commands: 0 }
    }

    /// From the greeting to the goodbye.
    pub async fn run(mut self, mut line: Line) {
        if self.protocol == Protocol::Lmtp && !self.is_trusted() {
            return line.end(Some(Reply::new(554, "5.7.1", "Only our own servers speak here"))).await;
        }
        line.say(&Reply::plain(220, vec![format!("{} {} Madoguchi", self.host.hostname, self.protocol.greets())]));
        loop {
            match self.turn(&mut line).await {
                Ok(Next::Say(reply)) => {
                    self.refusals += u32::from(reply.refuses());
                    line.say(&reply);
                    if self.refusals > REFUSALS_MAX || self.commands > COMMANDS_MAX {
                        return line.end(Some(Reply::too_many_errors())).await;
                    }
                }
                Ok(Next::Body) => unreachable!("a turn takes the letter in"),
                Ok(Next::Encrypt) => match self.encrypt(line).await {
                    Ok(encrypted) => line = encrypted,
                    Err(ended) => return tracing::debug!(?ended, "A line could not be encrypted"),
                },
                Ok(Next::Leave(reply)) => return line.end(Some(reply)).await,
                Err(Ended::Gone(error)) => return tracing::debug!(%error, "A client hung up"),
                Err(Ended::Slow) => return line.end(Some(Reply::too_slow())).await,
                Err(Ended::Stopping) => return line.end(Some(Reply::stopping())).await,
            }
        }
    }

    async fn turn(&mut self, line: &mut Line) -> Result<Next, Ended> {
        self.commands += 1;
        let said = match line.hear(self.patience()).await? {
            Said::Line(said) => said,
            // Where we do not agree on where a line ends, we agree on nothing that follows.
            Said::NoLine => return Ok(Next::Leave(Reply::line_end_of_command())),
        };
        match Command::parse(&said) {
            Err(reply) => Ok(Next::Say(reply)),
            Ok(command) => match self.hears(command, line.has_more()).await {
                Next::Body => self.body(line).await,
                next @ (Next::Say(_) | Next::Encrypt | Next::Leave(_)) => Ok(next),
            },
        }
    }

    async fn hears(&mut self, command: Command, has_more: bool) -> Next {
        Next::Say(match command {
            Command::Hello(kind, name) => self.greeted(kind, name),
            Command::Mail(from) => self.announced(from),
            Command::Rcpt(address) => self.addressed(&address).await,
            Command::Data => match &self.announced {
                None => Reply::out_of_turn("From whom?"),
                Some(announced) if announced.recipients.is_empty() => Reply::new(554, "5.5.1", "To nobody here"),
                Some(_) => return Next::Body,
            },
            Command::Reset => {
                self.announced = None;
                Reply::ok()
            }
            Command::Nothing => Reply::ok(),
            Command::Help => Reply::new(214, "2.0.0", "See RFC 5321"),
            Command::StartTls if self.host.identity.is_none() => Reply::not_here(),
            Command::StartTls if self.is_encrypted => Reply::out_of_turn("The line is encrypted already"),
            // What was said in the clear behind it could be anybody's who sits on the line.
            Command::StartTls if has_more => return Next::Leave(Reply::out_of_turn("Wait for the answer")),
            Command::StartTls => return Next::Encrypt,
            Command::Quit => return Next::Leave(Reply::bye()),
        })
    }

    fn greeted(&mut self, kind: Hello, name: String) -> Reply {
        if (kind == Hello::Local) != (self.protocol == Protocol::Lmtp) {
            return Reply::new(500, "5.5.1", format!("This is {}", self.protocol.greets()));
        }
        self.announced = None;
        let mut lines = vec![self.host.hostname.clone()];
        if kind != Hello::Plain {
            lines.extend(["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"].map(str::to_owned));
            lines.push(format!("SIZE {}", self.host.tools.letter_bytes_max));
            if self.host.identity.is_some() && !self.is_encrypted {
                lines.push("STARTTLS".to_owned());
            }
        }
        self.hello = Some((kind, name));
        Reply::plain(250, lines)
    }

    fn announced(&mut self, from: MailFrom) -> Reply {
        if self.hello.is_none() {
            return Reply::out_of_turn("Greet first");
        }
        if self.announced.is_some() {
            return Reply::out_of_turn("One letter after the other");
        }
        if from.size_bytes.is_some_and(|size| size > self.host.tools.letter_bytes_max) {
            return Reply::too_large();
        }
        self.announced = Some(Announced { from, recipients: Vec::new() });
        Reply::new(250, "2.1.0", "Ok")
    }

    async fn addressed(&mut self, address: &str) -> Reply {
        let Some(announced) = &mut self.announced else { return Reply::out_of_turn("From whom?") };
        if !announced.from.utf8 && !address.is_ascii() {
            return Reply::needs_utf8();
        }
        if announced.recipients.len() >= RECIPIENTS_MAX {
            return Reply::too_many_recipients();
        }
        let recipient = match recipients::find(&self.host, address).await {
            Ok(Ok(recipient)) => recipient,
            Ok(Err(reply)) => return reply,
            Err(problem) => {
                tracing::warn!(%problem, "A recipient could not be looked up");
                return Reply::broken();
            }
        };
        let mut tenants: Vec<_> = announced.recipients.iter().map(|known| known.tenant).collect();
        tenants.push(recipient.tenant);
        tenants.sort();
        tenants.dedup();
        if tenants.len() > TENANTS_MAX {
            return Reply::too_many_recipients();
        }
        announced.recipients.push(recipient);
        Reply::new(250, "2.1.5", "Ok")
    }

    /// Takes a letter in, piece by piece, and answers when it is kept.
    async fn body(&mut self, line: &mut Line) -> Result<Next, Ended> {
        let Some(Announced { from, recipients }) = self.announced.take() else {
            return Ok(Next::Say(Reply::out_of_turn("From whom?")));
        };
        line.say(&Reply::plain(354, vec!["Go ahead; end with a dot alone".to_owned()]));
        let provenance = self.provenance(&from);
        let mark = received(&provenance, &self.host.hostname, self.host.house.clock().now());
        let most = self.host.tools.letter_bytes_max;
        let mut parcel = Parcel::begin(&self.host.tools, &recipients, &mark).await;
        let (mut body, mut passed) = (Body::default(), 0_u64);
        loop {
            let patience = self.patience();
            let piece = line.piece(patience).await?;
            let fed = body.feed(piece, parcel.buffer());
            line.used(fed.used);
            passed += fed.used as u64;
            if body.has_bare_end() {
                parcel.refuse(Reply::bare_line_end());
            } else if passed > most {
                parcel.refuse(Reply::too_large());
            }
            parcel.write().await;
            if fed.is_over {
                break;
            }
            // Whoever does not stop is cut off; until then they may still hear why it was refused.
            if passed > most.saturating_mul(2) {
                return Ok(Next::Leave(Reply::too_large()));
            }
        }
        let answers = parcel.keep(&self.host, provenance).await;
        (self.refusals, self.commands) = (0, 0);
        let has_bare_end = body.has_bare_end();
        let mut replies = match self.protocol {
            Protocol::Smtp => vec![answers.for_all()],
            Protocol::Lmtp => recipients.iter().map(|recipient| answers.of(recipient.tenant)).collect(),
        };
        let last = replies.pop().unwrap_or_else(Reply::broken);
        replies.iter().for_each(|reply| line.say(reply));
        Ok(if has_bare_end { Next::Leave(last) } else { Next::Say(last) })
    }

    fn provenance(&self, from: &MailFrom) -> Provenance {
        Provenance {
            road: self.protocol,
            machine: self.machine,
            is_trusted: self.is_trusted(),
            is_encrypted: self.is_encrypted,
            hello: self.hello.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
            sender: from.sender.clone(),
        }
    }

    async fn encrypt(&mut self, mut line: Line) -> Result<Line, Ended> {
        let config = self.host.identity.as_ref().map(|identity| identity.config());
        let acceptor = match config {
            Some(Ok(config)) => tokio_rustls::TlsAcceptor::from(config),
            Some(Err(problem)) => {
                tracing::error!(%problem, "The certificate for mail cannot be read");
                line.say(&Reply::new(454, "4.7.0", "Not for now"));
                return Ok(line);
            }
            None => return Ok(line),
        };
        line.say(&Reply::new(220, "2.0.0", "Go ahead"));
        let line = line.encrypted(&acceptor).await?;
        self.is_encrypted = true;
        (self.hello, self.announced) = (None, None);
        Ok(line)
    }

    fn is_trusted(&self) -> bool {
        let machine = self.machine.to_canonical();
        let is_ours = self.host.trusted.iter().any(|network| network.has(machine));
        is_ours || (self.protocol == Protocol::Lmtp && machine.is_loopback())
    }

    fn patience(&self) -> Duration {
        if self.host.crowd.is_dense() { SAID_SOON } else { SAID_WITHIN }
    }
}

/// The answer to what stopped us.
pub(super) fn answer(problem: &madoguchi_kernel::Problem) -> Reply {
    match problem.kind {
        Kind::TooLarge => Reply::too_large(),
        Kind::Unavailable if problem.code == "storage_full" => Reply::disk_full(),
        Kind::Unavailable => Reply::broken(),
        _ => {
            tracing::error!(%problem, "A letter that was handed to us could not be kept");
            Reply::broken()
        }
    }
}
