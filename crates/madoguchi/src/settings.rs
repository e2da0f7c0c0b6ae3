//! The settings of a command: the file, the environment, and what the command line says on top.

use std::{env, fs, path::PathBuf};

use madoguchi_platform::config::{Config, FILE_VARIABLE};

use crate::{cli::Place, failure::Failure};

/// Reads them.
pub fn read(place: &Place) -> Result<Config, Failure> {
    let file = place.config.clone().or_else(|| env::var_os(FILE_VARIABLE).map(PathBuf::from));
    let text = match &file {
        Some(file) => Some(fs::read_to_string(file).map_err(|error| Failure::Unreadable(file.clone(), error))?),
        None => None,
    };
    // A variable that is not UTF-8 cannot be one of ours.
    let environment =
        env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut config = Config::read(text.as_deref(), environment).map_err(|faults| Failure::Settings(file, faults))?;
    if let Some(data) = &place.data {
        config.server.data.clone_from(data);
    }
    Ok(config)
}
