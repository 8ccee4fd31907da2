//! How machines start. Invariant: only what has a firmware that can tell starts nothing but what is signed.

use super::Machine;
use serde::{Deserialize, Serialize};
use vcdsim_model::Fault;
use vcdsim_model::family::vm::{BootOptions, Firmware, NetworkProtocol, Vm};
use vcdsim_model::fault::excerpt;

/// What is to be different about how a machine starts; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootRequest {
    /// `bios` or `efi`.
    pub firmware: Option<String>,
    /// How long it waits before it starts, in milliseconds.
    pub delay_ms: Option<i64>,
    /// Whether it enters its setup when it starts next.
    pub enter_setup: Option<bool>,
    /// Whether it tries again when it finds nothing to start.
    pub retry: Option<bool>,
    /// How long it waits before that, in milliseconds.
    pub retry_delay_ms: Option<i64>,
    /// Whether it starts only what is signed.
    pub secure: Option<bool>,
    /// Over which protocol it starts from a network.
    pub network_protocol: Option<String>,
}

/// The longest delay there is, in milliseconds.
const LONGEST_MS: i64 = 10_000;
/// How long machines wait before they try again unless they are told otherwise, in milliseconds.
const RETRY_MS: i64 = 10_000;

impl BootRequest {
    /// How a machine starts with these changes.
    pub(crate) fn over(&self, firmware: Firmware, was: BootOptions) -> Result<(Firmware, BootOptions), Fault> {
        let wrong = |what: &str, sent: &str| Fault::bad_request(format!("{what} cannot be \"{}\".", excerpt(sent)));
        let firmware = match &self.firmware {
            Some(name) => Firmware::find(name).ok_or_else(|| wrong("Firmware", name))?,
            None => firmware,
        };
        let network_protocol = match &self.network_protocol {
            Some(name) => NetworkProtocol::find(name).ok_or_else(|| wrong("NetworkBootProtocol", name))?,
            None => was.network_protocol,
        };
        let delay_ms = within("BootDelay", self.delay_ms.unwrap_or(was.delay_ms))?;
        let retry_delay = self.retry_delay_ms.or(was.retry_after_ms).unwrap_or(RETRY_MS);
        let retries = self.retry.unwrap_or(was.retry_after_ms.is_some());
        let retry_after_ms = if retries { Some(within("BootRetryDelay", retry_delay)?) } else { None };
        let secure = self.secure.unwrap_or(was.secure);
        if secure && firmware != Firmware::Efi {
            return Err(Fault::bad_request("EfiSecureBootEnabled needs a virtual machine whose firmware is efi."));
        }
        let enter_setup = self.enter_setup.unwrap_or(was.enter_setup);
        Ok((firmware, BootOptions { delay_ms, enter_setup, retry_after_ms, secure, network_protocol }))
    }
}

/// The machine with another start. Its firmware can change, and what that checks, while it is off.
pub(super) fn apply(machine: Machine<'_>, body: Vm, asked: &BootRequest) -> Result<Vm, Fault> {
    let (firmware, boot) = asked.over(body.hardware.firmware, body.boot)?;
    if (firmware, boot.secure) != (machine.hardware().firmware, machine.body.boot.secure) {
        machine.off_for("The firmware")?;
    }
    let mut body = Vm { boot, ..body };
    body.hardware.firmware = firmware;
    Ok(body)
}

fn within(what: &str, ms: i64) -> Result<i64, Fault> {
    if (0..=LONGEST_MS).contains(&ms) {
        return Ok(ms);
    }
    Err(Fault::bad_request(format!("{what} must be between 0 and {LONGEST_MS} milliseconds, not {ms}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(asked: BootRequest) -> Result<(Firmware, BootOptions), String> {
        asked.over(Firmware::Bios, BootOptions::default()).map_err(|fault| fault.message)
    }

    #[test]
    fn what_is_not_said_stays() {
        assert_eq!(over(BootRequest::default()), Ok((Firmware::Bios, BootOptions::default())));
        let retry = over(BootRequest { retry: Some(true), ..BootRequest::default() }).unwrap().1;
        assert_eq!(retry.retry_after_ms, Some(RETRY_MS));
        let asked = BootRequest { retry_delay_ms: Some(5), ..BootRequest::default() };
        assert_eq!(asked.over(Firmware::Efi, retry).unwrap().1.retry_after_ms, Some(5));
    }

    #[test]
    fn what_no_machine_can_do_is_refused() {
        let refused = |asked: BootRequest, what: &str| assert!(over(asked).unwrap_err().contains(what), "{what}");
        refused(BootRequest { delay_ms: Some(10_001), ..BootRequest::default() }, "BootDelay");
        refused(BootRequest { firmware: Some("coreboot".to_owned()), ..BootRequest::default() }, "coreboot");
        refused(BootRequest { network_protocol: Some("ipx".to_owned()), ..BootRequest::default() }, "ipx");
        refused(BootRequest { secure: Some(true), ..BootRequest::default() }, "efi");
    }
}
