//! `madoguchi serve`: opens the house and answers until it is asked to stop.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use madoguchi_channels::mail::{Reception, provenance::Protocol};
use madoguchi_kernel::{Language, Problem, problem::Kind};
use madoguchi_people as people;
use madoguchi_platform::{
    config::Config,
    control,
    db::Reach,
    ending,
    house::House,
    http::{self, Serving},
    log, outbound, words,
};

use super::control::verbs;
use crate::{
    cli::{Listening, Place},
    clock,
    failure::Failure,
    opening::Opened,
    out, settings, wiring,
};

/// What giving back leases and closing the database may take, once nothing is waited for any more.
const END_WITHIN: Duration = Duration::from_secs(5);

pub async fn run(language: Language, place: &Place, listening: &Listening) -> Result<(), Failure> {
    let mut config = settings::read(place)?;
    if let Some(address) = listening.listen {
        config.server.listen = address;
    }
    serve(language, config, |_| {}).await
}

/// Serves until a signal, or a command, says stop. What was accepted by then is answered. `ready` is told the
/// settings once everything is.
pub async fn serve(language: Language, mut config: Config, ready: impl FnOnce(&Config)) -> Result<(), Failure> {
    log::start(&config.log)?;
    let hung = clock::hung();
    // The address first: a port that is taken is told before anything is touched.
    let serving = bind(&config).await?;
    // A port of 0 was chosen by the system, so only now do we know it.
    config.server.listen = serving.address()?;
    let reception = Reception::bind(&config.mail.reception)?;
    let opened = Arc::new(Opened::open(&config, hung.clock.clone()).await?);
    let config = Arc::new(config);
    let served = answer(language, &opened, &config, hung, (serving, reception), ready).await;
    opened.house.close().await;
    served?;
    out::line(words::say(language, "cli.serve.stopped", &[]));
    Ok(())
}

async fn answer(
    language: Language,
    opened: &Arc<Opened>,
    config: &Arc<Config>,
    hung: clock::Hung,
    (serving, reception): (Serving, Reception),
    ready: impl FnOnce(&Config),
) -> Result<(), Failure> {
    let house = &opened.house;
    // Requests are finished first, then the work behind them.
    let within = config.server.stop_within;
    ending::watch(house, within * 2 + END_WITHIN).await?;
    control::listen(house, opened.folder.path(), verbs(opened, config, hung))?;
    let router = wiring::router(opened, config)?;
    house.start();
    let hands = reception.addresses()?;
    wiring::start(opened, reception)?;
    tell(language, opened.folder.path(), config);
    tell_hands(language, &hands);
    ready(config);
    tell_held(language, house, opened.folder.path()).await?;
    offer_setup(language, house, config).await?;
    Ok(http::serve(serving, router, house, within).await?)
}

async fn bind(config: &Config) -> Result<Serving, Problem> {
    Serving::bind(config.server.listen, config.http.tls.as_ref()).await.map_err(|problem| {
        let reason = problem.cause.map_or_else(String::new, |cause| cause.to_string());
        Problem::new(Kind::Unavailable, "listen.failed").with("address", config.server.listen).with("reason", reason)
    })
}

fn tell(language: Language, folder: &Path, config: &Config) {
    let url = config.public_url();
    out::line(words::say(language, "cli.serve.ready", &[("url", &url), ("folder", &folder.display())]));
    tracing::info!(address = %config.server.listen, "Ready");
}

/// Says where letters are taken in.
fn tell_hands(language: Language, hands: &[(Protocol, SocketAddr)]) {
    for (protocol, address) in hands {
        let protocol = protocol.greets();
        out::line(words::say(language, "cli.serve.takes_mail", &[("protocol", &protocol), ("address", address)]));
    }
}

/// A restored copy sends nothing; whoever starts it must know, or they would wait for answers that stay here.
async fn tell_held(language: Language, house: &House, folder: &Path) -> Result<(), Problem> {
    if house.read(Reach::House, async |tx| outbound::is_held(tx).await).await? {
        out::line(words::say(language, "cli.serve.held", &[("folder", &folder.display())]));
    }
    Ok(())
}

/// While nobody has opened a desk, a link does it once; whoever sees the terminal may.
async fn offer_setup(language: Language, house: &House, config: &Config) -> Result<(), Problem> {
    if let Some(word) = people::auth::actions::offer_setup(house).await? {
        let url = format!("{}/setup?token={}", config.public_url(), word.reveal());
        out::line(words::say(language, "cli.serve.set_up", &[("url", &url)]));
    }
    Ok(())
}
