//! Whom the broker's connection trusts (reference 4.5). Invariant: a file goes the way that every upload goes: it is announced, and PUT where
//! the answer says.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::settings::{PATH, upload_location};
use uuid::Uuid;
use vcdsim_model::action::Method;
use vcdsim_model::family::settings::TrustPart;
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, media};
use vcdsim_platform::settings::trust::MOST;
use vcdsim_wire::vcloud::{CertificateUpdateParams, CertificateUploadSocket, TrustStoreUpdateParams, TrustStoreUploadSocket};

pub(super) fn routes(routes: &mut Routes) {
    let action = |name: &str| format!("{PATH}/amqp/action/{name}");
    routes.add(Method::Post, action("updateAmqpCertificate"), update_certificate).since = ApiVersion::V5_1;
    routes.add(Method::Post, action("resetAmqpCertificate"), reset_certificate).since = ApiVersion::V5_1;
    routes.add(Method::Post, action("updateAmqpTruststore"), update_truststore).since = ApiVersion::V5_1;
    routes.add(Method::Post, action("resetAmqpTruststore"), reset_truststore).since = ApiVersion::V5_1;
}

/// `POST .../settings/amqp/action/updateAmqpCertificate`
async fn update_certificate(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: CertificateUpdateParams = cx.body(&[media::CERTIFICATE_UPDATE_PARAMS])?;
    let id = cx.cloud.announce_trust(cx.caller()?, TrustPart::Certificate, sent.file_size, None).await?;
    let upload_location = Some(upload_location(&cx.base, id, TrustPart::Certificate));
    Ok(cx.ok(&CertificateUploadSocket { upload_location, ..CertificateUploadSocket::default() }))
}

/// `POST .../settings/amqp/action/updateAmqpTruststore`
async fn update_truststore(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: TrustStoreUpdateParams = cx.body(&[media::TRUST_STORE_UPDATE_PARAMS])?;
    let id = cx.cloud.announce_trust(cx.caller()?, TrustPart::Truststore, sent.file_size, sent.password).await?;
    let upload_location = Some(upload_location(&cx.base, id, TrustPart::Truststore));
    Ok(cx.ok(&TrustStoreUploadSocket { upload_location, ..TrustStoreUploadSocket::default() }))
}

/// `POST .../settings/amqp/action/resetAmqpCertificate`
async fn reset_certificate(cx: Cx) -> Result<Reply, Fault> {
    cx.cloud.reset_trust(cx.caller()?, TrustPart::Certificate).await?;
    Ok(Reply::empty(204))
}

/// `POST .../settings/amqp/action/resetAmqpTruststore`
async fn reset_truststore(cx: Cx) -> Result<Reply, Fault> {
    cx.cloud.reset_trust(cx.caller()?, TrustPart::Truststore).await?;
    Ok(Reply::empty(204))
}

/// `PUT /transfer/{id}/{name}` of such a file, which is small and comes whole.
pub(in crate::route) async fn take(cx: &Cx, id: Uuid) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    if cx.request.header("content-range").is_some() {
        return Err(Fault::bad_request("This file must come whole, without Content-Range."));
    }
    let mut bytes = cx.request.body.to_vec();
    if let Some(upload) = &cx.request.upload {
        while let Some(chunk) = upload.next().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > MOST {
                return Err(Fault::bad_request(format!("The file may have at most {MOST} bytes.")));
            }
        }
    }
    cx.cloud.take_trust(cx.caller()?, id, cx.param("name"), &bytes).await?;
    Ok(Reply::empty(200))
}
