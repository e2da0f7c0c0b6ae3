//! What a handler is handed: who is asking, and the way to the database.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use madoguchi_kernel::{Problem, TenantId, problem::Result};

use super::{Answer, App, Failure, Visit, idempotency, tags};
use crate::{
    access::{Actor, May, Right},
    db::Tx,
};

/// A request that may come from nobody in particular.
pub struct Ctx {
    /// The parts of the program.
    pub app: App,
    /// Who and where from.
    pub visit: Arc<Visit>,
    seen: Option<i64>,
}

impl FromRequestParts<App> for Ctx {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let visit = visit_of(parts)?;
        let seen = tags::seen_revision(&parts.method, &parts.headers)?;
        Ok(Self { app: app.clone(), visit, seen })
    }
}

fn visit_of(parts: &Parts) -> Result<Arc<Visit>> {
    parts.extensions.get::<Arc<Visit>>().cloned().ok_or_else(|| Problem::broken("the porch was not passed"))
}

impl Ctx {
    /// Who is asking; 401 for nobody.
    pub fn actor(&self) -> Result<&Arc<Actor>> {
        self.visit.actor()
    }
    /// The tenant in which they act.
    pub fn tenant(&self) -> Result<TenantId> {
        Ok(self.actor()?.tenant)
    }
    /// The revision that the caller has seen, from `If-Match`.
    pub fn seen_revision(&self) -> Option<i64> {
        self.seen
    }

    /// Reads on one snapshot.
    pub async fn read<T, F>(&self, unit: F) -> Result<T>
    where
        F: AsyncFn(&Tx<'_>) -> Result<T>,
    {
        self.app.house().read(self.tenant()?, unit).await
    }

    /// Writes in one transaction: for PATCH and DELETE, which are safe to repeat.
    pub async fn write<T, F>(&self, unit: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx<'_>) -> Result<T> + Send + Sync + 'static,
    {
        self.app.house().write(self.tenant()?, unit).await
    }

    /// Writes in one transaction, once for an Idempotency-Key: for POST. The answer is kept in the same
    /// transaction, so that a repeated request finds either both or neither.
    pub async fn post<F>(&self, unit: F) -> Result<Answer>
    where
        F: AsyncFn(&Tx<'_>) -> Result<Answer> + Send + Sync + 'static,
    {
        self.post_of(&[], unit).await
    }

    /// The same for a request whose content was read as a stream: what tells it from another of the same length belongs
    /// to what its key claims.
    pub async fn post_of<F>(&self, content: &[u8], unit: F) -> Result<Answer>
    where
        F: AsyncFn(&Tx<'_>) -> Result<Answer> + Send + Sync + 'static,
    {
        let tenant = self.tenant()?;
        // Boxed: a unit carries its input, and each future that it passes through would copy it.
        let unit = Box::new(unit);
        let Some(mut claim) = self.visit.claim.clone() else {
            return self.app.house().write(tenant, unit).await;
        };
        claim.request.extend_from_slice(content);
        let once = async move |tx: &Tx<'_>| {
            if let Some(answer) = idempotency::find(tx, tenant, &claim).await? {
                return Ok(answer);
            }
            let answer = unit(tx).await?;
            idempotency::keep(tx, tenant, &claim, &answer).await?;
            Ok(answer)
        };
        self.app.house().write(tenant, once).await
    }

    /// Like [`Ctx::post`], for an effect whose answer carries a secret: of that nothing is kept but that it was
    /// given, so a repeated request is refused by its name and nothing is done twice.
    pub async fn post_secret<T, F>(&self, unit: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx<'_>) -> Result<T> + Send + Sync + 'static,
    {
        let tenant = self.tenant()?;
        let Some(claim) = self.visit.claim.clone() else {
            return self.app.house().write(tenant, unit).await;
        };
        let once = async move |tx: &Tx<'_>| {
            if idempotency::find(tx, tenant, &claim).await?.is_some() {
                return Err(Problem::conflict("idempotency.answer_not_kept"));
            }
            let out = unit(tx).await?;
            idempotency::keep(tx, tenant, &claim, &Answer::done()).await?;
            Ok(out)
        };
        self.app.house().write(tenant, once).await
    }
}

/// A signed-in caller, when no single right says it all.
pub struct Signed(pub Arc<Actor>);

impl FromRequestParts<App> for Signed {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        Ok(Self(visit_of(parts)?.actor()?.clone()))
    }
}

impl<R: Right> FromRequestParts<App> for May<R> {
    type Rejection = Failure;
    /// The doorman: 401, 403, or the proof.
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let visit = visit_of(parts)?;
        let actor = visit.actor()?;
        let looks = matches!(parts.method, Method::GET | Method::HEAD);
        Ok(if looks { actor.may_look()? } else { actor.may()? })
    }
}
