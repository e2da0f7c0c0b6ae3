//! What a running server does when a command asks it to.

use std::sync::Arc;

use madoguchi_channels as channels;
use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{
    config::Config,
    control::{self, Request, Verbs},
    db::Reach,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{backup, doctor::MailboxTold, export, password, second_step, setup, sign_in_policy};
use crate::{clock::Hung, opening::Opened};

/// Everything that it does.
pub fn verbs(opened: &Arc<Opened>, config: &Arc<Config>, hung: Hung) -> Verbs {
    let (opened, config, hung) = (opened.clone(), config.clone(), Arc::new(hung));
    Arc::new(move |request| {
        let (opened, config, hung) = (opened.clone(), config.clone(), hung.clone());
        Box::pin(async move { answer(opened, config, hung, request).await })
    })
}

/// What a verb is to be done with.
fn order<T: DeserializeOwned>(with: Value) -> Result<T> {
    serde_json::from_value(with).map_err(Problem::broken)
}

async fn answer(opened: Arc<Opened>, config: Arc<Config>, hung: Arc<Hung>, request: Request) -> Result<Value> {
    match request.verb.as_str() {
        "status" => Ok(json!({ "pid": std::process::id(), "version": env!("CARGO_PKG_VERSION") })),
        "stop" => {
            opened.house.stopping().cancel();
            Ok(Value::Null)
        }
        "backup" => {
            let manifest = backup::make(opened.house.db(), &opened.blobs, &config, order(request.with)?).await?;
            serde_json::to_value(manifest).map_err(Problem::broken)
        }
        "setup" => {
            let opening = setup::open_desk(&opened.house, &config, order(request.with)?).await?;
            serde_json::to_value(opening).map_err(Problem::broken)
        }
        "password" => password::reset(&opened.house, order(request.with)?).await.map(|()| json!(true)),
        "second_step" => second_step::end(&opened.house, order(request.with)?).await.map(|()| json!(true)),
        "sign_in_policy" => sign_in_policy::reset(&opened.house, order(request.with)?).await.map(|()| json!(true)),
        "export_mail" => export::take_along(&opened, order(request.with)?).await.map(|letters| json!(letters)),
        "mailboxes" => {
            let mailboxes = opened.house.read(Reach::House, async |tx| channels::mail::views::health(tx).await).await?;
            let now = opened.house.clock().now();
            let told = mailboxes.into_iter().map(|mailbox| MailboxTold::of(mailbox, now)).collect::<Vec<_>>();
            serde_json::to_value(told).map_err(Problem::broken)
        }
        "release" => {
            let held = opened.house.write(Reach::House, async |tx| channels::mail::actions::let_out(tx).await).await?;
            Ok(json!(held))
        }
        #[cfg(debug_assertions)]
        "clock.advance" => {
            let seconds = request.with["seconds"].as_u64().unwrap_or_default();
            hung.turned.advance(std::time::Duration::from_secs(seconds));
            Ok(json!(hung.clock.now()))
        }
        // For the test of the end: work that never ends, on a thread of the runtime or as a unit.
        #[cfg(debug_assertions)]
        "hang" => {
            let house = opened.house.clone();
            if request.with["unit"].as_bool().unwrap_or_default() {
                opened
                    .house
                    .spawn(async move { drop(house.write(Reach::House, async |_| -> Result<()> { hang() }).await) });
            } else {
                opened.house.spawn(async move { hang() });
            }
            Ok(Value::Null)
        }
        unknown => {
            tracing::debug!(now = %hung.clock.now(), "A command asked for what we do not do");
            Err(control::unknown_verb(unknown))
        }
    }
}

#[cfg(debug_assertions)]
fn hang() -> ! {
    loop {
        std::thread::park();
    }
}
