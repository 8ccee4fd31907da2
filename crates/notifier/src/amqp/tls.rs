//! TLS towards the broker. Invariant: a certificate goes unchecked only where the settings say so.

use super::error::{ENDED, is_ended};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::io;
use std::sync::Arc;
use vcdsim_model::family::settings::{AmqpSettings, AmqpTrust};

/// How to speak TLS: trusting whom the settings name, else whom the system trusts, or anybody.
pub(super) fn client(settings: &AmqpSettings) -> io::Result<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let config = if settings.ssl_accept_all {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider))).with_no_client_auth()
    } else {
        let named = certificates(&settings.trust)?;
        let roots = Arc::new(roots(&named)?);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider).build().map_err(io::Error::other)?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Trusted { named, verifier })).with_no_client_auth()
    };
    Ok(Arc::new(config))
}

/// The authorities that count.
fn roots(named: &[CertificateDer<'static>]) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    if named.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    for certificate in named {
        roots.add(certificate.clone()).map_err(io::Error::other)?;
    }
    if roots.is_empty() {
        Err(io::Error::other("this system trusts no certificate authority, and the settings name none"))
    } else {
        Ok(roots)
    }
}

/// What the settings name.
fn certificates(trust: &AmqpTrust) -> io::Result<Vec<CertificateDer<'static>>> {
    let texts = [&trust.certificate, &trust.truststore].into_iter().flatten();
    let read: Result<Vec<_>, _> = texts.flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes())).collect();
    read.map_err(|error| io::Error::other(format!("the certificates to be trusted cannot be read: {error}")))
}

/// What is wrong with TLS, in words that are the same at each attempt: those of the library count the seconds since a certificate expired.
pub(super) fn reason(error: &io::Error) -> String {
    let refused = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(why)) = refused else {
        return if is_ended(error) { ENDED.to_owned() } else { error.to_string() };
    };
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the broker's certificate has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the broker's certificate is not valid yet".to_owned()
        }
        // A signature is bad where another authority of the same name is trusted.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the broker's certificate comes from an authority that is not trusted".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the broker's certificate is for another host".to_owned()
        }
        other => format!("the broker's certificate is refused: {other}"),
    }
}

/// Whom the settings name, or the system trusts. A certificate that is named need not be an authority's: it counts for itself as well, as
/// long as it is valid and for this host.
#[derive(Debug)]
struct Trusted {
    named: Vec<CertificateDer<'static>>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // Dates are looked at before either of these is found: nobody known has signed it, or it is an authority itself.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_),
            )) if self.named.iter().any(|named| **named == **end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// `AmqpSslAcceptAll`: the other side still has to prove that it holds the key of the certificate it shows.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
