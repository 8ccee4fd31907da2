//! `--amqp URL`. Invariant: the password of the URL appears in no message.

use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use vcdsim_model::family::settings::AmqpSettings;

/// Settings from `amqp://user:password@host:port/vhost`; what the URL leaves out has its default.
///
/// # Errors
/// A sentence that says what such a URL looks like.
pub(crate) fn parse(url: &str) -> Result<AmqpSettings, String> {
    let wrong = || "--amqp takes a URL such as amqp://guest:guest@127.0.0.1:5672/%2f".to_owned();
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let use_ssl = match scheme {
        "amqp" => false,
        "amqps" => true,
        _ => return Err(wrong()),
    };
    let (authority, vhost) = rest.split_once('/').map_or((rest, None), |(authority, vhost)| (authority, Some(vhost)));
    let (credentials, address) =
        authority.rsplit_once('@').map_or((None, authority), |(credentials, address)| (Some(credentials), address));
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok().ok_or_else(wrong)?),
        _ => (address, if use_ssl { 5671 } else { 5672 }),
    };
    // An IPv6 address has brackets in a URL and nowhere else.
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() || host.contains(['[', ']', '/', ' ']) {
        return Err(wrong());
    }
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut settings = AmqpSettings { host: host.to_owned(), port, use_ssl, ..AmqpSettings::default() };
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        (settings.username, settings.password) = (decode(user), decode(password));
    }
    if let Some(vhost) = vhost.filter(|vhost| !vhost.is_empty()) {
        settings.vhost = decode(vhost);
    }
    Ok(settings)
}

/// The certificates of `--amqp-ca FILE`, as they stand there.
///
/// # Errors
/// A sentence that names the file and what is wrong with it.
pub(crate) fn authority(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("--amqp-ca {}: {error}", file.display()))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(format!("--amqp-ca {}: there is no certificate in it", file.display())),
        Ok(_) => Ok(text),
        Err(error) => Err(format!("--amqp-ca {}: {error}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_a_file_with_certificates() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(authority(file.path()).unwrap_err().contains("no certificate"));
        let pem = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem();
        std::fs::write(file.path(), &pem).unwrap();
        assert_eq!(authority(file.path()).unwrap(), pem);
        assert!(authority(Path::new("/nowhere/ca.pem")).unwrap_err().starts_with("--amqp-ca /nowhere/ca.pem"));
    }

    #[test]
    fn urls() {
        let full = parse("amqps://me:p%40ss@broker.test/%2fcloud").unwrap();
        assert_eq!(
            (full.host.as_str(), full.port, full.username.as_str(), full.password.as_str(), full.vhost.as_str(), full.use_ssl),
            ("broker.test", 5671, "me", "p@ss", "/cloud", true)
        );
        let bare = parse("amqp://127.0.0.1:5673").unwrap();
        assert_eq!((bare.port, bare.vhost.as_str(), bare.username.as_str()), (5673, "/", "guest"));
        let (v6, bare_v6) = (parse("amqp://u:p@[::1]:1/v").unwrap(), parse("amqp://[fe80::1]").unwrap());
        assert_eq!((v6.host.as_str(), v6.port, bare_v6.host.as_str(), bare_v6.port), ("::1", 1, "fe80::1", 5672));
        for bad in ["", "http://h", "amqp://", "amqp://h:port", "amqp://[]", "amqp://[::1"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(!parse("amqp://u:secret@h:x").unwrap_err().contains("secret"));
    }
}
