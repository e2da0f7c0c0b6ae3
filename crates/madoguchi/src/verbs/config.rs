//! `madoguchi config`: the reference of settings, and whether a file of them is sound.

use madoguchi_kernel::Language;
use madoguchi_platform::{config, words};

use crate::{cli::ConfigVerb, failure::Failure, out, settings};

pub fn run(language: Language, verb: &ConfigVerb) -> Result<(), Failure> {
    match verb {
        ConfigVerb::Reference { language: wanted } => {
            out::line(config::reference(wanted.unwrap_or(language)).trim_end());
        }
        ConfigVerb::Check { place } => {
            let config = settings::read(place)?;
            out::line(words::say(language, "cli.config.sound", &[]));
            let [listen, data, url] =
                [config.server.listen.to_string(), config.server.data.display().to_string(), config.public_url()];
            out::line(words::say(language, "cli.config.said", &[("listen", &listen), ("data", &data), ("url", &url)]));
        }
    }
    Ok(())
}
