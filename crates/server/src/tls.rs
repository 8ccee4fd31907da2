//! TLS. Invariant: the authority's key never leaves the data directory, and is readable by its owner alone.

use crate::config::Config;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

/// A TLS configuration and the authority that clients may trust.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    /// For the listener.
    pub(crate) server: rustls::ServerConfig,
    /// The authority in PEM; `None` with a certificate of the user's own.
    pub(crate) authority: Option<String>,
}

/// TLS for the listener at `host`: with the configured certificate, or with one signed by an authority of our own, which is kept in the
/// data directory or, without one, lives as long as the process.
///
/// # Errors
/// A sentence that names the file and what is wrong with it.
pub(crate) fn load(config: &Config, host: IpAddr) -> Result<Tls, String> {
    let (chain, key, authority) = match &config.tls {
        Some((chain, key)) => (read_chain(chain)?, read_key(key)?, None),
        None => {
            let authority = authority(config.data_dir.as_deref())?;
            let (certificate, key) = issue(&authority, host).map_err(|error| format!("a certificate could not be made: {error}"))?;
            (vec![certificate], key, Some(authority.pem()))
        }
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let server = builder.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut server = server.map_err(|error| format!("TLS: {error}"))?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    if let (Some(file), Some(pem)) = (&config.ca_out, &authority) {
        std::fs::write(file, pem).map_err(|error| format!("--ca-out {}: {error}", file.display()))?;
    }
    Ok(Tls { server, authority })
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(dir: Option<&Path>) -> Result<Authority, String> {
    let wrong = |error: rcgen::Error| format!("the certificate authority could not be made: {error}");
    let file = dir.map(|dir| dir.join("ca-key.pem"));
    let key = match &file {
        Some(file) if file.exists() => {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            KeyPair::from_pem(&text).map_err(|error| format!("{}: {error}", file.display()))?
        }
        _ => {
            let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(wrong)?;
            if let Some(file) = &file {
                write_private(file, &key.serialize_pem())?;
            }
            key
        }
    };
    // Everything but the key is fixed, so that the same key makes the same authority again.
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "vcdsim local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2044, 1, 1);
    params.serial_number = Some(1.into());
    CertifiedIssuer::self_signed(params, key).map_err(wrong)
}

fn issue(authority: &Authority, host: IpAddr) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned(), "*.localhost".to_owned(), "vcdsim".to_owned()])?;
    for address in [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), host] {
        params.subject_alt_names.push(SanType::IpAddress(address));
    }
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2044, 1, 1);
    let certificate = params.signed_by(&key, authority)?;
    Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
}

fn write_private(file: &Path, text: &str) -> Result<(), String> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut opened| opened.write_all(text.as_bytes()));
    written.map_err(|error| format!("{}: {error}", file.display()))
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error: rustls::pki_types::pem::Error| format!("--tls {}: {error}", file.display());
    CertificateDer::pem_file_iter(file).map_err(wrong)?.collect::<Result<_, _>>().map_err(wrong)
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| format!("--tls {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_outlives_the_process_in_a_data_directory() {
        let dir = tempfile::tempdir().unwrap();
        let first = authority(Some(dir.path())).unwrap().key().public_key_pem();
        assert_eq!(first, authority(Some(dir.path())).unwrap().key().public_key_pem());
        assert_ne!(first, authority(None).unwrap().key().public_key_pem());
    }
}
