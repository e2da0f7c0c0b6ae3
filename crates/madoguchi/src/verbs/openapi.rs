//! `madoguchi openapi`: prints the document of the API.

use madoguchi_kernel::Problem;

use crate::{failure::Failure, out, wiring};

pub fn run() -> Result<(), Failure> {
    out::line(wiring::document().to_pretty_json().map_err(Problem::broken)?);
    Ok(())
}
