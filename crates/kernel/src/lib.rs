//! Words that every floor shares: ids, times, pages, problems, values and small texts.
//!
//! This floor never waits, never reads a clock, a file or a socket, and knows no domain.

pub mod condition;
pub mod era;
pub mod holidays;
pub mod id;
pub mod page;
pub mod problem;
pub mod text;
pub mod time;
pub mod value;

pub use id::{Id, TenantId};
pub use page::{Cursor, Page};
pub use problem::Problem;
pub use text::{EmailAddress, Language, Slug, written_address};
pub use time::Timestamp;
pub use value::{Cell, Column, Param, Value, Word};
