//! Statements that were sent to PostgreSQL and not waited for. The server does them in turn, so whatever comes after them
//! sees what they did; only that one was refused is heard of later.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use deadpool_postgres::Client;
use futures_util::FutureExt;
use tokio_postgres::Statement;

use super::{error::DbError, row::PgParam};

/// Answers that are waited for before more is sent.
const AHEAD_MAX: usize = 64;

type Answer = Pin<Box<dyn Future<Output = Result<u64, tokio_postgres::Error>> + Send>>;

/// Those of one unit, in the order in which they were sent.
#[derive(Default)]
pub(super) struct Sent(Mutex<Vec<(String, Answer)>>);

impl Sent {
    /// Sends one.
    pub async fn send(
        &self,
        name: &str,
        client: Arc<Client>,
        statement: Statement,
        values: Vec<PgParam<'static>>,
    ) -> Result<(), DbError> {
        let mut answer: Answer = Box::pin(async move { client.execute_raw(&statement, values).await });
        // It is on its way once it was asked for the first time.
        if let Some(said) = (&mut answer).now_or_never() {
            self.settle().await?;
            return said.map(drop).map_err(|error| DbError::postgres(name, error));
        }
        let ahead = {
            let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            sent.push((name.to_owned(), answer));
            sent.len()
        };
        if ahead < AHEAD_MAX { Ok(()) } else { self.settle().await }
    }

    /// Waits until all were done; the first refusal, for what follows one is refused because of it.
    pub async fn settle(&self) -> Result<(), DbError> {
        let sent = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut first = Ok(());
        for (name, answer) in sent {
            let said = answer.await.map(drop).map_err(|error| DbError::postgres(&name, error));
            first = first.and(said);
        }
        first
    }
}
