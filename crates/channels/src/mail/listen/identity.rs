//! Who we are on an encrypted line: a certificate and its key, read again when their files were renewed.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    sync::{Arc, Mutex, PoisonError},
};

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_platform::http::Tls;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// A certificate and its key.
#[derive(Debug)]
pub(super) struct Identity {
    files: Tls,
    held: Mutex<(Version, Arc<ServerConfig>)>,
}

/// When both files were last written, in seconds and nanoseconds.
type Version = [(i64, i64); 2];

impl Identity {
    /// Reads them.
    pub fn read(files: &Tls) -> Result<Self> {
        let held = Mutex::new((version(files)?, config(files)?));
        Ok(Self { files: files.clone(), held })
    }

    /// As the files are now; while those are being replaced, as they were.
    pub fn config(&self) -> Result<Arc<ServerConfig>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = version(&self.files)?;
        if held.0 != now {
            match config(&self.files) {
                Ok(renewed) => *held = (now, renewed),
                Err(problem) => tracing::warn!(%problem, "A renewed certificate for mail cannot be read yet"),
            }
        }
        Ok(held.1.clone())
    }
}

fn version(files: &Tls) -> Result<Version> {
    let of = |file: &std::path::Path| {
        let about = fs::metadata(file).map_err(unreadable)?;
        Ok::<_, Problem>((about.mtime(), about.mtime_nsec()))
    };
    Ok([of(&files.cert_file)?, of(&files.key_file)?])
}

fn config(files: &Tls) -> Result<Arc<ServerConfig>> {
    let chain = CertificateDer::pem_file_iter(&files.cert_file).map_err(unreadable)?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(unreadable)?;
    let key = PrivateKeyDer::from_pem_file(&files.key_file).map_err(unreadable)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(unreadable)?;
    Ok(Arc::new(config))
}

fn unreadable(error: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Invalid, "mail.certificate").with("reason", error.to_string())
}
