//! `madoguchi demo`: the server with sample data, to look around in.

use std::path::PathBuf;

use madoguchi_kernel::Language;
use madoguchi_platform::{config::DatabaseEngine, words};

use super::serve;
use crate::{
    cli::{Listening, Place},
    demo,
    failure::Failure,
    out, settings,
};

/// Apart from the data of a real desk.
const DATA: &str = "madoguchi-demo";

pub async fn run(language: Language, place: Place, listening: &Listening) -> Result<(), Failure> {
    let data = place.data.or_else(|| Some(PathBuf::from(DATA)));
    let mut config = settings::read(&Place { data, ..place })?;
    if let Some(address) = listening.listen {
        config.server.listen = address;
    }
    if config.database.engine == DatabaseEngine::Postgres || !config.sqlite().path.exists() {
        out::line(words::say(language, "cli.demo.preparing", &[("count", &demo::TICKETS)]));
    }
    let sign_in = demo::prepare(&config).await?;
    serve::serve(language, config, move |config| {
        let url = format!("{}/t/{}/", config.public_url(), sign_in.slug);
        let [email, password] = [&sign_in.email, &sign_in.password];
        out::line(words::say(language, "cli.demo.sign_in", &[("url", &url), ("email", email), ("password", password)]));
    })
    .await
}
