//! A POST that carries an `Idempotency-Key` has one effect, however often it arrives: the answer is kept in
//! the transaction of the effect, and given again byte for byte. The same key with another request is a
//! mistake of the caller's. Of an answer that carries a secret only that it was given is kept.

use std::time::Duration;

use axum::http::StatusCode;
use madoguchi_kernel::{
    Problem, TenantId,
    problem::{Kind, Result},
};

use super::Answer;
use crate::{
    db::{Reach, Sql, Tx},
    house::House,
    params, record,
};

/// The longest key, in characters.
pub(super) const KEY_CHARACTERS_MAX: usize = 255;

/// A key, whose it is, and a hash of the request that it came with.
#[derive(Clone, Debug)]
pub struct Claim {
    pub(super) actor: String,
    pub(super) key: String,
    pub(super) request: Vec<u8>,
}

record! {
    struct Kept {
        request: Vec<u8>,
        status: i64,
        headers: String,
        body: Vec<u8>,
    }
}

static FIND: Sql = Sql::new(
    "platform.idempotency_find",
    "SELECT request, status, headers, body FROM idempotency_keys WHERE tenant_id = $1 AND actor = $2 AND key = $3",
);
static KEEP: Sql = Sql::new(
    "platform.idempotency_keep",
    "INSERT INTO idempotency_keys (tenant_id, actor, key, request, status, headers, body, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
);
static FORGET: Sql = Sql::new("platform.idempotency_forget", "DELETE FROM idempotency_keys WHERE created_at < $1");

pub(super) async fn find(tx: &Tx<'_>, tenant: TenantId, claim: &Claim) -> Result<Option<Answer>> {
    let Some(kept): Option<Kept> = tx.find(&FIND, params![tenant, claim.actor, claim.key]).await? else {
        return Ok(None);
    };
    if kept.request != claim.request {
        return Err(Problem::new(Kind::Invalid, "idempotency.other_request"));
    }
    let status = u16::try_from(kept.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| Problem::broken("a kept status is a status"))?;
    Ok(Some(Answer { status, revision: kept.headers.parse().ok(), cookie: None, body: kept.body }))
}

pub(super) async fn keep(tx: &Tx<'_>, tenant: TenantId, claim: &Claim, answer: &Answer) -> Result<()> {
    let headers = answer.revision.map(|revision| revision.to_string()).unwrap_or_default();
    let status = i64::from(answer.status.as_u16());
    let kept = tx
        .run_new(&KEEP, params![tenant, claim.actor, claim.key, claim.request, status, headers, answer.body, tx.now()])
        .await?;
    // The same key at the same moment on another node: the other one stands, this effect is undone.
    if kept { Ok(()) } else { Err(Problem::conflict("idempotency.in_flight")) }
}

/// Forgets answers that are older than this.
pub async fn forget_old(house: &House, kept: Duration) -> Result<()> {
    house.write(Reach::House, async move |tx| tx.run(&FORGET, params![tx.now().before(kept)]).await.map(drop)).await
}
