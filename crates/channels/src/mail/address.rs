//! Addresses as they go over the wire. Pure.

use std::borrow::Cow;

use madoguchi_kernel::written_address;

/// An address as SMTP and a letter's head carry it. A domain that is not ASCII goes as its A-labels (RFC 5891): then every
/// server takes it, and not only those that speak SMTPUTF8.
pub fn on_the_wire(address: &str) -> Cow<'_, str> {
    let written = written_address(address);
    let labels = match written.rsplit_once('@') {
        Some((local, domain)) if local.is_ascii() && !domain.is_ascii() => {
            url::Host::parse(domain).ok().map(|host| format!("{local}@{host}"))
        }
        _ => None,
    };
    labels.map_or(written, Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_that_is_not_ascii_goes_as_its_labels() {
        for (address, wire) in [
            ("taro@日本.example", "taro@xn--wgv71a.example"),
            ("taro@Bücher.example", "taro@xn--bcher-kva.example"),
            ("taro@example.jp", "taro@example.jp"),
            ("taro..x@docomo.example", "\"taro..x\"@docomo.example"),
            // Here nothing but SMTPUTF8 helps.
            ("太郎@日本.example", "太郎@日本.example"),
        ] {
            assert_eq!(on_the_wire(address), wire);
        }
    }
}
