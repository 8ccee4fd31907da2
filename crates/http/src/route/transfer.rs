//! The transfer area. Invariant: a body goes to disk as it comes; no file is ever held in memory.

mod descriptor;

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::vapp_template::envelope;
use descriptor::description;
use vcdsim_model::action::Method;
use vcdsim_model::family::vapp_template::DESCRIPTOR;
use vcdsim_model::id::{Urn, parse_uuid};
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, media};
use vcdsim_platform::transfer::{Part, Sender, Sent};

/// What the paths of the transfer area begin with.
pub(crate) const TRANSFER: &str = "/transfer/";

pub(super) fn routes(routes: &mut Routes) {
    routes.add(Method::Put, format!("{TRANSFER}{{id}}/{{name}}"), put);
    routes.get(&format!("{TRANSFER}{{id}}/{{name}}"), get);
}

/// `PUT /transfer/{id}/{name}`: a file, or the part of it that `Content-Range` names. Clients take nothing but 200 for success.
async fn put(cx: Cx) -> Result<Reply, Fault> {
    let id = id(&cx)?;
    if cx.cloud.awaits_trust(id).await? {
        return super::settings::trust::take(&cx, id).await;
    }
    let part = cx.request.header("content-range").map(content_range).transpose()?;
    let mut receiver = cx.cloud.receiver(cx.caller()?, id, cx.param("name"), part).await?;
    match &cx.request.upload {
        Some(upload) => {
            while let Some(chunk) = upload.next().await {
                receiver.take(chunk).await?;
            }
        }
        None => receiver.take(cx.request.body.clone()).await?,
    }
    receiver.finish().await?;
    if let Some(descriptor) = cx.cloud.undescribed(id).await? {
        cx.cloud.describe(id, description(&descriptor)).await?;
    }
    cx.cloud.check_manifest(id).await?;
    Ok(Reply::empty(200))
}

fn id(cx: &Cx) -> Result<uuid::Uuid, Fault> {
    parse_uuid(cx.param("id")).ok_or_else(|| Fault::no_access(Urn::new(Kind::Media, uuid::Uuid::nil())))
}

/// `GET /transfer/{id}/{name}`: a file, or the part of it that `Range` names; a range that it does not have is as none (RFC 9110 14.2).
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let name = cx.param("name");
    let mut sender = match cx.cloud.sender(cx.caller()?, id(&cx)?, name).await? {
        Sent::File(sender) => sender,
        Sent::Descriptor(whole) => Sender::made(envelope::bytes(&whole)),
        Sent::Package(whole) => cx.cloud.package(&whole, envelope::bytes(&whole))?,
    };
    let media = if name == DESCRIPTOR { media::OVF } else { "application/octet-stream" };
    let size = sender.left();
    match cx.request.header("range").and_then(|text| range(text, size)) {
        None => Ok(Reply::file(200, media, sender)),
        Some((from, to)) => {
            sender.narrow(from, to);
            Ok(Reply::file(206, media, sender).with("content-range", format!("bytes {from}-{}/{size}", to - 1)))
        }
    }
}

/// `bytes=0-99`, `bytes=100-`, `bytes=-100`: where the range begins, and the byte after its last one.
fn range(text: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (first.trim(), last.trim()) {
        ("", last) => (size.saturating_sub(last.parse().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.checked_add(1)?.min(size)),
    };
    (from < to).then_some((from, to))
}

/// `bytes 0-99/1000`
fn content_range(text: &str) -> Result<Part, Fault> {
    let numbers = || {
        let (range, total) = text.trim().strip_prefix("bytes")?.trim_start_matches([' ', '=']).split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let last: u64 = last.trim().parse().ok()?;
        Some(Part { from: first.trim().parse().ok()?, to: last.checked_add(1)?, total: total.trim().parse().ok()? })
    };
    numbers().ok_or_else(|| Fault::bad_request("Content-Range must be written as in \"bytes 0-99/1000\"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_asked_for_in_three_ways() {
        let asked = ["bytes=0-3", "bytes=4-", "bytes=-2", "bytes=8-99", "bytes=0-0"].map(|text| range(text, 10));
        assert_eq!(asked, [Some((0, 4)), Some((4, 10)), Some((8, 10)), Some((8, 10)), Some((0, 1))]);
        for none in ["", "bytes=", "bytes=10-", "bytes=5-4", "bytes=-0", "bytes=a-b", "items=0-1", "bytes=0-1,3-4"] {
            assert_eq!(range(none, 10), None, "{none}");
        }
    }

    #[test]
    fn ranges_are_read_as_clients_write_them() {
        assert_eq!(content_range("bytes 0-99/1000"), Ok(Part { from: 0, to: 100, total: 1_000 }));
        assert_eq!(content_range(" bytes=5-5/6 "), Ok(Part { from: 5, to: 6, total: 6 }));
        for wrong in ["", "bytes", "bytes 0-99", "bytes */5", "bytes a-b/c", "bytes 0-18446744073709551615/1", "0-1/2"] {
            assert!(content_range(wrong).is_err(), "{wrong}");
        }
    }
}
