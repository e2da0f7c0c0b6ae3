//! Where we go when others point: pure, but for the one question to the resolver.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::{Refused, unreachable};

/// Ports of the web. Others are open only on machines that whoever runs the house has named.
const PORTS: [u16; 2] = [80, 443];
/// Names that mean a machine of our own, whatever a resolver says of them.
const INNER_NAMES: [&str; 6] = ["localhost", "internal", "local", "lan", "home.arpa", "intranet"];

/// A machine to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub host: Host<String>,
    pub port: u16,
    pub is_tls: bool,
}

impl Target {
    /// The machine that an address names, unless the address itself says that it is none to be asked.
    pub(super) fn of(url: &Url) -> Result<Self, Refused> {
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(Refused::Address("neither http nor https")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Address("carries a name or a password"));
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                let is_within =
                    |zone: &str| name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                if name.is_empty() || INNER_NAMES.into_iter().any(is_within) {
                    return Err(Refused::Inner);
                }
                Host::Domain(name)
            }
            Some(Host::Ipv4(ip)) => Host::Ipv4(ip),
            Some(Host::Ipv6(ip)) => Host::Ipv6(ip),
            None => return Err(Refused::Address("names no machine")),
        };
        let port = url.port_or_known_default().ok_or(Refused::Address("names no port"))?;
        Ok(Self { host, port, is_tls })
    }

    /// The name that the machine's certificate must bear.
    pub(super) fn name(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        }
    }
}

/// Whom we ask where a name leads.
pub(super) enum Names {
    /// The machine's own resolver.
    System,
    /// Answers that a test gives, each to one question.
    #[cfg(test)]
    Told(std::sync::Mutex<std::collections::VecDeque<Vec<IpAddr>>>),
}

impl Names {
    /// Every address of the target.
    pub(super) async fn look_up(&self, target: &Target) -> Result<Vec<IpAddr>, Refused> {
        let name = match &target.host {
            Host::Ipv4(ip) => return Ok(vec![IpAddr::V4(*ip)]),
            Host::Ipv6(ip) => return Ok(vec![IpAddr::V6(*ip)]),
            Host::Domain(name) => name,
        };
        match self {
            Self::System => {
                let found = tokio::net::lookup_host((name.as_str(), target.port)).await.map_err(unreachable)?;
                Ok(found.map(|socket| socket.ip()).collect())
            }
            #[cfg(test)]
            Self::Told(told) => Ok(told.lock().expect("one test").pop_front().unwrap_or_default()),
        }
    }
}

/// The address to connect to. All of them must be ones that we go to: a name with a public and a private address is a
/// trick, and which of the two a connection takes is chance.
pub(super) fn choose(found: &[IpAddr], port: u16, reached: &[IpAddr]) -> Result<IpAddr, Refused> {
    let first = *found.first().ok_or_else(|| unreachable("the name leads nowhere"))?;
    if found.iter().all(|ip| reached.contains(ip)) {
        return Ok(first);
    }
    if !PORTS.contains(&port) {
        return Err(Refused::Address("a port that is not the web's"));
    }
    let is_open = |ip: &IpAddr| reached.contains(ip) || is_public(*ip);
    if found.iter().all(is_open) { Ok(first) } else { Err(Refused::Inner) }
}

/// Whether an address belongs to the public internet. One that carries another inside is what it carries.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match carried(ip) {
            Some(inside) => is_public_v4(inside),
            None => is_public_v6(ip),
        },
    }
}

/// The IPv4 address inside: mapped, compatible, NAT64, 6to4, Teredo.
fn carried(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let of = |high: u16, low: u16| Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0 | 0xffff] | [0, 0, 0, 0, 0xffff, 0] => of(g, h),
        [0x64, 0xff9b, 0, 0, 0, 0] => of(g, h),
        [0x2002, high, low, ..] => of(high, low),
        [0x2001, 0, ..] => of(!g, !h),
        _ => None,
    }
}

/// What the registry of special addresses leaves (RFC 6890 and its like).
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Of IPv6 only what is given out, without the parts that are kept for protocols and for books.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let is_given_out = a & 0xe000 == 0x2000;
    let is_special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || (a == 0x3fff && b < 0x1000);
    is_given_out && !is_special
}
