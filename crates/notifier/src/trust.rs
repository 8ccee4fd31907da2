//! Files of certificates, as the tools of the time write them. Invariant: no input panics or makes more than it holds; what is read can be
//! trusted by a connection.
//!
//! Certificates come in PEM or DER, trust stores as JKS or JCEKS: a head, entries that each say how long they are, and a digest over all of
//! it that is keyed with the password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const JKS: u32 = 0xfeed_feed;
const JCEKS: u32 = 0xcece_cece;
/// What stands between the password and the store in the digest.
const SALT: &[u8] = b"Mighty Aphrodite";
const DIGEST: usize = 20;
const PEM_LINE: usize = 64;

/// Why a file holds nobody to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Neither PEM nor DER, or without a certificate.
    #[error("This is no certificate: it must be X.509 in PEM or DER.")]
    NoCertificate,
    /// Not one of the formats that are read.
    #[error("This is no trust store: it must be a JKS or JCEKS file, or certificates in PEM. PKCS#12 is not read.")]
    NoStore,
    /// It ends too soon, or its parts contradict each other.
    #[error("The trust store is damaged.")]
    Damaged,
    /// It holds what is neither a certificate nor a key with its certificates.
    #[error("The trust store holds a secret key; only certificates are wanted.")]
    Secret,
    /// It holds no certificate that is to be trusted.
    #[error("The trust store holds no trusted certificate.")]
    Empty,
    /// The digest is another.
    #[error("The password of the trust store is wrong, or the file was changed.")]
    Password,
}

/// The certificates of a file in PEM or DER, in PEM.
///
/// # Errors
/// When there is none.
pub fn read_certificates(bytes: &[u8]) -> Result<String, TrustError> {
    let certificates = if is_pem(bytes) {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
        read.unwrap_or_default()
    } else {
        vec![CertificateDer::from(bytes.to_vec())]
    };
    write(&certificates).ok_or(TrustError::NoCertificate)
}

/// The trusted certificates of a JKS or JCEKS file, in PEM. Without a password the digest goes unchecked, as Java has it.
///
/// # Errors
/// When there is none, or the password is wrong.
pub fn read_truststore(bytes: &[u8], password: Option<&str>) -> Result<String, TrustError> {
    if is_pem(bytes) {
        return read_certificates(bytes);
    }
    let (store, digest) = bytes.split_at_checked(bytes.len().saturating_sub(DIGEST)).ok_or(TrustError::NoStore)?;
    let mut parts = Parts(store);
    if !matches!(parts.number(), Ok(JKS | JCEKS)) {
        return Err(TrustError::NoStore);
    }
    if let Some(password) = password
        && keyed(password, store) != digest
    {
        return Err(TrustError::Password);
    }
    let version = parts.number()?;
    let mut trusted = Vec::new();
    for _ in 0..parts.number()? {
        let tag = parts.number()?;
        let _alias = parts.text()?;
        let _created = parts.take(8)?;
        match tag {
            1 => {
                let _key = parts.long()?;
                for _ in 0..parts.number()? {
                    let _own = parts.certificate(version)?;
                }
            }
            2 => trusted.push(CertificateDer::from(parts.certificate(version)?.to_vec())),
            _ => return Err(TrustError::Secret),
        }
    }
    match (trusted.is_empty(), parts.0.is_empty()) {
        (true, _) => Err(TrustError::Empty),
        (false, false) => Err(TrustError::Damaged),
        (false, true) => write(&trusted).ok_or(TrustError::Damaged),
    }
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|some| some == b"-----BEGIN ")
}

fn keyed(password: &str, store: &[u8]) -> Vec<u8> {
    let mut digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for unit in password.encode_utf16() {
        digest.update(&unit.to_be_bytes());
    }
    digest.update(SALT);
    digest.update(store);
    digest.finish().as_ref().to_vec()
}

/// All of them in PEM, if a connection can trust every one.
fn write(certificates: &[CertificateDer<'static>]) -> Option<String> {
    let mut roots = RootCertStore::empty();
    let mut pem = String::new();
    for certificate in certificates {
        roots.add(certificate.clone()).ok()?;
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = STANDARD.encode(certificate);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(PEM_LINE));
            pem.push_str(line);
            pem.push('\n');
            rest = more;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    (!pem.is_empty()).then_some(pem)
}

/// What is left of a store.
struct Parts<'b>(&'b [u8]);

impl<'b> Parts<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], TrustError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(TrustError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, TrustError> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// A text with its length in two bytes.
    fn text(&mut self) -> Result<&'b [u8], TrustError> {
        let length = self.take(2)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        self.take(length)
    }

    /// Bytes with their length in four.
    fn long(&mut self) -> Result<&'b [u8], TrustError> {
        let length = self.number()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// A certificate; the second version of the format says its type first.
    fn certificate(&mut self, version: u32) -> Result<&'b [u8], TrustError> {
        if version > 1 {
            let _type = self.text()?;
        }
        self.long()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn certificate() -> Vec<u8> {
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.der().to_vec()
    }

    fn long(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
    }

    fn text(text: &str) -> Vec<u8> {
        [&u16::try_from(text.len()).unwrap().to_be_bytes(), text.as_bytes()].concat()
    }

    fn entry(tag: u32, rest: &[u8]) -> Vec<u8> {
        [&tag.to_be_bytes(), text("alias").as_slice(), &[0; 8], rest].concat()
    }

    /// A store with these entries, as Java's keytool writes it.
    pub(crate) fn store(magic: u32, version: u32, password: &str, entries: &[Vec<u8>]) -> Vec<u8> {
        let count = u32::try_from(entries.len()).unwrap();
        let head = [magic, version, count].map(u32::to_be_bytes).concat();
        let store = [head, entries.concat()].concat();
        let digest = keyed(password, &store);
        [store, digest].concat()
    }

    fn trusted(certificate: &[u8]) -> Vec<u8> {
        entry(2, &[text("X.509"), long(certificate)].concat())
    }

    #[test]
    fn certificates_are_read_in_both_forms_and_many_at_once() {
        let (one, two) = (certificate(), certificate());
        let (one_pem, two_pem) = (read_certificates(&one).unwrap(), read_certificates(&two).unwrap());
        let both = format!("A comment.\n{one_pem}{two_pem}");
        assert_eq!(read_certificates(both.as_bytes()).unwrap(), format!("{one_pem}{two_pem}"));
        assert!(one_pem.lines().all(|line| line.len() <= PEM_LINE));
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let no_sense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for wrong in [b"".as_slice(), b"hello", key.as_bytes(), no_sense.as_bytes(), &one[..one.len() - 1]] {
            assert_eq!(read_certificates(wrong), Err(TrustError::NoCertificate));
        }
    }

    #[test]
    fn stores_are_read_with_and_without_their_password() {
        let (one, two) = (certificate(), certificate());
        let both = read_certificates(&one).unwrap() + &read_certificates(&two).unwrap();
        let key = entry(1, &[long(b"a key"), vec![0, 0, 0, 1], text("X.509"), long(&one)].concat());
        let entries = [trusted(&one), key, trusted(&two)];
        for magic in [JKS, JCEKS] {
            let store = store(magic, 2, "chang\u{e9}it", &entries);
            assert_eq!(read_truststore(&store, Some("chang\u{e9}it")).unwrap(), both);
            assert_eq!(read_truststore(&store, None).unwrap(), both);
            assert_eq!(read_truststore(&store, Some("changeit")), Err(TrustError::Password));
        }
        let old = store(JKS, 1, "x", &[entry(2, &long(&one))]);
        assert_eq!(read_truststore(&old, Some("x")), read_certificates(&one));
        assert_eq!(read_truststore(both.as_bytes(), Some("any")).unwrap(), both);
    }

    #[test]
    fn what_is_no_store_says_why() {
        let one = certificate();
        for (wrong, error) in [
            (b"".to_vec(), TrustError::NoStore),
            (one.clone(), TrustError::NoStore),
            (store(JKS, 2, "x", &[]), TrustError::Empty),
            (store(JCEKS, 2, "x", &[entry(3, b"sealed")]), TrustError::Secret),
            (store(JKS, 2, "x", &[trusted(b"no certificate")]), TrustError::Damaged),
            (store(JKS, 2, "x", &[[trusted(&one), vec![0]].concat()]), TrustError::Damaged),
            (store(JKS, 2, "x", &[trusted(&one)[..40].to_vec()]), TrustError::Damaged),
        ] {
            assert_eq!(read_truststore(&wrong, None), Err(error));
        }
        // Each beginning of a store is damaged or none.
        let whole = store(JKS, 2, "x", &[trusted(&one)]);
        assert!((0..whole.len()).all(|length| read_truststore(&whole[..length], None).is_err()));
    }
}
