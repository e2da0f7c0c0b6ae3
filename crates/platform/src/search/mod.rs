//! Finding: the analysis of Japanese and English, the index, the ranking, and how well all of it finds.
//!
//! Text and questions go through one fold and one analysis ([`analysis`]), so that what is written in kana, in full or half width,
//! with or without a long vowel, is found by each of them.

pub mod analysis;
pub mod dictionary;
pub mod fold;
pub mod highlight;
pub mod index;
pub mod kana;
pub mod librarian;
pub mod measure;
pub mod ranking;
pub mod seeking;
pub mod shelf;
pub mod trial;
