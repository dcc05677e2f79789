//! TLS: certificates are verified, always, against the system's roots and those of `ca_file`.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{TlsConnector, rustls};

/// Why TLS can't be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// `ca_file` can't be read, or holds no certificate.
    #[error("the certificates of {path} can't be read: {cause}")]
    CaFile {
        /// The file.
        path: String,
        /// What is wrong.
        cause: String,
    },
    /// There is nothing to verify a server against.
    #[error(
        "there are no root certificates on this machine; install ca-certificates, or set `ca_file`"
    )]
    NoRoots,
    /// The relay's name is none that a certificate can be for.
    #[error("{0} is no name that a certificate can be for")]
    Name(String),
}

/// What a handshake with one server needs.
#[derive(Clone)]
pub struct Tls {
    pub(super) connector: TlsConnector,
    pub(super) name: ServerName<'static>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Tls({:?})", self.name)
    }
}

impl Tls {
    /// Prepares for a server named `host`: TLS 1.2 or 1.3, its certificate
    /// verified for that name (RFC 8314, 3; RFC 9525).
    ///
    /// # Errors
    /// There are no roots, `ca_file` can't be read, or `host` is no name.
    pub fn new(host: &str, ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        // A root that can't be parsed is of no use; the others are.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca_file {
            add_file(&mut roots, path)?;
        }
        if roots.is_empty() {
            return Err(TlsError::NoRoots);
        }
        let config = ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name,
        })
    }
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), TlsError> {
    let failed = |cause: String| TlsError::CaFile {
        path: path.display().to_string(),
        cause,
    };
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(|error| failed(error.to_string()))?
        .collect();
    let certificates = certificates.map_err(|error| failed(error.to_string()))?;
    if certificates.is_empty() {
        return Err(failed("it holds none".to_owned()));
    }
    for certificate in certificates {
        roots
            .add(certificate)
            .map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}
