//! Fetching what an address from outside names: the one way on which we go where others point. Whoever writes to us can
//! write any address, and our machine stands where theirs does not; so only public machines are asked, and what was
//! checked is what is connected to. What it fetches carries no cookie, no token and no word of ours.
//!
//! A form is handed over on the same way, but to an address that an administrator has set: encrypted, to the address
//! itself and no further, whatever the answer says of another.

mod reach;

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, Response, StatusCode, Uri, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use url::Url;

use self::reach::{Names, Target};
use crate::clock::Clock;

/// How long a machine may take to be found and to answer the knock.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long all of it may take, every redirect included.
const DONE_WITHIN: Duration = Duration::from_secs(10);
/// How often one may be sent elsewhere.
const REDIRECTS_MAX: usize = 3;
/// By this name we are known.
const WHO: &str = concat!("Madoguchi/", env!("CARGO_PKG_VERSION"));

/// Why nothing was fetched; for the log, never for whoever asked: an answer that tells more would let them look around.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The address is not one that we go to.
    #[error("the address is not fetched: {0}")]
    Address(&'static str),
    /// The machine is in a network of our own.
    #[error("the address leads into a network that is not public")]
    Inner,
    /// More than the limit of redirects.
    #[error("sent elsewhere too often")]
    Redirects,
    /// It took too long.
    #[error("it took too long")]
    Late,
    /// More bytes than were asked for.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// The answer is not a success.
    #[error("answered with {0}")]
    Status(u16),
    /// The machine could not be spoken to.
    #[error("could not be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn unreachable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Refused {
    Refused::Unreachable(cause.into())
}

/// What is handed over to an address that an administrator has set.
pub struct Form {
    /// `name=value&…`, encoded already.
    pub body: String,
    /// The value of `Authorization`, where whoever asks shows who they are by it.
    pub authorization: Option<String>,
}

/// What was answered to a form, success or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormAnswer {
    /// The status.
    pub status: u16,
    /// The bytes.
    pub body: Bytes,
}

/// Goes out and fetches.
pub struct Egress {
    clock: Arc<dyn Clock>,
    /// Machines of our own networks that whoever runs the house lets be asked, at any port.
    reached: Vec<IpAddr>,
    names: Names,
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Egress {
    /// Asks public machines, and these of our own.
    pub fn new(clock: Arc<dyn Clock>, reached: Vec<IpAddr>) -> Self {
        Self { clock, reached, names: Names::System, tls: OnceLock::new() }
    }

    /// The bytes at an address, at most so many.
    pub async fn get(&self, address: &str, bytes_max: usize) -> Result<Bytes, Refused> {
        tokio::select! {
            fetched = self.follow(address, bytes_max) => fetched,
            () = self.clock.sleep(DONE_WITHIN) => Err(Refused::Late),
        }
    }

    /// Hands a form over and gives back what was answered, at most so many bytes. In the clear only to this machine.
    pub async fn post_form(&self, address: &str, form: &Form, bytes_max: usize) -> Result<FormAnswer, Refused> {
        let url = Url::parse(address).map_err(|_| Refused::Address("no address"))?;
        if url.scheme() != "https" && !is_this_machine(&url) {
            return Err(Refused::Address("would not be encrypted"));
        }
        let reply = tokio::select! {
            reply = self.speak(&url, request(&url, Some(form))?, bytes_max) => reply?,
            () = self.clock.sleep(DONE_WITHIN) => return Err(Refused::Late),
        };
        Ok(FormAnswer { status: reply.status.as_u16(), body: reply.body })
    }

    async fn follow(&self, address: &str, bytes_max: usize) -> Result<Bytes, Refused> {
        let mut url = Url::parse(address).map_err(|_| Refused::Address("no address"))?;
        for _ in 0..=REDIRECTS_MAX {
            match self.ask(&url, bytes_max).await? {
                Answer::Bytes(bytes) => return Ok(bytes),
                Answer::Elsewhere(place) => {
                    let next = url.join(&place).map_err(|_| Refused::Address("sent to no address"))?;
                    if url.scheme() == "https" && next.scheme() != "https" {
                        return Err(Refused::Address("sent from https to http"));
                    }
                    url = next;
                }
            }
        }
        Err(Refused::Redirects)
    }

    async fn ask(&self, url: &Url, bytes_max: usize) -> Result<Answer, Refused> {
        answer(self.speak(url, request(url, None)?, bytes_max).await?)
    }

    async fn speak(&self, url: &Url, request: Request<Full<Bytes>>, bytes_max: usize) -> Result<Reply, Refused> {
        let target = Target::of(url)?;
        let stream = tokio::select! {
            stream = self.connect(&target) => stream?,
            () = self.clock.sleep(CONNECT_WITHIN) => return Err(Refused::Late),
        };
        if target.is_tls {
            let name = ServerName::try_from(target.name()).map_err(unreachable)?;
            let stream = TlsConnector::from(self.tls()?).connect(name, stream).await.map_err(unreachable)?;
            exchange(stream, request, bytes_max).await
        } else {
            exchange(stream, request, bytes_max).await
        }
    }

    /// Resolves once, checks every answer, and connects to one that was checked.
    async fn connect(&self, target: &Target) -> Result<TcpStream, Refused> {
        let found = self.names.look_up(target).await?;
        let checked = reach::choose(&found, target.port, &self.reached)?;
        TcpStream::connect(SocketAddr::new(checked, target.port)).await.map_err(unreachable)
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Refused> {
        if let Some(known) = self.tls.get() {
            return Ok(known.clone());
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unreachable)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.tls.get_or_init(|| Arc::new(config)).clone())
    }
}

enum Answer {
    Bytes(Bytes),
    Elsewhere(String),
}

/// What came back to one request.
struct Reply {
    status: StatusCode,
    /// Where the answer sends us.
    place: Option<String>,
    /// Its bytes; none where they are not asked for.
    body: Bytes,
}

/// One request and its answer; the connection ends with it.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, bytes_max: usize) -> Result<Reply, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let is_form = request.method() == Method::POST;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    let asked = async move {
        let response = sender.send_request(request).await.map_err(unreachable)?;
        let status = response.status();
        let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok()).map(str::to_owned);
        let body = if is_form || status == StatusCode::OK { limited(response, bytes_max).await? } else { Bytes::new() };
        Ok(Reply { status, place, body })
    };
    // The connection carries the answer, and what ends it stands in the answer.
    let (reply, _) = tokio::join!(asked, connection);
    reply
}

fn request(url: &Url, form: Option<&Form>) -> Result<Request<Full<Bytes>>, Refused> {
    let path: Uri = url[url::Position::BeforePath..url::Position::AfterQuery].parse().map_err(unreachable)?;
    let request = Request::builder()
        .uri(path)
        .header(header::HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
        .header(header::USER_AGENT, WHO)
        .header(header::CONNECTION, "close");
    let Some(form) = form else {
        return request.header(header::ACCEPT, "*/*").body(Full::default()).map_err(unreachable);
    };
    let mut request = request
        .method(Method::POST)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(authorization) = &form.authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    request.body(Full::from(form.body.clone())).map_err(unreachable)
}

fn answer(reply: Reply) -> Result<Answer, Refused> {
    let Reply { status, place, body } = reply;
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return place.map(Answer::Elsewhere).ok_or(Refused::Status(status.as_u16()));
    }
    if status == StatusCode::OK { Ok(Answer::Bytes(body)) } else { Err(Refused::Status(status.as_u16())) }
}

async fn limited(response: Response<Incoming>, bytes_max: usize) -> Result<Bytes, Refused> {
    match Limited::new(response.into_body(), bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(cause) if cause.is::<http_body_util::LengthLimitError>() => Err(Refused::TooLarge(bytes_max)),
        Err(cause) => Err(Refused::Unreachable(cause)),
    }
}

/// Whether an address names this machine by its number.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(_)) | None => false,
    }
}

#[cfg(test)]
mod tests;
