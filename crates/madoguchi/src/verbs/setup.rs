//! `madoguchi setup`: opens a desk and makes its owner, as the one-time link does in the browser. There is no
//! default password.

use std::{
    io::{self, BufRead},
    sync::Arc,
};

use madoguchi_kernel::{EmailAddress, Language, Problem, Slug, TenantId, problem, problem::Check};
use madoguchi_people::auth::{
    actions::{Founding, NewToken, add_token, found_tenant, require_present_password},
    password,
    rights::ChangeTokens,
    views::agent_actor,
};
use madoguchi_platform::{clock::SystemClock, config::Config, house::House, secrets::Secret, words};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    asking::ask,
    cli::{Desk, Place},
    failure::Failure,
    opening::Opened,
    out, settings,
};

/// The longest password line that is read, in bytes.
const PASSWORD_BYTES_MAX: u64 = 4096;
/// The slug of a desk whose name has no Latin letters.
const PLAIN_SLUG: &str = "desk";

/// What the server is asked to open.
#[derive(Serialize, Deserialize)]
pub struct Order {
    tenant: String,
    slug: Option<String>,
    email: String,
    name: Option<String>,
    password: String,
    language: Language,
    with_token: bool,
}

/// What was opened.
#[derive(Serialize, Deserialize)]
pub struct Opening {
    url: String,
    token: Option<String>,
}

pub async fn run(
    language: Language,
    place: &Place,
    desk: Desk,
    password_stdin: bool,
    print_token: bool,
) -> Result<(), Failure> {
    if !password_stdin {
        return Err(Failure::said("cli.setup.no_password"));
    }
    let config = settings::read(place)?;
    let Desk { tenant, slug, email, name, desk_language } = desk;
    let (password, own) = (read_password()?, desk_language.unwrap_or(language));
    let order = Order { tenant, slug, email, name, password, language: own, with_token: print_token };
    let opening = match ask(&config, language, "setup", json!(order)).await? {
        Some(opening) => serde_json::from_value(opening).map_err(Problem::broken)?,
        None => {
            let opened = Opened::open(&config, Arc::new(SystemClock)).await?;
            let opening = open_desk(&opened.house, &config, order).await;
            opened.house.close().await;
            opening?
        }
    };
    out::line(words::say(language, "cli.setup.done", &[("url", &opening.url)]));
    if let Some(token) = opening.token {
        out::line(words::say(language, "cli.setup.token", &[]));
        out::line(token);
    }
    Ok(())
}

/// The line on standard input, without its end.
pub(super) fn read_password() -> Result<String, Problem> {
    let mut line = String::new();
    io::Read::take(io::stdin().lock(), PASSWORD_BYTES_MAX).read_line(&mut line).map_err(Problem::broken)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Opens the desk and makes its owner; on wish with a token that may do what the owner may.
pub async fn open_desk(house: &House, config: &Config, order: Order) -> problem::Result<Opening> {
    let made_slug = order.slug.is_none().then(|| slug_of(order.tenant.trim()));
    open(house, config, order).await.map_err(|problem| by_options(problem, made_slug))
}

/// The same problem, its fields named as the options that hold them. What was wrong with an address that we made
/// from the name is wrong with the name.
fn by_options(mut problem: Problem, made_slug: Option<String>) -> Problem {
    for field in &mut problem.fields {
        field.field = match field.field.as_str() {
            "slug" if made_slug.is_some() => {
                field.code = "slug_of_name_taken";
                "--tenant".to_owned()
            }
            "password" => "--password-stdin".to_owned(),
            named => format!("--{named}"),
        };
    }
    match made_slug {
        Some(slug) => problem.with("slug", slug),
        None => problem,
    }
}

async fn open(house: &House, config: &Config, order: Order) -> problem::Result<Opening> {
    let (founding, password) = founding(&order)?;
    let about = [founding.email.as_str(), founding.email.local(), &founding.name, &founding.tenant_name];
    password::check("password", &password, about.map(str::to_owned).to_vec()).await?;
    require_present_password(house, &founding.email, &password).await?;
    let founding = Founding { password_hash: password::hash(&password).await?, ..founding };
    let url = format!("{}/t/{}/", config.public_url(), founding.slug);
    let tenant = TenantId::new(house.db().env().new_id());
    let token = NewToken { name: "setup".to_owned(), ..NewToken::default() };
    let token = house
        .write(tenant, async move |tx| {
            let founded = found_tenant(tx, &founding).await?;
            if !order.with_token {
                return Ok(None);
            }
            let owner = agent_actor(tx, tenant, founded.agent).await?;
            let made = add_token(tx, &owner.may::<ChangeTokens>()?, &token).await?;
            Ok(Some(made.word.reveal().clone()))
        })
        .await?;
    Ok(Opening { url, token })
}

fn founding(order: &Order) -> problem::Result<(Founding, Secret<String>)> {
    let tenant_name = order.tenant.trim().to_owned();
    let mut check = Check::new();
    check.require(!tenant_name.is_empty(), "tenant", "required");
    check.require(!order.password.is_empty(), "password", "required");
    check.done()?;
    let email: EmailAddress = order.email.parse().map_err(|_| Problem::field("email", "address"))?;
    let slug = order.slug.clone().unwrap_or_else(|| slug_of(&tenant_name));
    let slug: Slug = slug.parse().map_err(|_| Problem::field("slug", "slug"))?;
    let name = order.name.clone().unwrap_or_else(|| email.local().to_owned());
    let founding = Founding { tenant_name, slug, name, email, password_hash: String::new(), language: order.language };
    Ok((founding, Secret::new(order.password.clone())))
}

/// The Latin letters and digits of a name, with hyphens between its words.
fn slug_of(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    let slug: String = slug.chars().take(madoguchi_kernel::text::SLUG_CHARACTERS_MAX).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { PLAIN_SLUG.to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_slug() {
        for (name, slug) in [
            ("Acme", "acme"),
            ("Acme Support, Inc.", "acme-support-inc"),
            ("株式会社みなと", "desk"),
            ("みなと IT 窓口", "it"),
            (&"long ".repeat(20), "long-long-long-long-long-long-long-long"),
        ] {
            assert_eq!(slug_of(name), slug);
            assert!(slug_of(name).parse::<Slug>().is_ok());
        }
    }
}
