//! The certificates that the broker shows. Invariant: each but the good one is wrong in exactly one way.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};

/// Which certificate the broker shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Of the trusted authority, for this machine, valid.
    Good,
    /// The same, but its time is over.
    Expired,
    /// The same, but for another host.
    Elsewhere,
    /// The same, but of an authority that nobody knows.
    Stranger,
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Two authorities; the first is trusted.
pub(super) struct Certificates {
    trusted: Authority,
    strange: Authority,
    issued: Vec<(Shown, String, String)>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

impl Certificates {
    /// Makes them all.
    pub(super) fn make() -> Result<Self, String> {
        Self::try_make().map_err(|error| format!("certificates could not be made: {error}"))
    }

    fn try_make() -> Result<Self, rcgen::Error> {
        let (trusted, strange) = (authority("trial authority")?, authority("strange authority")?);
        let issued = [Shown::Good, Shown::Expired, Shown::Elsewhere, Shown::Stranger]
            .into_iter()
            .map(|shown| {
                let issuer = if shown == Shown::Stranger { &strange } else { &trusted };
                issue(issuer, shown).map(|(certificate, key)| (shown, certificate, key))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { trusted, strange, issued })
    }

    /// In PEM: the authority, the certificate, and its key.
    pub(super) fn pem(&self, shown: Shown) -> (String, String, String) {
        let authority = if shown == Shown::Stranger { self.strange.pem() } else { self.trusted.pem() };
        let found = self.issued.iter().find(|(known, ..)| *known == shown);
        let (certificate, key) = found.map(|(_, certificate, key)| (certificate.clone(), key.clone())).unwrap_or_default();
        (authority, certificate, key)
    }
}

fn authority(name: &str) -> Result<Authority, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    CertifiedIssuer::self_signed(params, KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?)
}

fn issue(authority: &Authority, shown: Shown) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let names = if shown == Shown::Elsewhere { vec!["elsewhere.test"] } else { vec!["localhost", "127.0.0.1"] };
    let mut params = CertificateParams::new(names.into_iter().map(str::to_owned).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, "broker");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if shown == Shown::Expired {
        (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    }
    let certificate = params.signed_by(&key, authority)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
