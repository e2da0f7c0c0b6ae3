//! What an answer says about the letter that carries it: to whom it goes and how it is framed; and what became of it at
//! each recipient. Pure.

use madoguchi_kernel::{EmailAddress, Word};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::DeliveryState;

/// Recipients that an answer may name itself, all fields together.
pub const ADDRESSEES_MAX: usize = 50;
/// The longest salutation, in characters.
pub const SALUTATION_CHARACTERS_MAX: usize = 200;

/// Somebody to whom an answer goes by its own wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// Their name; empty when it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where they read.
    pub address: EmailAddress,
}

/// How much of the letters before is repeated below an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quote {
    /// The letter that is answered, whole, below a block that tells its sender, date and subject (全文引用).
    #[default]
    Full,
    /// The letter that is answered, each line behind `>`, below one line that tells who wrote it when.
    Inline,
    /// Nothing.
    None,
}
impl Word for Quote {
    const ALL: &'static [Self] = &[Self::Full, Self::Inline, Self::None];
    fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Inline => "inline",
            Self::None => "none",
        }
    }
}

/// What an answer wishes for its letter; what it does not wish is as usual for its ticket.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Envelope {
    /// To these instead of the requester.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<Addressee>>,
    /// And to these, unseen by the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Addressee>,
    /// To nobody who reads along on the ticket, where they stay for later letters.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_cc: bool,
    /// The line that addresses the reader (宛名); an empty one leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salutation: Option<String>,
    /// How much of the letters before is repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
}

impl Envelope {
    /// Whether it wishes for nothing.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// In which field of a letter somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `To`.
    To,
    /// `Cc`.
    Cc,
    /// `Bcc`: in no field that others see.
    Bcc,
}

/// Somebody to whom a letter of ours goes, and what became of it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Where they stand.
    pub field: Field,
    /// Their name; empty when it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where they read.
    pub address: EmailAddress,
    /// Where the letter is for them, once it differs from not having left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<DeliveryState>,
    /// What a server said about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Recipient {
    /// Somebody whom no letter has left for yet.
    pub fn new(field: Field, name: &str, address: &EmailAddress) -> Self {
        Self { field, name: name.to_owned(), address: address.clone(), state: None, detail: None }
    }

    /// Whether the letter is still to be brought to them: of whoever was handed it or has refused it more is known.
    pub fn waits(&self) -> bool {
        self.state.is_none()
    }

    /// Whether the letter has reached the next one on the road for them, as far as we know.
    pub fn has_it(&self) -> bool {
        self.state == Some(DeliveryState::Sent)
    }
}
