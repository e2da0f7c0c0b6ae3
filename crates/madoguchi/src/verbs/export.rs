//! `madoguchi export mail`: a ticket's letters as a file. A server that is running writes it, else the command itself.

use std::{path::PathBuf, sync::Arc};

use madoguchi_channels::mail::{
    export::{self, Format, Notes},
    rights::MAIL,
    store::threads,
};
use madoguchi_kernel::{Language, Problem, Word, problem};
use madoguchi_people::auth::views::tenant_of_slug;
use madoguchi_platform::{clock::SystemClock, db::Reach, words};
use madoguchi_tickets::rights;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::fs;

use crate::{
    asking::ask,
    cli::{ExportMail, ExportVerb, Place},
    failure::Failure,
    opening::Opened,
    out, settings,
};

/// Which letters, and where to.
#[derive(Serialize, Deserialize)]
pub struct Order {
    desk: String,
    ticket: u64,
    format: String,
    notes: bool,
    file: PathBuf,
}

pub async fn run(language: Language, verb: ExportVerb) -> Result<(), Failure> {
    let ExportVerb::Mail { place, what } = verb;
    mail(language, &place, what).await
}

async fn mail(language: Language, place: &Place, what: ExportMail) -> Result<(), Failure> {
    let config = settings::read(place)?;
    // The server works in a folder of its own.
    let file = std::path::absolute(&what.out).map_err(|error| Failure::Unreadable(what.out.clone(), error))?;
    let ExportMail { desk, ticket, format, notes, .. } = what;
    let order = Order { desk, ticket, format, notes, file: file.clone() };
    let letters = match ask(&config, language, "export_mail", json!(order)).await? {
        Some(letters) => letters.as_u64().unwrap_or_default(),
        None => {
            let opened = Opened::open(&config, Arc::new(SystemClock)).await?;
            let done = take_along(&opened, order).await;
            opened.house.close().await;
            done?
        }
    };
    out::line(words::say(language, "cli.export.done", &[("count", &letters), ("file", &file.display())]));
    Ok(())
}

/// Writes the file; how many letters are in it.
pub async fn take_along(opened: &Opened, order: Order) -> problem::Result<u64> {
    let Order { desk, ticket: number, format, notes, file } = order;
    let tenant = opened.house.read(Reach::House, async move |tx| tenant_of_slug(tx, &desk).await).await?;
    let tenant = tenant.ok_or_else(|| Problem::field("--tenant", "not_there"))?;
    let format = Format::from_word(&format).ok_or_else(|| Problem::field("--format", "unknown"))?;
    let notes = if notes { Notes::Included } else { Notes::LeftOut };
    let letters = opened
        .house
        .read(tenant, async move |tx| {
            let ticket = threads::ticket_of_number(tx, tenant, number).await?;
            let ticket = ticket.ok_or_else(|| Problem::field("--ticket", "not_there"))?;
            export::letters(tx, &MAIL.may::<rights::Read>(tenant), ticket, notes).await
        })
        .await?;
    let count = letters.count() as u64;
    let unwritable = |error: std::io::Error| export::unwritable(&error);
    let mut out = fs::File::create_new(&file).await.map_err(unwritable)?;
    export::write_to(&mut out, (opened.house.clone(), opened.tools.mail.clone()), letters, format).await?;
    out.sync_all().await.map_err(unwritable)?;
    Ok(count)
}
