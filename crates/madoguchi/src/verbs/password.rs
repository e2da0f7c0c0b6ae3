//! `madoguchi password`: gives somebody who has forgotten theirs a new password. Whoever may run this may read the
//! database, so it opens no door that was shut.

use std::sync::Arc;

use madoguchi_kernel::{EmailAddress, Language, Problem, problem};
use madoguchi_people::auth::actions::reset_password;
use madoguchi_platform::{clock::SystemClock, house::House, secrets::Secret, words};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::setup::read_password;
use crate::{asking::ask, cli::Place, failure::Failure, opening::Opened, out, settings};

/// Whose password, and the new one.
#[derive(Serialize, Deserialize)]
pub struct Order {
    email: String,
    password: String,
}

pub async fn run(language: Language, place: &Place, email: String, password_stdin: bool) -> Result<(), Failure> {
    if !password_stdin {
        return Err(Failure::said("cli.password.no_password"));
    }
    let config = settings::read(place)?;
    let order = Order { email, password: read_password()? };
    if ask(&config, language, "password", json!(order)).await?.is_none() {
        let opened = Opened::open(&config, Arc::new(SystemClock)).await?;
        let reset = reset(&opened.house, order).await;
        opened.house.close().await;
        reset?;
    }
    out::line(words::say(language, "cli.password.done", &[]));
    Ok(())
}

/// Does it; fields of a problem are named as the options that hold them.
pub async fn reset(house: &House, order: Order) -> problem::Result<()> {
    let to_options = |mut problem: Problem| {
        for field in &mut problem.fields {
            field.field = if field.field == "password" { "--password-stdin" } else { "--email" }.to_owned();
        }
        problem
    };
    let email: EmailAddress = order.email.trim().parse().map_err(|_| Problem::field("--email", "address"))?;
    reset_password(house, &email, &Secret::new(order.password)).await.map_err(to_options)
}
