//! A desk with its owner, and browsers and programs that talk to it over HTTP.

use std::{net::SocketAddr, ops::Deref, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderName, Method, Request, StatusCode, header},
    middleware,
};
use http_body_util::BodyExt;
use madoguchi_kernel::{Language, TenantId};
use madoguchi_people::{
    AgentId,
    auth::{
        self, Gate,
        actions::{Founded, Founding},
        password, views,
    },
    routes,
};
use madoguchi_platform::{
    access::{Actor, May, Right, Walls},
    blob::Blobs,
    db::Engine,
    house::{
        fact::{self, FactRow},
        feed,
    },
    http::{App, HttpSettings, tenant_of_path, visited},
    secrets::{Keys, Secret},
    testing::{OnEngine, TestHouse},
};
use serde_json::{Value, json};
use tower::ServiceExt;

/// The owner's address and password.
pub const OWNER: &str = "owner@sample.co.jp";
pub const PASSWORD: &str = "asa no madoguchi wa shizuka";
pub const HOST: &str = "desk.test";

/// A desk.
pub struct Desk {
    house: TestHouse,
    router: Router,
    hash: String,
    pub founded: Founded,
}

impl Deref for Desk {
    type Target = TestHouse;
    fn deref(&self) -> &TestHouse {
        &self.house
    }
}

impl OnEngine for Desk {
    async fn on(engine: Engine) -> Self {
        let house = TestHouse::with(engine, auth::furnish).await;
        let hash = password::hash(&Secret::new(PASSWORD.to_owned())).await.expect("hashed");
        let founded = auth::actions::found(&house, founding("sample", OWNER, &hash)).await.expect("founded");
        let router = router(&house);
        Self { house, router, hash, founded }
    }
}

/// The routes behind the porch, with a gate of their own.
pub fn router(house: &TestHouse) -> Router {
    let keys = Arc::new(Keys::new([7; 32]));
    let blobs = Blobs::open(&house.dir().join("blobs"), "a", keys.clone()).expect("a folder for files");
    let gate = Arc::new(Gate::new(house.house()));
    let settings = HttpSettings { public_url: format!("https://{HOST}"), ..HttpSettings::default() };
    let app = App::new(house.house(), gate, keys, blobs, settings);
    let (routes, _) = routes().split_for_parts();
    routes.layer(middleware::from_fn_with_state(app.clone(), visited)).with_state(app)
}

fn founding(slug: &str, email: &str, hash: &str) -> Founding {
    Founding {
        tenant_name: format!("{slug} 株式会社"),
        slug: slug.parse().expect("a slug"),
        name: "窓口 花子".to_owned(),
        email: email.parse().expect("an address"),
        password_hash: hash.to_owned(),
        language: Language::Ja,
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub body: Value,
    pub bytes: Vec<u8>,
    pub cookie: Option<String>,
    pub etag: Option<String>,
}

impl Reply {
    /// The problem's code.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
    /// The tag without the hash of the answer.
    pub fn revision_tag(&self) -> Option<String> {
        let (revision, _) = self.etag.as_deref()?.split_once('.')?;
        Some(format!("{revision}\""))
    }
    /// The id in the body.
    pub fn id(&self) -> i64 {
        self.body["id"].as_i64().unwrap_or_else(|| panic!("no id in {self:?}"))
    }
    /// Fails unless the status is this.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }
    /// The word in the cookie that was set.
    pub fn word(&self) -> String {
        let cookie = self.cookie.as_deref().unwrap_or_else(|| panic!("no cookie in {self:?}"));
        cookie.split(['=', ';']).nth(1).expect("a value").to_owned()
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    Nobody,
    Browser(String),
    Program(String),
}

/// The door of a house, whatever desks are in it.
pub struct Door {
    router: Router,
}

impl Door {
    pub fn new(router: Router) -> Self {
        Self { router }
    }
    pub fn nobody(&self) -> Client {
        self.caller_at(None, Caller::Nobody)
    }
    pub fn caller_at(&self, slug: Option<&str>, caller: Caller) -> Client {
        Client {
            router: self.router.clone(),
            slug: slug.map(str::to_owned),
            caller,
            more: Vec::new(),
            ip: [127, 0, 0, 1],
        }
    }
}

/// A caller at a desk.
#[derive(Clone)]
pub struct Client {
    router: Router,
    slug: Option<String>,
    caller: Caller,
    more: Vec<(HeaderName, String)>,
    ip: [u8; 4],
}

impl Client {
    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, Some(body)).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::PATCH, path, Some(body)).await
    }
    pub async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path, None).await
    }
    /// The same with an If-Match.
    pub fn having_seen(&self, revision: i64) -> Self {
        self.saying(header::IF_MATCH, &format!("\"{revision}\""))
    }
    /// The same with a further header.
    pub fn saying(&self, name: HeaderName, value: &str) -> Self {
        let mut other = self.clone();
        other.more.push((name, value.to_owned()));
        other
    }
    /// The same with a key, so that a repeated POST is known.
    pub fn once(&self, key: &str) -> Self {
        self.saying(HeaderName::from_static("idempotency-key"), key)
    }
    /// The same from another place.
    pub fn from(&self, ip: [u8; 4]) -> Self {
        Self { ip, ..self.clone() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let path = match &self.slug {
            Some(slug) => format!("/t/{slug}/api/v1{path}"),
            None => format!("/api/v1{path}"),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::ORIGIN, format!("https://{HOST}"))
            .header(header::ACCEPT_LANGUAGE, "en");
        request = match &self.caller {
            Caller::Nobody => request,
            Caller::Browser(word) => request.header(header::COOKIE, format!("madoguchi_session={word}")),
            Caller::Program(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        };
        for (name, value) in &self.more {
            request = request.header(name, value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request = request.extension(ConnectInfo(SocketAddr::from((self.ip, 40_000))));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = tenant_of_path(request.body(body).expect("a request"));
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let text = |name| response.headers().get(name).map(|value| value.to_str().expect("ASCII").to_owned());
        let (cookie, etag, status) = (text(header::SET_COOKIE), text(header::ETAG), response.status());
        let bytes = response.into_body().collect().await.expect("a body").to_bytes().to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status, body, bytes, cookie, etag }
    }
}

impl Desk {
    /// The desk's tenant.
    pub fn desk(&self) -> TenantId {
        self.founded.tenant
    }
    /// A caller at this desk.
    pub fn caller(&self, caller: Caller) -> Client {
        self.caller_at(Some("sample"), caller)
    }
    /// A caller at a desk, or at none.
    pub fn caller_at(&self, slug: Option<&str>, caller: Caller) -> Client {
        Client {
            router: self.router.clone(),
            slug: slug.map(str::to_owned),
            caller,
            more: Vec::new(),
            ip: [127, 0, 0, 1],
        }
    }
    /// Nobody in particular.
    pub fn nobody(&self) -> Client {
        self.caller(Caller::Nobody)
    }
    /// Tries to sign in.
    pub async fn try_sign_in(&self, email: &str, password: &str) -> Reply {
        self.nobody().post("/session", json!({ "email": email, "password": password })).await
    }
    /// Signs in.
    pub async fn sign_in(&self, email: &str) -> Client {
        let word = self.try_sign_in(email, PASSWORD).await.expect(200).word();
        self.caller(Caller::Browser(word))
    }
    /// The owner's browser.
    pub async fn owner(&self) -> Client {
        self.sign_in(OWNER).await
    }
    /// Another desk in the same house.
    pub async fn another_desk(&self, slug: &str, email: &str) -> Founded {
        auth::actions::found(self, founding(slug, email, &self.hash)).await.expect("founded")
    }
    /// Lets somebody join with these roles; their browser, and who they are.
    pub async fn join(&self, owner: &Client, email: &str, roles: &[&str]) -> (Client, AgentId) {
        let made = owner.post("/invitations", json!({ "email": email, "roles": roles })).await.expect(201);
        let token = token_of(&made);
        let accept = json!({ "token": token, "name": "担当 太郎", "password": PASSWORD });
        let joined = self.nobody().post("/invitations/accept", accept).await.expect(200);
        let agent = joined.body["agent"]["id"].as_i64().expect("an id");
        (self.caller(Caller::Browser(joined.word())), AgentId::new(agent))
    }
    /// The owner as an actor.
    pub async fn actor(&self) -> Arc<Actor> {
        let Founded { tenant, agent, .. } = self.founded;
        self.read(tenant, async move |tx| views::agent_actor(tx, tenant, agent).await).await.expect("the owner")
    }
    /// The proof that the owner may do it.
    pub async fn may<R: Right>(&self) -> May<R> {
        self.actor().await.may().expect("the owner may do everything")
    }
    /// The facts of a stream.
    pub async fn facts(&self, stream: i64) -> Vec<FactRow> {
        let tenant = self.desk();
        self.read(tenant, async move |tx| fact::stream(tx, tenant, stream, 0, 1000).await).await.expect("facts")
    }
    /// The values of all facts of a kind.
    pub async fn told(&self, kind: &'static str) -> Vec<String> {
        let (tenant, walls) = (self.desk(), Walls::All);
        self.settle().await.expect("settled");
        let entries = self.read(tenant, async move |tx| feed::after(tx, tenant, &walls, 0, 500).await).await;
        let entries = entries.expect("the feed").into_iter();
        entries.filter(|entry| entry.fact.kind == kind).map(|entry| entry.fact.data).collect()
    }
    /// What happened to a stream, by the facts' kinds.
    pub async fn story(&self, stream: i64) -> Vec<String> {
        let facts = self.facts(stream).await;
        assert!(facts.iter().zip(1..).all(|(fact, seq)| fact.seq == seq), "counted without a gap");
        facts.into_iter().map(|fact| fact.kind).collect()
    }
}

/// The token of an invitation's link.
pub fn token_of(made: &Reply) -> String {
    let link = made.body["link"].as_str().expect("a link");
    assert!(link.starts_with("https://desk.test/t/sample/invitation#token="), "{link}");
    link.split_once("#token=").expect("a token").1.to_owned()
}
