//! Who may come in, from where and for how long.

use std::{net::IpAddr, time::Duration};

use madoguchi_kernel::problem::{Check, Result};
use madoguchi_platform::{
    access::{Actor, May},
    db::Tx,
    http::{Answer, Answered, Ctx, Input, Listed, WordPath, double, present},
    network::Network,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{
    actions::{PolicyEdit, change_policy},
    policy::NETWORKS_MAX,
    rights::{ChangeSignInPolicies, ReadSignInPolicies},
    views::{self, PolicyShown},
};
use madoguchi_platform::access::Right;

/// What is asked of whoever comes in; of several policies that concern somebody, always the strictest.
#[derive(Serialize, ToSchema)]
struct SignInPolicyView {
    /// The role whose people it concerns; `null` for everybody at the desk
    role: Option<String>,
    role_name: Option<String>,
    /// Whether a second step is demanded: whoever has none adds it before anything else
    second_step: bool,
    /// A session that was not used for so long ends; `null` for 12 hours
    idle_minutes: Option<u64>,
    /// A session that is so old ends; `null` for 30 days
    age_hours: Option<u64>,
    /// Where people and programs may be, such as `203.0.113.0/24`; without any, everywhere
    networks: Vec<String>,
    /// How many active agents it concerns
    agents: i64,
    /// How many of them have a second step or a passkey
    agents_with_second_step: i64,
    revision: i64,
    can: Vec<&'static str>,
}

impl SignInPolicyView {
    fn of(shown: PolicyShown, actor: &Actor) -> Self {
        let PolicyShown { role, policy, revision, agents, with_second_step } = shown;
        let (key, name) = role.map(|role| (role.key, role.name)).unzip();
        Self {
            role: key,
            role_name: name,
            second_step: policy.second_step,
            idle_minutes: policy.idle.map(|idle| idle.as_secs() / 60),
            age_hours: policy.age.map(|age| age.as_secs() / 3600),
            networks: policy.networks.iter().map(ToString::to_string).collect(),
            agents,
            agents_with_second_step: with_second_step,
            revision,
            can: if actor.has(ChangeSignInPolicies::KEY) { vec!["change"] } else { Vec::new() },
        }
    }
}

/// List what is asked of whoever comes in: of everybody first, then of those of each role.
#[utoipa::path(get, path = "/api/v1/sign-in-policies", tag = "people", operation_id = "list_sign_in_policies",
    responses((status = 200, body = Listed<SignInPolicyView>)))]
pub(super) async fn list_sign_in_policies(ctx: Ctx, may: May<ReadSignInPolicies>) -> Answered {
    let actor = may.actor().clone();
    let shown = ctx.read(async move |tx| views::policies(tx, &may).await).await?;
    Ok(Answer::shown(&Listed::whole(shown.into_iter().map(|shown| SignInPolicyView::of(shown, &actor)).collect()))?)
}

/// What of a policy becomes different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInPolicyPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    second_step: Option<bool>,
    /// From 5 to 720
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<u64>)]
    idle_minutes: Option<Option<u64>>,
    /// From 1 to 720
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<u64>)]
    age_hours: Option<Option<u64>>,
    /// At most 100
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    networks: Option<Vec<String>>,
}

impl SignInPolicyPatch {
    fn edit(self) -> Result<PolicyEdit> {
        let mut check = Check::new();
        let networks = self.networks.map(|list| networks(&mut check, &list));
        check.done()?;
        let span = |seconds: u64| move |many: u64| Duration::from_secs(many.saturating_mul(seconds));
        Ok(PolicyEdit {
            second_step: self.second_step,
            idle: self.idle_minutes.map(|minutes| minutes.map(span(60))),
            age: self.age_hours.map(|hours| hours.map(span(3600))),
            networks,
        })
    }
}

fn networks(check: &mut Check, list: &[String]) -> Vec<Network> {
    check.require(list.len() <= NETWORKS_MAX, "networks", "too_many");
    let parsed: Vec<Network> = list.iter().filter_map(|text| text.parse().ok()).collect();
    check.require(parsed.len() == list.len(), "networks", "network");
    let mut kept = Vec::new();
    for network in parsed {
        if !kept.contains(&network) {
            kept.push(network);
        }
    }
    kept
}

async fn changed(ctx: Ctx, may: May<ChangeSignInPolicies>, role: Option<String>, input: SignInPolicyPatch) -> Answered {
    let (edit, seen, here) = (input.edit()?, ctx.seen_revision(), ctx.visit.ip);
    Ok(ctx.write(async move |tx| done(tx, &may, role.as_deref(), seen, (&edit, here)).await).await?)
}

async fn done(
    tx: &Tx<'_>,
    may: &May<ChangeSignInPolicies>,
    role: Option<&str>,
    seen: Option<i64>,
    (edit, here): (&PolicyEdit, IpAddr),
) -> Result<Answer> {
    change_policy(tx, may, role, seen, (edit, here)).await?;
    let look = may.actor().may::<ReadSignInPolicies>()?;
    let shown = views::policies(tx, &look).await?;
    let ours = shown.into_iter().find(|shown| shown.role.as_ref().map(|role| role.key.as_str()) == role);
    let ours = ours.ok_or_else(madoguchi_kernel::Problem::not_found)?;
    let revision = ours.revision;
    Ok(Answer::shown(&SignInPolicyView::of(ours, may.actor()))?.at(revision))
}

/// Change what is asked of everybody who comes in.
#[utoipa::path(patch, path = "/api/v1/sign-in-policies", tag = "people", operation_id = "change_sign_in_policy",
    request_body = SignInPolicyPatch, responses((status = 200, body = SignInPolicyView)))]
pub(super) async fn change_sign_in_policy(
    ctx: Ctx,
    may: May<ChangeSignInPolicies>,
    Input(input): Input<SignInPolicyPatch>,
) -> Answered {
    changed(ctx, may, None, input).await
}

/// Change what is asked of those who have a role.
#[utoipa::path(patch, path = "/api/v1/sign-in-policies/{role}", tag = "people",
    operation_id = "change_sign_in_policy_of_role", params(("role" = String, Path)),
    request_body = SignInPolicyPatch, responses((status = 200, body = SignInPolicyView)))]
pub(super) async fn change_sign_in_policy_of_role(
    ctx: Ctx,
    may: May<ChangeSignInPolicies>,
    WordPath(role): WordPath,
    Input(input): Input<SignInPolicyPatch>,
) -> Answered {
    changed(ctx, may, Some(role), input).await
}
