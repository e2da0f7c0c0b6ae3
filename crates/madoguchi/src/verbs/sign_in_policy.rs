//! `madoguchi sign-in-policy --reset`: takes back what a desk asks of whoever comes in, when its own rules let nobody in any
//! more. Whoever may run this may read the database, so it opens no door that was shut.

use std::sync::Arc;

use madoguchi_kernel::{Language, Problem, problem};
use madoguchi_people::auth::{actions::reset_policies, views::tenant_of_slug};
use madoguchi_platform::{clock::SystemClock, db::Reach, house::House, words};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{asking::ask, cli::Place, failure::Failure, opening::Opened, out, settings};

/// Which desk's.
#[derive(Serialize, Deserialize)]
pub struct Order {
    desk: String,
}

pub async fn run(language: Language, place: &Place, desk: String) -> Result<(), Failure> {
    let config = settings::read(place)?;
    let order = Order { desk };
    if ask(&config, language, "sign_in_policy", json!(order)).await?.is_none() {
        let opened = Opened::open(&config, Arc::new(SystemClock)).await?;
        let done = reset(&opened.house, order).await;
        opened.house.close().await;
        done?;
    }
    out::line(words::say(language, "cli.sign_in_policy.done", &[]));
    Ok(())
}

/// Does it.
pub async fn reset(house: &House, order: Order) -> problem::Result<()> {
    let tenant = house.read(Reach::House, async move |tx| tenant_of_slug(tx, &order.desk).await).await?;
    let tenant = tenant.ok_or_else(|| Problem::field("--tenant", "not_there"))?;
    house.write(tenant, async move |tx| reset_policies(tx, tenant).await).await
}
