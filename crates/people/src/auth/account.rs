//! An account: a person who can sign in, once for all tenants. Pure.

use madoguchi_kernel::{EmailAddress, Language, Word};
use madoguchi_platform::record;

use crate::AccountId;

/// The longest name of a person or a desk, in characters.
pub const NAME_CHARACTERS_MAX: usize = 120;

record! {
    /// A person who can sign in.
    #[derive(Clone)]
    pub struct Account {
        /// The id.
        pub id: AccountId,
        /// By which they sign in.
        pub email: EmailAddress,
        /// Their name.
        pub name: String,
        /// The password's hash.
        pub(super) password_hash: String,
        /// The language that they read.
        pub language: Language,
        /// Light or dark.
        pub theme: Theme,
        /// How close things stand.
        pub density: Density,
    }
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}
impl Word for Theme {
    const ALL: &'static [Self] = &[Self::System, Self::Light, Self::Dark];
    fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How close things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// As much as fits.
    Compact,
    /// With room.
    Comfortable,
}
impl Word for Density {
    const ALL: &'static [Self] = &[Self::Compact, Self::Comfortable];
    fn word(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Comfortable => "comfortable",
        }
    }
}
