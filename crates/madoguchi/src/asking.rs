//! Asking the server that is running, if one is.

use madoguchi_kernel::Language;
use madoguchi_platform::{
    config::Config,
    control::{self, Answer, Request},
};
use serde_json::Value;

use crate::failure::Failure;

/// Asks for a verb; `None` when no server is running on the data folder.
pub async fn ask(config: &Config, language: Language, verb: &str, with: Value) -> Result<Option<Value>, Failure> {
    let request = Request { verb: verb.to_owned(), with, language };
    match control::ask(&config.server.data, &request).await? {
        None => Ok(None),
        Some(Answer::Done(value)) => Ok(Some(value)),
        Some(Answer::Refused { detail, .. }) => Err(Failure::Refused(detail)),
    }
}
