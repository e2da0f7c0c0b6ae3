//! The verbs of `cargo xtask`.

pub(crate) mod build;
pub(crate) mod check;
mod e2e;
mod fuzz;
pub(crate) mod generate;
pub(crate) mod night;
pub(crate) mod run;
pub(crate) mod test;
