//! Parts of the network, as settings name them: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`.

use std::{fmt, net::IpAddr, str::FromStr};

/// Machines whose addresses begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether the machine is one of it. An IPv4 address is the same however it is written.
    pub fn has(&self, machine: IpAddr) -> bool {
        match (self.address.to_canonical(), machine.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => begin_alike(ours.to_bits(), theirs.to_bits(), self.bits),
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differ = ours.to_bits() ^ theirs.to_bits();
                self.bits == 0 || differ >> (128 - self.bits) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn begin_alike(ours: u32, theirs: u32, bits: u32) -> bool {
    bits == 0 || (ours ^ theirs) >> (32 - bits) == 0
}

impl fmt::Display for Network {
    /// As settings name it; a single machine without its bits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = if self.address.is_ipv4() { 32 } else { 128 };
        if self.bits == most { write!(f, "{}", self.address) } else { write!(f, "{}/{}", self.address, self.bits) }
    }
}

/// It is not written as a part of the network is.
#[derive(Debug, PartialEq, Eq)]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;
    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| NotANetwork))?;
        if bits <= most { Ok(Self { address, bits }) } else { Err(NotANetwork) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_in_a_network_or_not() {
        for (network, machine, expected) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
        ] {
            let found = network.parse::<Network>().expect("a network").has(machine.parse().expect("an address"));
            assert_eq!(found, expected, "{machine} in {network}");
        }
        for wrong in ["", "10.0.0.0/33", "2001:db8::/129", "10/8", "10.0.0.0/", "desk.example.jp"] {
            assert_eq!(wrong.parse::<Network>(), Err(NotANetwork), "{wrong}");
        }
    }
}
