//! What nodes on one PostgreSQL say to each other: LISTEN and NOTIFY over one connection of its own. A
//! notice is never the truth. It saves a wait, and whoever misses one finds the work by looking.
//!
//! NOTIFY takes a lock of the whole server until its commit, so no unit of work ever says it: this
//! connection does, after the commits, at a pace that its caller sets.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    sync::atomic::{AtomicI32, Ordering},
};

use madoguchi_kernel::problem::Result;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Client, Connection};

use super::{Db, Pool, error::DbError};

/// What a notice may hold; the server's own limit is 8000 bytes.
pub(crate) const NOTICE_BYTES_MAX: usize = 7900;

const LISTEN: &str = "LISTEN madoguchi";
const NOTIFY: &str = "SELECT pg_notify('madoguchi', $1)";

impl Db {
    /// Talks with the other nodes until the connection is lost, and says why it was. `connected` is called
    /// when notices can be heard, `heard` for each notice of another node; `next` waits for something to say.
    /// On SQLite there is nobody to talk to, so it never returns.
    pub(crate) async fn talk<N: Future<Output = String>>(
        &self,
        connected: impl FnOnce(),
        heard: impl Fn(&str),
        next: impl FnMut() -> N,
    ) -> DbError {
        let Pool::Postgres(db) = &*self.engine else { return std::future::pending().await };
        let mine = AtomicI32::new(0);
        let others = |pid, notice: &str| {
            if pid != mine.load(Ordering::Relaxed) {
                heard(notice);
            }
        };
        let (client, driver) = match db.line(others).await {
            Ok(line) => line,
            Err(error) => return error,
        };
        tokio::select! {
            lost = driver => lost,
            Err(lost) = say(&client, &mine, connected, next) => lost,
        }
    }
}

async fn say<N: Future<Output = String>>(
    client: &Client,
    mine: &AtomicI32,
    connected: impl FnOnce(),
    mut next: impl FnMut() -> N,
) -> Result<Infallible, DbError> {
    let failed = |error| DbError::postgres("notices", error);
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await.map_err(failed)?;
    mine.store(row.get(0), Ordering::Relaxed);
    client.batch_execute(LISTEN).await.map_err(failed)?;
    let notify = client.prepare(NOTIFY).await.map_err(failed)?;
    connected();
    loop {
        let notice = next().await;
        client.execute(&notify, &[&notice]).await.map_err(failed)?;
    }
}

/// Moves the connection's bytes, and hands its notices over, until it is lost.
pub(super) async fn drive<S, T>(mut connection: Connection<S, T>, heard: impl Fn(i32, &str)) -> DbError
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notification(notice))) => heard(notice.process_id(), notice.payload()),
            Some(Ok(_)) => {}
            Some(Err(error)) => return DbError::postgres("notices", error),
            None => return DbError::Away("the server closed the connection for notices".into()),
        }
    }
}
