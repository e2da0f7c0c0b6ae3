//! `madoguchi second-step --end`: lets in by the password alone whoever has lost authenticator and recovery codes. Whoever
//! may run this may read the database, so it opens no door that was shut.

use std::sync::Arc;

use madoguchi_kernel::{EmailAddress, Language, Problem, problem};
use madoguchi_people::auth::actions::end_second_step_of;
use madoguchi_platform::{clock::SystemClock, house::House, words};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{asking::ask, cli::Place, failure::Failure, opening::Opened, out, settings};

/// Whose second step.
#[derive(Serialize, Deserialize)]
pub struct Order {
    email: String,
}

pub async fn run(language: Language, place: &Place, email: String) -> Result<(), Failure> {
    let config = settings::read(place)?;
    let order = Order { email };
    if ask(&config, language, "second_step", json!(order)).await?.is_none() {
        let opened = Opened::open(&config, Arc::new(SystemClock)).await?;
        let ended = end(&opened.house, order).await;
        opened.house.close().await;
        ended?;
    }
    out::line(words::say(language, "cli.second_step.done", &[]));
    Ok(())
}

/// Does it; fields of a problem are named as the options that hold them.
pub async fn end(house: &House, order: Order) -> problem::Result<()> {
    let email: EmailAddress = order.email.trim().parse().map_err(|_| Problem::field("--email", "address"))?;
    let to_option = |mut problem: Problem| {
        for field in &mut problem.fields {
            "--email".clone_into(&mut field.field);
        }
        problem
    };
    end_second_step_of(house, &email).await.map_err(to_option)
}
