//! Answers that are compressed. Invariant: only whole documents are, and only for who asks; what comes out of the transfer area never is.

use crate::message::{Request, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// The shortest answer that is compressed, as real servers are set up (guides 5.1 and 5.5, request headers).
const LEAST: usize = 64 << 10;

/// Whether the client takes gzip.
pub(super) fn accepted(request: &Request) -> bool {
    let codings = request.headers_named("accept-encoding").flat_map(|header| header.split(','));
    codings.map(str::trim).any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = parameters.trim().strip_prefix("q=").is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// The answer, compressed where that is wanted and worth it.
pub(super) fn pack(response: Response, wanted: bool) -> Response {
    if response.body.len() < LEAST {
        return response;
    }
    let response = response.with("vary", "Accept-Encoding, User-Agent");
    match wanted.then(|| packed(&response.body)).flatten() {
        Some(body) => Response { body: body.into(), ..response.with("content-encoding", "gzip") },
        None => response,
    }
}

fn packed(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn asking(codings: &[&str]) -> Request {
        Request {
            method: None,
            path: String::new(),
            query: String::new(),
            headers: codings.iter().map(|coding| ("accept-encoding".to_owned(), (*coding).to_owned())).collect(),
            scheme: "http",
            body: bytes::Bytes::new(),
            upload: None,
            options: false,
        }
    }

    #[test]
    fn who_takes_gzip() {
        for (codings, takes) in [
            (&["gzip, deflate"][..], true),
            (&["deflate", "GZIP;q=0.5"], true),
            (&["gzip;q=0, identity"], false),
            (&["identity"], false),
            (&["*"], false),
            (&[], false),
        ] {
            assert_eq!(accepted(&asking(codings)), takes, "{codings:?}");
        }
    }

    #[test]
    fn long_answers_are_compressed_for_who_asks() {
        let long = "<a>vcd</a>".repeat(LEAST / 10 + 1);
        let answer = || Response::new(200).body("application/xml", long.clone());
        let packed = pack(answer(), true);
        assert_eq!((packed.header("content-encoding"), packed.body.len() < long.len() / 10), (Some("gzip"), true));
        let mut back = String::new();
        GzDecoder::new(&packed.body[..]).read_to_string(&mut back).unwrap();
        assert_eq!(back, long);
        assert_eq!(pack(answer(), false).body, long);
        assert_eq!(pack(Response::new(200).body("application/xml", "short"), true).header("content-encoding"), None);
    }
}
