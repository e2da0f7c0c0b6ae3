//! Asking DNS what domains say of themselves; where a machine is, is the system's matter. Answers are remembered for as long as they say.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    net::runtime::TokioRuntimeProvider,
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
        let (config, mut options) = match server {
            Some(server) => (only(server), ResolverOpts::default()),
            None => system_conf::read_system_conf().map_err(Problem::broken)?,
        };
        options.timeout = ANSWERED_WITHIN;
        options.attempts = ATTEMPTS;
        options.cache_size = REMEMBERED_MAX;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        Ok(Self(builder.with_options(options).build().map_err(Problem::broken)?))
    }

    /// For a library that asks by itself.
    pub fn inner(&self) -> TokioResolver {
        self.0.clone()
    }
}

fn only(server: SocketAddr) -> ResolverConfig {
    let at = |mut connection: ConnectionConfig| {
        connection.port = server.port();
        connection
    };
    let connections = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections)])
}
