//! The first set-up, by a one-time word.

use madoguchi_kernel::{
    EmailAddress, Slug,
    problem::{Check, Result},
};
use madoguchi_platform::{
    db::Reach,
    http::{Answer, Answered, Ctx, Input},
    secrets::Secret,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::browser_of;
use crate::auth::{
    account::NAME_CHARACTERS_MAX,
    actions::{self, Founding},
    session,
};

/// Whether nobody has opened a desk yet.
#[derive(Serialize, ToSchema)]
struct SetupView {
    needed: bool,
}

/// Show whether nobody has opened a desk yet.
#[utoipa::path(get, path = "/api/v1/setup", tag = "session", operation_id = "show_setup",
    responses((status = 200, body = SetupView)))]
pub(super) async fn show_setup(ctx: Ctx) -> Answered {
    let needed = ctx.app.house().read(Reach::House, async |tx| actions::setup_needed(tx).await).await?;
    Ok(Answer::shown(&SetupView { needed })?)
}

/// The first desk and its owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetupInput {
    /// The one-time word that the program printed at its start.
    #[schema(value_type = String)]
    token: Secret<String>,
    tenant_name: String,
    slug: String,
    name: String,
    email: String,
    #[schema(value_type = String)]
    password: Secret<String>,
}

/// Where the first desk is.
#[derive(Serialize, ToSchema)]
struct DeskOpened {
    slug: String,
}

/// Open the first desk. Its owner is signed in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "session", operation_id = "set_up",
    request_body = SetupInput, responses((status = 201, body = DeskOpened)))]
pub(super) async fn set_up(ctx: Ctx, Input(input): Input<SetupInput>) -> Answered {
    let founding = founding(&input, &ctx)?;
    let browser = browser_of(&ctx);
    let who = actions::set_up(ctx.app.house(), input.token, founding, input.password, browser).await?;
    let cookie = session::cookie(&who.slug, who.word.reveal(), ctx.visit.secure);
    Ok(Answer::created(&DeskOpened { slug: who.slug })?.with_cookie(cookie))
}

fn founding(input: &SetupInput, ctx: &Ctx) -> Result<Founding> {
    let mut check = Check::new();
    let mut named = |field: &'static str, text: &str| {
        let text = text.trim();
        check.require(!text.is_empty(), field, "required");
        check.require(text.chars().count() <= NAME_CHARACTERS_MAX, field, "too_long");
        text.to_owned()
    };
    let (tenant_name, name) = (named("tenant_name", &input.tenant_name), named("name", &input.name));
    let slug = input.slug.parse::<Slug>();
    let email = input.email.parse::<EmailAddress>();
    check.require(slug.is_ok(), "slug", "slug");
    check.require(email.is_ok(), "email", "address");
    check.done()?;
    Ok(Founding {
        tenant_name,
        slug: slug?,
        name,
        email: email?,
        password_hash: String::new(),
        language: ctx.visit.language,
    })
}
