//! One's own second step: begun, confirmed, renewed, taken away.

use madoguchi_kernel::Timestamp;
use madoguchi_platform::{
    http::{Answer, Answered, Ctx, Input, Signed},
    secrets::Secret,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Me, browser_of};
use crate::auth::{
    actions::{self, Owner},
    views,
};

fn owner(ctx: &Ctx, me: Me) -> Owner {
    Owner { tenant: me.tenant, account: me.account, agent: me.agent, browser: browser_of(ctx) }
}

/// One's second step.
#[derive(Serialize, ToSchema)]
struct SecondStepView {
    /// Since when a code is asked for; `null` when none is.
    #[schema(value_type = Option<String>)]
    since: Option<Timestamp>,
    /// How many of the codes that were written down are left.
    recovery_codes_left: i64,
}

/// Show one's second step.
#[utoipa::path(get, path = "/api/v1/second-step", tag = "session", operation_id = "show_second_step",
    responses((status = 200, body = SecondStepView)))]
pub(super) async fn show_second_step(ctx: Ctx, Signed(actor): Signed) -> Answered {
    let me = Me::of(&actor)?;
    let shown = ctx.read(async move |tx| views::second_step(tx, me.account).await).await?;
    Ok(Answer::shown(&SecondStepView { since: shown.since, recovery_codes_left: shown.recovery_codes_left })?)
}

/// The account's password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordShown {
    #[schema(value_type = String)]
    password: Secret<String>,
}

/// What an authenticator is told. It is not shown again.
#[derive(Serialize, ToSchema)]
struct EnrolmentView {
    /// The secret in base32.
    secret: String,
    /// The same as an `otpauth` address, for a QR code.
    address: String,
}

/// Begin a second step: the secret for an authenticator. Codes are asked for once one was confirmed.
#[utoipa::path(post, path = "/api/v1/second-step", tag = "session", operation_id = "begin_second_step",
    request_body = PasswordShown, responses((status = 200, body = EnrolmentView)))]
pub(super) async fn begin_second_step(ctx: Ctx, Signed(actor): Signed, Input(input): Input<PasswordShown>) -> Answered {
    let owner = owner(&ctx, Me::of(&actor)?);
    let begun = actions::begin_second_step(ctx.app.house(), ctx.app.keys(), owner, &input.password).await?;
    let (secret, address) = (begun.secret.reveal().clone(), begun.address.reveal().clone());
    Ok(Answer::shown(&EnrolmentView { secret, address })?)
}

/// A code of the authenticator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeShown {
    #[schema(value_type = String)]
    code: Secret<String>,
}

/// Codes to write down, each good once instead of the authenticator's. They are not shown again.
#[derive(Serialize, ToSchema)]
struct RecoveryCodesView {
    recovery_codes: Vec<String>,
}

impl RecoveryCodesView {
    fn of(codes: &[Secret<String>]) -> Self {
        Self { recovery_codes: codes.iter().map(|code| code.reveal().clone()).collect() }
    }
}

/// Confirm the second step by a code of the authenticator; from now on codes are asked for.
#[utoipa::path(post, path = "/api/v1/second-step/confirmation", tag = "session", operation_id = "confirm_second_step",
    request_body = CodeShown, responses((status = 200, body = RecoveryCodesView)))]
pub(super) async fn confirm_second_step(ctx: Ctx, Signed(actor): Signed, Input(input): Input<CodeShown>) -> Answered {
    let owner = owner(&ctx, Me::of(&actor)?);
    let codes = actions::confirm_second_step(ctx.app.house(), ctx.app.keys(), owner, input.code.reveal()).await?;
    Ok(Answer::shown(&RecoveryCodesView::of(&codes))?)
}

/// Both steps, once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BothShown {
    #[schema(value_type = String)]
    password: Secret<String>,
    /// Of the authenticator, or one that was written down
    #[schema(value_type = String)]
    code: Secret<String>,
}

/// Make new codes to write down; those before do not hold any more.
#[utoipa::path(post, path = "/api/v1/second-step/recovery-codes", tag = "session",
    operation_id = "renew_recovery_codes", request_body = BothShown, responses((status = 200, body = RecoveryCodesView)))]
pub(super) async fn renew_recovery_codes(ctx: Ctx, Signed(actor): Signed, Input(input): Input<BothShown>) -> Answered {
    let owner = owner(&ctx, Me::of(&actor)?);
    let shown = (&input.password, input.code.reveal().as_str());
    let codes = actions::renew_recovery_codes(ctx.app.house(), ctx.app.keys(), owner, shown).await?;
    Ok(Answer::shown(&RecoveryCodesView::of(&codes))?)
}

/// Take the second step away; the password alone is asked for from now on.
#[utoipa::path(post, path = "/api/v1/second-step/end", tag = "session", operation_id = "end_second_step",
    request_body = BothShown, responses((status = 204)))]
pub(super) async fn end_second_step(ctx: Ctx, Signed(actor): Signed, Input(input): Input<BothShown>) -> Answered {
    let owner = owner(&ctx, Me::of(&actor)?);
    let shown = (&input.password, input.code.reveal().as_str());
    actions::end_second_step(ctx.app.house(), ctx.app.keys(), owner, shown).await?;
    Ok(Answer::done())
}
