//! Settings: one file in TOML, and the environment, which goes first. Everything has a sound value when
//! nobody says anything, so that the program starts with nothing.

mod entries;
mod read;
mod reference;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use madoguchi_kernel::{
    Problem,
    era::Eras,
    problem::{Kind, Result},
};

pub use entries::{FILE_VARIABLE, ROOT_KEY_VARIABLE};
pub use read::{Fault, Place, Wrong};
pub use reference::reference;

use crate::{
    db::{PostgresSettings, SqliteSettings},
    http::{HttpSettings, Tls, origin_of},
    network::Network,
    secrets::{Keys, Secret},
};

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens and keeps its files.
    pub server: Server,
    /// Where it keeps its rows.
    pub database: Database,
    /// Where its root key is.
    pub secrets: Secrets,
    /// Limits of HTTP.
    pub http: Http,
    /// Limits of mail.
    pub mail: Mail,
    /// What it says about its work.
    pub log: Log,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// The folder of the files, when it is not in the data folder.
    pub files: Option<PathBuf>,
    /// The folder of the dictionary, when it is not in the data folder.
    pub dictionary: Option<PathBuf>,
    /// The address under which people reach us, without a trailing slash.
    pub public_url: Option<String>,
    /// An address of its own for files, without a trailing slash.
    pub files_origin: Option<String>,
    /// The eras by which days may be written.
    pub eras: Eras,
    /// How long work under way is waited for when the server stops.
    pub stop_within: Duration,
}

/// Which engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseEngine {
    /// A file in the data folder.
    Sqlite,
    /// A server.
    Postgres,
}

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    /// Which engine.
    pub engine: DatabaseEngine,
    /// Where PostgreSQL is.
    pub url: Option<Secret<String>>,
    /// The authority that signed PostgreSQL's certificate.
    pub ca_file: Option<PathBuf>,
    /// Connections to PostgreSQL.
    pub connections: usize,
    /// Connections that read SQLite.
    pub readers: usize,
    /// Page cache of SQLite's writer.
    pub cache_mib: u32,
}

/// `[secrets]`
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The file of the root key, when it is not in the data folder.
    pub root_key_file: Option<PathBuf>,
    /// The root key itself, from the environment.
    pub root_key: Option<Secret<String>>,
}

/// `[http]`
#[derive(Clone, Debug)]
pub struct Http {
    /// Largest body of a request that is not an upload.
    pub body_kib_max: usize,
    /// Largest upload.
    pub upload_mib_max: u64,
    /// Requests per second and caller; 0 for no limit.
    pub requests_per_second: u32,
    /// Requests of a caller at once, before the limit per second counts.
    pub requests_at_once: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Machines of our own networks that may be asked when an address from outside names them.
    pub reached_machines: Vec<IpAddr>,
    /// Certificate and key, for TLS without a proxy.
    pub tls: Option<Tls>,
    /// How long an answer to an Idempotency-Key is kept.
    pub idempotency_hours: u64,
    /// Who may read the figures at `/metrics`.
    pub metrics: MetricsFor,
}

/// Who may read the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsFor {
    /// Programs on the same machine.
    Local,
    /// Everybody who reaches us.
    Everyone,
    /// Nobody.
    Nobody,
}

/// `[mail]`
#[derive(Clone, Debug)]
pub struct Mail {
    /// How often a mailbox without IDLE is asked.
    pub poll_every: Duration,
    /// How long what a person wrote waits before it leaves.
    pub undo_within: Duration,
    /// Largest letter that is taken in.
    pub letter_bytes_max: u64,
    /// How other servers hand letters to us.
    pub reception: MailReception,
    /// How we know who vouches for a letter.
    pub vouching: MailVouching,
}

/// The part of `[mail]` about letters that other servers hand to us.
#[derive(Clone, Debug)]
pub struct MailReception {
    /// Where everybody hands letters over, by SMTP.
    pub smtp_listen: Option<SocketAddr>,
    /// Where our own servers do, by LMTP.
    pub lmtp_listen: Option<SocketAddr>,
    /// Our name among mail servers.
    pub hostname: Option<String>,
    /// Certificate and key for STARTTLS.
    pub tls: Option<Tls>,
    /// Connections at once.
    pub connections_max: usize,
    /// Connections of one machine at once.
    pub connections_per_machine_max: usize,
    /// Machines of our own that hand on what came to them.
    pub trusted_networks: Vec<Network>,
}

/// The part of `[mail]` about SPF, DKIM, DMARC and ARC.
#[derive(Clone, Debug)]
pub struct MailVouching {
    /// Whether DNS is asked.
    pub is_on: bool,
    /// The resolver that is asked instead of the system's.
    pub dns_server: Option<SocketAddr>,
    /// The names under which servers of our own write `Authentication-Results`.
    pub authserv_ids: Vec<String>,
    /// The domains whose seals on letters that they handed on are believed.
    pub arc_sealers: Vec<String>,
}

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// `[log]`
#[derive(Clone, Debug)]
pub struct Log {
    /// From which level on.
    pub level: String,
    /// How.
    pub format: LogFormat,
}

const MIB: u64 = 1024 * 1024;

impl Config {
    /// From the text of a file, if there is one, and the environment. Everything that is wrong is told at once.
    pub fn read(
        text: Option<&str>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<Fault>> {
        read::config(text.unwrap_or_default(), environment)
    }

    /// When nobody says anything.
    pub fn sound() -> Self {
        Self::read(None, []).expect("the settings of the list are sound")
    }

    /// The address under which people reach us.
    pub fn public_url(&self) -> String {
        let scheme = if self.http.tls.is_some() { "https" } else { "http" };
        self.server.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", self.server.listen))
    }

    /// Where the rows are, on SQLite.
    pub fn sqlite(&self) -> SqliteSettings {
        let Database { readers, cache_mib, .. } = self.database;
        SqliteSettings { path: self.server.data.join("madoguchi.sqlite"), readers, cache_kib: cache_mib * 1024 }
    }

    /// Where the rows are, on PostgreSQL.
    pub fn postgres(&self) -> PostgresSettings {
        let url = self.database.url.as_ref().map(|url| url.reveal().clone()).unwrap_or_default();
        PostgresSettings { url, connections: self.database.connections, ca_file: self.database.ca_file.clone() }
    }

    /// What HTTP needs to know.
    pub fn http(&self) -> HttpSettings {
        let per_second = f64::from(self.http.requests_per_second);
        HttpSettings {
            public_url: self.public_url(),
            origin: self.server.public_url.as_deref().map(origin_of),
            files_origin: self.server.files_origin.clone(),
            body_bytes_max: self.http.body_kib_max * 1024,
            upload_bytes_max: self.http.upload_mib_max * MIB,
            rate: (per_second > 0.0).then_some((per_second, f64::from(self.http.requests_at_once))),
            trusted_proxies: self.http.trusted_proxies.clone(),
            reached_machines: self.http.reached_machines.clone(),
            idempotency_kept: Duration::from_secs(self.http.idempotency_hours * 3600),
            undo_within: self.mail.undo_within,
            dns_server: self.mail.vouching.dns_server,
        }
    }

    /// Where the search index is: it is made from the rest.
    pub fn search(&self) -> PathBuf {
        self.server.data.join("search")
    }

    /// Where the dictionary is.
    pub fn dictionary(&self) -> PathBuf {
        self.server.dictionary.clone().unwrap_or_else(|| self.search().join("dictionary"))
    }

    /// Where the files are.
    pub fn files(&self) -> PathBuf {
        self.server.files.clone().unwrap_or_else(|| self.server.data.join("files"))
    }

    /// Where the root key is kept, when it is not in the environment.
    pub fn root_key_file(&self) -> PathBuf {
        self.secrets.root_key_file.clone().unwrap_or_else(|| self.server.data.join("root.key"))
    }

    /// Whether there is no root key yet, so that [`Self::keys`] would make one.
    pub fn root_key_is_missing(&self) -> bool {
        self.secrets.root_key.is_none() && !self.root_key_file().exists()
    }

    /// The keys: from the environment, else from the file, which is made when it is not there.
    pub fn keys(&self) -> Result<Arc<Keys>> {
        let (keys, place) = match &self.secrets.root_key {
            Some(text) => (Keys::from_text(text.reveal()), ROOT_KEY_VARIABLE.to_owned()),
            None => {
                let file = self.root_key_file();
                (Keys::from_file(&file), file.display().to_string())
            }
        };
        let unreadable =
            |problem: Problem| Problem::new(Kind::Invalid, "root_key.unreadable").with("place", place).because(problem);
        keys.map(Arc::new).map_err(unreadable)
    }
}

#[cfg(test)]
mod tests;
