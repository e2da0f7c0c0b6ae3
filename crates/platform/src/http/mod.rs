//! HTTP for every domain: who is asking, what they may, what went wrong, in one place.
//!
//! A handler is handed a [`Ctx`], the [`May`](crate::access::May) that its action asks for, and its parsed
//! input. It calls one thing and shapes the answer.

mod answer;
mod ctx;
mod files;
pub mod house;
mod idempotency;
mod input;
mod limits;
mod live;
mod origin;
mod pictures;
mod porch;
mod problem;
mod queries;
mod serve;
mod shape;
mod tags;
mod unread;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use madoguchi_kernel::problem::Result;

pub use answer::{Answer, Limit, Listed, PAGE_ROWS_MAX, PageQuery, place};
pub use ctx::{Ctx, Signed};
pub use files::{FILES_OF_MESSAGES, SIGNED_FOR, Signature, SignedPath, to_be_saved};
pub use idempotency::forget_old as forget_old_idempotency_keys;
pub use input::{Body, IdPath, Input, Queried, WordPath, double, present, require_announced};
pub use live::live;
pub use origin::origin_of;
pub use pictures::Pictures;
pub use porch::{SESSION_COOKIE, Visit, doorstep, tenant_of_path, visited};
pub use problem::{Failure, ProblemView, status_of};
pub use queries::Queries;

/// What a handler gives back.
pub type Answered<T = Answer> = std::result::Result<T, Failure>;
pub use serve::{Serving, Tls, serve};
pub use shape::Unknown;
pub use tags::unless_known;

use crate::{access::Actor, blob::Blobs, egress::Egress, house::House, search::shelf::Shelf, secrets::Keys};

/// Routes of a domain, with their documentation.
pub type Routes = utoipa_axum::router::OpenApiRouter<App>;

/// What HTTP needs to know from the configuration.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The address under which people reach us, without a trailing slash, such as `https://desk.example.jp`.
    pub public_url: String,
    /// The origin of our pages, where somebody set it: only they may change anything.
    pub origin: Option<String>,
    /// An address of its own for files, without a trailing slash.
    pub files_origin: Option<String>,
    /// Largest body of a request that is not an upload, in bytes.
    pub body_bytes_max: usize,
    /// Largest upload, in bytes.
    pub upload_bytes_max: u64,
    /// Requests per second and caller, and how many at once; `None` for no limit.
    pub rate: Option<(f64, f64)>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Machines of our own networks that may be asked when an address from outside names them.
    pub reached_machines: Vec<IpAddr>,
    /// How long an answer to an Idempotency-Key is kept.
    pub idempotency_kept: Duration,
    /// How long an answer can be taken back, as people are told.
    pub undo_within: Duration,
    /// The server that is asked what stands in the DNS; the system's when absent.
    pub dns_server: Option<SocketAddr>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            origin: None,
            files_origin: None,
            body_bytes_max: 2 * 1024 * 1024,
            upload_bytes_max: 25 * 1024 * 1024,
            rate: None,
            trusted_proxies: Vec::new(),
            reached_machines: Vec::new(),
            idempotency_kept: Duration::from_secs(24 * 3600),
            undo_within: Duration::ZERO,
            dns_server: None,
        }
    }
}

/// What somebody shows at the door.
#[derive(Clone, Debug)]
pub struct Knock {
    /// The tenant that the URL names.
    pub tenant: Option<String>,
    /// `Authorization: Bearer …`
    pub bearer: Option<String>,
    /// The session cookie.
    pub session: Option<String>,
    /// Where they come from.
    pub ip: IpAddr,
    /// Whether a page asks by itself, without anybody before it: that is no use of a session.
    pub unattended: bool,
}

/// Recognizes who is asking. `Ok(None)` for nobody; what does not hold any more counts as nobody.
pub trait Doorman: Send + Sync + 'static {
    /// Looks at what is shown.
    fn recognize(&self, knock: Knock) -> BoxFuture<'_, Result<Option<Arc<Actor>>>>;
}

/// The state of every handler.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    house: House,
    doorman: Arc<dyn Doorman>,
    keys: Arc<Keys>,
    blobs: Blobs,
    settings: HttpSettings,
    limits: limits::Limits,
    egress: Arc<Egress>,
    shelf: Shelf,
}

impl App {
    /// Puts the parts together.
    pub fn new(house: House, doorman: Arc<dyn Doorman>, keys: Arc<Keys>, blobs: Blobs, settings: HttpSettings) -> Self {
        Self::with_shelf(house, doorman, (keys, blobs), settings, Shelf::nowhere())
    }
    /// The same, with a shelf on which things are found.
    pub fn with_shelf(
        house: House,
        doorman: Arc<dyn Doorman>,
        (keys, blobs): (Arc<Keys>, Blobs),
        settings: HttpSettings,
        shelf: Shelf,
    ) -> Self {
        let limits = limits::Limits::new(settings.rate);
        let egress = Arc::new(Egress::new(house.clock().clone(), settings.reached_machines.clone()));
        Self { inner: Arc::new(Inner { house, doorman, keys, blobs, settings, limits, egress, shelf }) }
    }
    /// Where things are found.
    pub fn shelf(&self) -> &Shelf {
        &self.inner.shelf
    }
    /// The house.
    pub fn house(&self) -> &House {
        &self.inner.house
    }
    /// The doorman.
    pub fn doorman(&self) -> &Arc<dyn Doorman> {
        &self.inner.doorman
    }
    /// The keys.
    pub fn keys(&self) -> &Arc<Keys> {
        &self.inner.keys
    }
    /// The files.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }
    /// The way on which what others name is fetched.
    pub fn egress(&self) -> &Arc<Egress> {
        &self.inner.egress
    }
    /// The settings.
    pub fn settings(&self) -> &HttpSettings {
        &self.inner.settings
    }
}
