//! A desk as those see it who work at it: its name, and the colour by which they know at which one they are. Pure.

use madoguchi_kernel::Word;

/// The longest name of a desk, in characters.
pub const NAME_CHARACTERS_MAX: usize = 120;

/// The colour of a desk: somebody who works at several sees at once at which one they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Blue.
    Blue,
    /// Green.
    Green,
    /// Yellow.
    Yellow,
    /// Red.
    Red,
    /// Purple.
    Purple,
    /// Teal.
    Teal,
    /// Pink.
    Pink,
    /// Grey.
    Grey,
}
impl Word for Colour {
    const ALL: &'static [Self] =
        &[Self::Blue, Self::Green, Self::Yellow, Self::Red, Self::Purple, Self::Teal, Self::Pink, Self::Grey];
    fn word(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Purple => "purple",
            Self::Teal => "teal",
            Self::Pink => "pink",
            Self::Grey => "grey",
        }
    }
}
