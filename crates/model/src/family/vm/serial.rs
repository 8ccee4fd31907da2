//! Serial ports of machines. Invariant: a port is what was asked for; nothing here is ever connected to it.

use serde::{Deserialize, Serialize};

/// A serial port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialPort {
    /// What stands behind it, as packages of vSphere call it: `vmware.serialport.uri`, `vmware.serialport.file` and their like.
    pub sub_type: Option<String>,
    /// Where that is: a URI or a file.
    pub address: Option<String>,
    /// Whether it is connected when the machine is powered on.
    pub connected: bool,
}
