//! Letters that other servers hand to us: by SMTP from everybody, by LMTP from servers of our own.
//!
//! A letter is answered with 250 after the commit of its rows, never before; what is refused leaves nothing behind. Only
//! letters for mailboxes of ours are taken: nothing is relayed, and nobody learns which addresses there are but by
//! writing to them.

mod body;
mod command;
mod identity;
mod line;
mod parcel;
mod recipients;
mod reply;
mod session;

use std::{fs, net::SocketAddr, sync::Arc};

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    config::MailReception,
    house::House,
    network::Network,
    sockets::{self, Bound, Crowd},
};

pub use self::session::{RECIPIENTS_MAX, REFUSALS_MAX, TENANTS_MAX};
use self::{identity::Identity, line::Line, session::Session};
use super::{provenance::Protocol, tools::Tools};

/// Sockets that are bound, and what is needed to answer there.
pub struct Reception {
    sockets: Vec<(Protocol, Bound)>,
    hostname: String,
    identity: Option<Identity>,
    crowd: Crowd,
    trusted: Vec<Network>,
}

/// What a visit needs.
pub(super) struct Host {
    house: House,
    tools: Arc<Tools>,
    hostname: String,
    identity: Option<Identity>,
    crowd: Crowd,
    trusted: Vec<Network>,
}

impl Reception {
    /// Binds what the settings name; nobody is answered yet.
    pub fn bind(settings: &MailReception) -> Result<Self> {
        let named = [(Protocol::Smtp, settings.smtp_listen), (Protocol::Lmtp, settings.lmtp_listen)];
        let mut sockets = Vec::new();
        for (protocol, address) in named {
            if let Some(address) = address {
                sockets.push((protocol, Bound::bind(address).map_err(|problem| taken(address, problem))?));
            }
        }
        let identity = settings.tls.as_ref().filter(|_| !sockets.is_empty()).map(Identity::read).transpose()?;
        let crowd = Crowd::new(
            settings.connections_max,
            settings.connections_per_machine_max,
            settings.trusted_networks.clone(),
        );
        Ok(Self {
            sockets,
            hostname: name_of_host(settings),
            identity,
            crowd,
            trusted: settings.trusted_networks.clone(),
        })
    }

    /// Where it was bound, protocol by protocol.
    pub fn addresses(&self) -> Result<Vec<(Protocol, SocketAddr)>> {
        self.sockets.iter().map(|(protocol, bound)| Ok((*protocol, bound.address()?))).collect()
    }

    /// Answers from now on, until the house stops.
    pub fn open(self, house: &House, tools: &Arc<Tools>) -> Result<()> {
        let Self { sockets, hostname, identity, crowd, trusted } = self;
        let (at, tools) = (house.clone(), tools.clone());
        let host = Arc::new(Host { house: at, tools, hostname, identity, crowd: crowd.clone(), trusted });
        for (protocol, bound) in sockets {
            let host = host.clone();
            sockets::answer(house, bound, crowd.clone(), reply::FULL, move |stream, peer| {
                let host = host.clone();
                async move {
                    // Answers are short, and each is waited for.
                    if let Err(error) = stream.set_nodelay(true) {
                        return tracing::debug!(%error, "A client hung up");
                    }
                    let line = Line::new(&host.house, Box::new(stream));
                    Session::new(host, protocol, peer.ip()).run(line).await;
                }
            })?;
        }
        Ok(())
    }
}

fn taken(address: SocketAddr, problem: Problem) -> Problem {
    let reason = problem.cause.map_or_else(String::new, |cause| cause.to_string());
    Problem::new(Kind::Unavailable, "listen.failed").with("address", address).with("reason", reason)
}

/// Our name among mail servers: the one that was said, else the one that the kernel has; a machine without a name is one
/// of many.
pub fn name_of_host(settings: &MailReception) -> String {
    if let Some(said) = &settings.hostname {
        return said.clone();
    }
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}
