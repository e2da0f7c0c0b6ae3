//! PostgreSQL 15 or later: one transaction a unit, row-level security, retries where the server asks for them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod};
use futures_util::{FutureExt, future::Either};
use madoguchi_kernel::{Problem, problem::Result};
use rustls::RootCertStore;
use tokio_postgres::{Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    Outcome,
    error::{DbError, with_causes},
    guarded, migrate, notices,
    tx::{Conn, Env, Reach, Tx, Unit},
};

/// How often a unit is run when the server asks for it to be run again.
const ATTEMPTS_MAX: u32 = 8;

/// Where the server is.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    /// `postgres://user:password@host:port/database?sslmode=require`
    pub url: String,
    /// Connections of this node.
    pub connections: usize,
    /// PEM file of the authority that signed the server's certificate; without it the system's are trusted.
    pub ca_file: Option<std::path::PathBuf>,
}

/// How long the server may take to answer a knock, and to take note of what was sent.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// How long a connection may be idle before the server is asked whether it is still there.
const IDLE_MAX: Duration = Duration::from_secs(30);

pub(super) struct Postgres {
    pool: Pool,
    config: Box<Config>,
    /// None where the address says `sslmode=disable`.
    tls: Option<MakeRustlsConnect>,
}

impl Postgres {
    pub async fn open(settings: &PostgresSettings) -> Result<Self> {
        let config = configured(&settings.url)?;
        let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(MakeRustlsConnect::new(tls(settings)?)),
        };
        let manager = match &tls {
            None => Manager::from_config(config.clone(), NoTls, manager_config),
            Some(tls) => Manager::from_config(config.clone(), tls.clone(), manager_config),
        };
        let pool = Pool::builder(manager).max_size(settings.connections).build().map_err(Problem::broken)?;
        let opened = Self { pool, config: Box::new(config), tls };
        drop(opened.client().await?);
        Ok(opened)
    }

    /// A connection of its own for notices, and what keeps it going.
    pub async fn line(
        &self,
        heard: impl Fn(i32, &str),
    ) -> Result<(tokio_postgres::Client, impl Future<Output = DbError>), DbError> {
        let failed = |error| DbError::postgres("connect", error);
        Ok(match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
                (client, Either::Left(notices::drive(connection, heard)))
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await.map_err(failed)?;
                (client, Either::Right(notices::drive(connection, heard)))
            }
        })
    }

    async fn client(&self) -> Result<Client, DbError> {
        self.pool.get().await.map_err(|error| match &error {
            // Why there is no connection, such as a certificate that is not accepted, stands in what caused it.
            PoolError::Backend(cause) => DbError::Away(with_causes(cause)),
            error => DbError::Away(error.to_string()),
        })
    }

    pub async fn write<T, F>(&self, env: &Env, reach: Reach, unit: F) -> Result<Outcome<T>>
    where
        F: AsyncFn(&Tx<'_>) -> Result<T>,
    {
        let mut attempt = 1;
        loop {
            match self.attempt(env, reach, &unit).await {
                Err(Attempt::Again) if attempt < ATTEMPTS_MAX => attempt += 1,
                Err(Attempt::Again) => return Err(DbError::Again.into()),
                Err(Attempt::Failed(problem)) => return Err(problem),
                Ok(out) => return Ok(out),
            }
        }
    }

    async fn attempt<T, F>(&self, env: &Env, reach: Reach, unit: &F) -> Result<Outcome<T>, Attempt>
    where
        F: AsyncFn(&Tx<'_>) -> Result<T>,
    {
        let open = Open(Some(Arc::new(self.client().await?)));
        let shared = Unit::new(Conn::Postgres(open.client()), env);
        let tx = shared.tx(reach);
        let begin = begin("BEGIN", reach);
        // The beginning travels with the first statement: no round trip of its own.
        let (begun, out) = tokio::join!(open.client().batch_execute(&begin), async {
            let out = guarded(unit(&tx)).await;
            shared.sent.settle().await.map_err(|error| shared.spoilt(error)).map_err(Problem::from).and(out)
        });
        match begun.map_err(|error| DbError::postgres("begin", error)) {
            // The server let an idle connection go; nothing was begun on it.
            Err(DbError::Away(_)) if open.client().is_closed() => return Err(Attempt::Again),
            begun => begun?,
        }
        let again = shared.again.load(Ordering::Relaxed);
        let spoiled = shared.spoiled.load(Ordering::Relaxed);
        let told = shared.into_told();
        // The server would answer the COMMIT of a spoiled transaction with a ROLLBACK, and call that a success.
        let end = if out.is_ok() && !again && !spoiled { "COMMIT" } else { "ROLLBACK" };
        let ended = open.client().batch_execute(end).await.map_err(|error| DbError::postgres("commit", error));
        if matches!(ended, Ok(()) | Err(DbError::Again)) {
            open.close();
        }
        if again || matches!(ended, Err(DbError::Again)) {
            return Err(Attempt::Again);
        }
        let out = out?;
        if spoiled {
            return Err(DbError::Spoiled.into());
        }
        ended?;
        Ok((out, told))
    }

    pub async fn read<T, F>(&self, env: &Env, reach: Reach, unit: F) -> Result<T>
    where
        F: AsyncFn(&Tx<'_>) -> Result<T>,
    {
        let open = Open(Some(Arc::new(self.client().await?)));
        let shared = Unit::new(Conn::Postgres(open.client()), env);
        let tx = shared.tx(reach);
        let begin = begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", reach);
        let (begun, out) = tokio::join!(open.client().batch_execute(&begin), guarded(unit(&tx)));
        begun.map_err(|error| DbError::postgres("begin", error))?;
        // Sent, and not waited for: whoever borrows the connection next stands behind it in the line.
        drop(open.client().batch_execute("COMMIT").now_or_never());
        open.close();
        out
    }

    pub async fn migrate(&self) -> Result<()> {
        let mut client = self.client().await?;
        Ok(migrate::postgres(&mut client).await?)
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

/// The address, with limits on silence where it names none: a server that fell off the network must not hold
/// its callers for the hours that the system's own limits allow.
fn configured(url: &str) -> Result<Config, DbError> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| DbError::Away(error.to_string()))?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(SILENCE_MAX);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE_MAX);
    }
    config.keepalives_idle(config.get_keepalives_idle().min(IDLE_MAX));
    Ok(config)
}

enum Attempt {
    Again,
    Failed(Problem),
}
impl From<DbError> for Attempt {
    fn from(error: DbError) -> Self {
        if matches!(error, DbError::Again) { Self::Again } else { Self::Failed(error.into()) }
    }
}
impl From<Problem> for Attempt {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// `0` stands for the house; the policies let it see every row.
fn begin(how: &str, reach: Reach) -> String {
    let tenant = match reach {
        Reach::Tenant(tenant) => tenant.number(),
        Reach::House => 0,
    };
    format!("{how}; SET LOCAL madoguchi.tenant = '{tenant}'")
}

/// A connection with an open transaction. Dropped early (the caller went away), it is closed rather than
/// handed back with its transaction still open.
struct Open(Option<Arc<Client>>);

impl Open {
    fn client(&self) -> &Arc<Client> {
        self.0.as_ref().expect("open until closed")
    }
    fn close(mut self) {
        self.0.take();
    }
}
impl Drop for Open {
    fn drop(&mut self) {
        // Nobody else has it: what was sent on it ended with its unit.
        if let Some(client) = self.0.take().and_then(Arc::into_inner) {
            drop(Client::take(client));
        }
    }
}

fn tls(settings: &PostgresSettings) -> Result<rustls::ClientConfig> {
    let mut roots = RootCertStore::empty();
    match &settings.ca_file {
        Some(path) => {
            use rustls::pki_types::{CertificateDer, pem::PemObject};
            for certificate in CertificateDer::pem_file_iter(path).map_err(Problem::broken)? {
                roots.add(certificate.map_err(Problem::broken)?).map_err(Problem::broken)?;
            }
        }
        None => {
            for certificate in rustls_native_certs::load_native_certs().certs {
                // A certificate of the system that rustls cannot read is no reason to trust fewer of the others.
                if let Err(error) = roots.add(certificate) {
                    tracing::debug!(%error, "Passed over a certificate of the system");
                }
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Problem::broken)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
