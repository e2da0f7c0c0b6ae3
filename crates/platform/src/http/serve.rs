//! Listening: plain or TLS, slow clients cut off, and an end that finishes what was accepted.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    time::Duration,
};

use axum::{Router, ServiceExt, body::Body, middleware};
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use madoguchi_kernel::{Problem, problem::Result};
use tower::{Layer, util::MapRequestLayer};

use super::{
    tenant_of_path,
    unread::{Lingering, answered_early},
};
use crate::house::House;

type Incoming = axum::http::Request<hyper::body::Incoming>;

/// How long a client may take to send its headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// A certificate and its key, in PEM files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate chain.
    pub cert_file: PathBuf,
    /// The private key.
    pub key_file: PathBuf,
}

/// A listener that is ready to serve.
pub struct Serving {
    listener: TcpListener,
    tls: Option<RustlsConfig>,
}

impl Serving {
    /// Binds the address; nothing is answered yet.
    pub async fn bind(address: SocketAddr, tls: Option<&Tls>) -> Result<Self> {
        let listener = TcpListener::bind(address).map_err(Problem::broken)?;
        listener.set_nonblocking(true).map_err(Problem::broken)?;
        let tls = match tls {
            Some(tls) => {
                Some(RustlsConfig::from_pem_file(&tls.cert_file, &tls.key_file).await.map_err(Problem::broken)?)
            }
            None => None,
        };
        Ok(Self { listener, tls })
    }
    /// The address that was bound.
    pub fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().map_err(Problem::broken)
    }
}

/// Serves until the house stops; then finishes the requests that were accepted, within this time.
pub async fn serve(serving: Serving, router: Router, house: &House, finish_within: Duration) -> Result<()> {
    let clock = house.clock();
    let router = router.layer(middleware::from_fn_with_state(clock.clone(), answered_early));
    let service = MapRequestLayer::new(|request: Incoming| tenant_of_path(request.map(Body::new))).layer(router);
    let service = ServiceExt::<Incoming>::into_make_service_with_connect_info::<SocketAddr>(service);
    let handle = Handle::new();
    let end = handle.clone();
    let stopped = async move {
        house.stopping().cancelled().await;
        end.graceful_shutdown(Some(finish_within));
        // Whoever insists is told that these are waited for.
        let _open = (end.connection_count() > 0).then(|| house.begin("connections over HTTP"));
        std::future::pending::<()>().await;
    };
    let served = async {
        let lingering = Lingering(clock.clone());
        let mut server = axum_server::from_tcp(serving.listener)?.handle(handle);
        slow_clients_out(server.http_builder());
        match serving.tls {
            Some(tls) => server.acceptor(RustlsAcceptor::new(tls).acceptor(lingering)).serve(service).await,
            None => server.acceptor(lingering).serve(service).await,
        }
    };
    tokio::select! {
        out = served => out.map_err(Problem::broken),
        () = stopped => Ok(()),
    }
}

fn slow_clients_out(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder.http1().timer(hyper_util::rt::TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    builder.http2().timer(hyper_util::rt::TokioTimer::new());
}
