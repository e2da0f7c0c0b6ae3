//! How a letter that was handed to us came: what the connection told, which the letter itself does not. Pure.

use std::net::IpAddr;

use madoguchi_kernel::Word;

/// Which protocol a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Every server that has something for us.
    Smtp,
    /// A server of our own.
    Lmtp,
}

impl Protocol {
    /// As it is called in greetings.
    pub fn greets(self) -> &'static str {
        match self {
            Self::Smtp => "ESMTP",
            Self::Lmtp => "LMTP",
        }
    }
}

impl Word for Protocol {
    const ALL: &'static [Self] = &[Self::Smtp, Self::Lmtp];
    fn word(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
        }
    }
}

/// How a letter came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// By which protocol.
    pub road: Protocol,
    /// From which machine.
    pub machine: IpAddr,
    /// Whether that is one of our own, which handed on what had come to it.
    pub is_trusted: bool,
    /// Whether the line was encrypted.
    pub is_encrypted: bool,
    /// What the machine called itself.
    pub hello: String,
    /// Where bounces go; `None` for the null sender.
    pub sender: Option<String>,
}
