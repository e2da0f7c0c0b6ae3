//! Asking DNS what domains say of themselves; where a machine is, is the system's matter. Answers are remembered for as long as they say.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{Name, RData},
    system_conf,
};
use madoguchi_kernel::{Problem, problem::Result};

/// How long one server may take to answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);
/// How often it is asked.
const ATTEMPTS: usize = 2;
/// Answers that are remembered.
const REMEMBERED_MAX: u64 = 10_000;

/// Whom we ask.
#[derive(Clone)]
pub struct Resolver(TokioResolver);

impl Resolver {
    /// The servers that the system names, or this one.
    pub fn new(server: Option<SocketAddr>) -> Result<Self> {
        Self::remembering(server, REMEMBERED_MAX)
    }

    fn remembering(server: Option<SocketAddr>, answers_max: u64) -> Result<Self> {
        let (config, mut options) = match server {
            Some(server) => (only(server), ResolverOpts::default()),
            None => system_conf::read_system_conf().map_err(Problem::broken)?,
        };
        options.timeout = ANSWERED_WITHIN;
        options.attempts = ATTEMPTS;
        options.cache_size = answers_max;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        Ok(Self(builder.with_options(options).build().map_err(Problem::broken)?))
    }

    /// The same servers, and nothing remembered: for whoever looks whether something has come.
    pub fn forgetful(server: Option<SocketAddr>) -> Result<Self> {
        Self::remembering(server, 0)
    }

    /// The texts (TXT) of a name, each whole; none where there is no such name. An error when nobody answers.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>> {
        let name = Name::from_str_relaxed(format!("{}.", name.trim_end_matches('.'))).map_err(Problem::broken)?;
        match self.0.txt_lookup(name).await {
            Ok(found) => Ok(found.answers().iter().filter_map(|record| text_of(&record.data)).collect()),
            Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(Vec::new()),
            Err(error) => Err(Problem::broken(error)),
        }
    }

    /// For a library that asks by itself.
    pub fn inner(&self) -> TokioResolver {
        self.0.clone()
    }
}

/// A text of several pieces is one (RFC 7208 section 3.3).
fn text_of(data: &RData) -> Option<String> {
    let RData::TXT(text) = data else { return None };
    Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned())
}

fn only(server: SocketAddr) -> ResolverConfig {
    let at = |mut connection: ConnectionConfig| {
        connection.port = server.port();
        connection
    };
    let connections = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections)])
}
