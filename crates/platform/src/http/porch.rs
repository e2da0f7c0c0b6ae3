//! The porch: what every request passes on its way in and out. It finds the tenant in the URL, lets the
//! doorman look, keeps limits, refuses foreign pages, and gives every problem its words.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use madoguchi_kernel::{
    Language, Problem,
    problem::{Kind, Result},
};
use sha2::{Digest, Sha256};

use super::{
    App, Knock,
    files::is_out_of_place,
    idempotency::{Claim, KEY_CHARACTERS_MAX},
    input::whole,
    origin::require_own,
    problem::{Failure, worded, written},
    tags::unless_known,
};
use crate::{access::Actor, house::fact::ActorKind, secrets};

/// The session cookie; its path is the tenant's.
pub const SESSION_COOKIE: &str = "madoguchi_session";
/// What a page says that asks by itself, without anybody before it.
const UNATTENDED: &str = "x-unattended";
/// The longest path and query, in bytes.
const URI_BYTES_MAX: usize = 8 * 1024;

/// Who is asking, and where from.
#[derive(Debug)]
pub struct Visit {
    /// Whom the doorman recognized.
    pub who: Option<Arc<Actor>>,
    /// The tenant that the URL names.
    pub tenant: Option<String>,
    /// The language to answer in.
    pub language: Language,
    /// Where they come from.
    pub ip: IpAddr,
    /// Their browser or program, as it says.
    pub user_agent: String,
    /// Whether the request came over TLS, here or at a trusted proxy.
    pub secure: bool,
    /// The Idempotency-Key of a POST.
    pub claim: Option<Claim>,
}

impl Visit {
    /// Who; 401 for nobody.
    pub fn actor(&self) -> Result<&Arc<Actor>> {
        self.who.as_ref().ok_or_else(|| Problem::new(Kind::Unauthenticated, "auth.required"))
    }
}

/// The tenant's slug of a path that a tenant's URL had.
#[derive(Clone)]
struct TenantInPath(String);

/// Takes `/t/{slug}` off paths of the API, so that one set of routes serves both doors.
pub fn tenant_of_path(mut request: Request) -> Request {
    let path = request.uri().path();
    let Some((slug, rest)) = path.strip_prefix("/t/").and_then(|rest| rest.split_once('/')) else { return request };
    if !rest.starts_with("api/") {
        return request;
    }
    let slug = TenantInPath(slug.to_owned());
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    // The rest stays as it is: over HTTP/2 the URI says which host was meant.
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("/{rest}{query}").parse().ok();
    if let (true, Ok(uri)) = (parts.path_and_query.is_some(), Uri::from_parts(parts)) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(slug);
    }
    request
}

/// What every request passes, to the API or not: the address of files shows nothing else, and what was refused
/// without a word is said in the caller's language.
pub async fn doorstep(State(app): State<App>, request: Request, next: Next) -> Response {
    let language = accepted(request.headers());
    let response = if is_out_of_place(&app, &request) {
        Failure(Problem::not_found()).into_response()
    } else {
        next.run(request).await
    };
    worded(response, language)
}

/// What every request to the API passes.
pub async fn visited(State(app): State<App>, request: Request, next: Next) -> Response {
    let request_id = request_id(request.headers());
    let mut language = accepted(request.headers());
    let method = request.method().clone();
    let conditions = request.headers().contains_key(header::IF_NONE_MATCH).then(|| request.headers().clone());
    let response = match arrive(&app, request, &mut language).await {
        // A panic is a mistake of ours: it is logged with its place by the hook, and the caller hears what everybody
        // hears when something broke.
        Ok(request) => AssertUnwindSafe(next.run(request))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Failure(Problem::broken("a handler panicked")).into_response()),
        Err(problem) => Failure(problem).into_response(),
    };
    let response = match conditions {
        Some(asked) => unless_known(&method, &asked, response),
        None => response,
    };
    let mut response = written(response, language, &request_id);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert("x-request-id", id);
    }
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    tracing::debug!(%method, status = response.status().as_u16(), request_id, "Answered");
    response
}

/// Lets the request in; `language` becomes that of whoever was recognized, also when they are refused.
async fn arrive(app: &App, request: Request, language: &mut Language) -> Result<Request> {
    let (mut parts, mut body) = request.into_parts();
    if parts.uri.path_and_query().is_some_and(|asked| asked.as_str().len() > URI_BYTES_MAX) {
        return Err(Problem::new(Kind::UriTooLong, "uri.too_long").with("limit_bytes", URI_BYTES_MAX));
    }
    let headers = &parts.headers;
    let peer =
        parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    let trusted = app.settings().trusted_proxies.contains(&peer);
    let ip = if trusted { forwarded_for(headers, &app.settings().trusted_proxies).unwrap_or(peer) } else { peer };
    let secure = app.settings().public_url.starts_with("https://");
    let tenant = parts.extensions.get::<TenantInPath>().map(|tenant| tenant.0.clone());
    let bearer = text(headers, header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let session = if bearer.is_none() { cookie(headers, SESSION_COOKIE) } else { None };
    // A browser always says where an unsafe request comes from; a program never does. So a page of another site
    // can neither use our cookie nor give somebody one of its own.
    let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && (session.is_some() || (bearer.is_none() && headers.contains_key(header::ORIGIN))) {
        require_own(app.settings(), &parts.uri, headers)?;
    }
    let unattended = headers.contains_key(UNATTENDED);
    let who = app.doorman().recognize(Knock { tenant: tenant.clone(), bearer, session, ip, unattended }).await?;
    // A person reads their own language; a program says for whom it asks.
    let speaks = text(headers, header::ACCEPT_LANGUAGE).and_then(Language::accepted);
    *language = match &who {
        Some(who) if who.kind != ActorKind::Token => who.language,
        Some(who) => speaks.unwrap_or(who.language),
        None => speaks.unwrap_or_default(),
    };
    // Whoever is not known shares the limit of their address: made-up tokens open no bucket of their own.
    let caller =
        who.as_ref().map_or_else(|| ip.to_string(), |who| format!("{:?}/{:?}/{:?}", who.tenant, who.kind, who.id));
    if let Err(seconds) = app.inner.limits.take(&caller, app.house().clock().now()) {
        return Err(Problem::new(Kind::TooMany, "rate_limited").with("seconds", seconds));
    }
    let claim = claim_of(app, &parts, who.as_deref(), &mut body).await?;
    let language = *language;
    let user_agent = text(headers, header::USER_AGENT).unwrap_or_default().chars().take(300).collect();
    let visit = Visit { who, tenant, language, ip, user_agent, secure, claim };
    parts.extensions.insert(Arc::new(visit));
    Ok(Request::from_parts(parts, body))
}

/// What a POST's Idempotency-Key claims: whose it is, and which request it came with.
async fn claim_of(app: &App, parts: &Parts, who: Option<&Actor>, body: &mut Body) -> Result<Option<Claim>> {
    let headers = &parts.headers;
    let key = text(headers, "idempotency-key").map(str::to_owned);
    let mut claim = None;
    if let (Some(key), Some(who), &Method::POST) = (key, who, &parts.method) {
        if key.is_empty() || key.chars().count() > KEY_CHARACTERS_MAX {
            return Err(Problem::new(Kind::Malformed, "idempotency.key"));
        }
        // An upload is told apart by its name, kind and size: it streams past, so its content is not known yet; who stores
        // it adds its hash (`Ctx::post_of`).
        let bytes = if parts.uri.path().ends_with("/attachments") {
            axum::body::Bytes::new()
        } else {
            whole(std::mem::replace(body, Body::empty()), app.settings().body_bytes_max).await?
        };
        let mut request = Sha256::new();
        let asked = parts.uri.path_and_query().map_or("", |asked| asked.as_str());
        let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default();
        let size = text(headers, header::CONTENT_LENGTH).unwrap_or_default();
        for part in [asked.as_bytes(), kind.as_bytes(), size.as_bytes(), &bytes] {
            request.update(part);
            request.update([0]);
        }
        let request = request.finalize().to_vec();
        let actor = format!("{:?}/{}", who.kind, who.id.unwrap_or_default());
        claim = Some(Claim { actor, key, request });
        if !bytes.is_empty() {
            *body = Body::from(bytes);
        }
    }
    Ok(claim)
}

/// The last address that is not a trusted proxy's own: those before it may be made up.
fn forwarded_for(headers: &HeaderMap, trusted: &[IpAddr]) -> Option<IpAddr> {
    let list = text(headers, "x-forwarded-for")?;
    list.rsplit(',').filter_map(|item| item.trim().parse().ok()).find(|ip| !trusted.contains(ip))
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

pub(super) fn accepted(headers: &HeaderMap) -> Language {
    text(headers, header::ACCEPT_LANGUAGE).and_then(Language::accepted).unwrap_or_default()
}

/// The caller's id for this request if it is a short plain word, otherwise one of ours.
fn request_id(headers: &HeaderMap) -> String {
    let given = text(headers, "x-request-id")
        .filter(|id| !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    given.map_or_else(secrets::random_word, str::to_owned)
}
