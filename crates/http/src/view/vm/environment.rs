//! `ovfenv:Environment`: what a running guest is told of itself (DSP8027). Invariant: no password is in it, since whoever sees the machine reads it.

use vcdsim_model::entity::Status;
use vcdsim_model::family::vm::{NO_NETWORK, Nic, Vm};
use vcdsim_model::product::ProductSection;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{ovfenv, ve};

/// The first card's number among the devices of a machine, as vSphere counts them.
const FIRST_CARD: i32 = 7;

/// The environment of a machine that is on; others have none.
pub(super) fn of(graph: &Graph, body: &Vm) -> Option<ovfenv::Environment> {
    let running = graph.entity.head.status == Status::PoweredOn;
    running.then(|| ovfenv::Environment {
        id: Some(String::new()),
        vcenter_id: Some(body.moref.clone()),
        platform_section: Some(platform()),
        property_section: Some(ovfenv::PropertySection { property: properties(body) }),
        ethernet_adapter_section: Some(ve::EthernetAdapterSection { adapter: body.hardware.nics.iter().map(adapter).collect() }),
    })
}

fn platform() -> ovfenv::PlatformSection {
    let text = |text: &str| Some(text.to_owned());
    ovfenv::PlatformSection {
        kind: text("VMware ESXi"),
        version: text("7.0.3"),
        vendor: text("VMware, Inc."),
        locale: text("en"),
        ..ovfenv::PlatformSection::default()
    }
}

fn adapter(nic: &Nic) -> ve::Adapter {
    let network = if nic.network == NO_NETWORK { String::new() } else { nic.network.clone() };
    ve::Adapter { mac: Some(nic.mac.clone()), network: Some(network), unit_number: Some(FIRST_CARD + nic.index) }
}

/// What its products say, and how its guest is prepared, under the keys that guest customization has.
fn properties(body: &Vm) -> Vec<ovfenv::PropertySectionProperty> {
    let nics = &body.hardware.nics;
    let mut told =
        vec![("vCloud_computerName".to_owned(), body.guest.computer_name.clone()), ("vCloud_numnics".to_owned(), nics.len().to_string())];
    told.extend(nics.first().map(|nic| ("vCloud_primaryNic".to_owned(), nic.index.to_string())));
    told.extend(nics.iter().flat_map(card));
    told.extend(body.products.iter().flat_map(product));
    told.into_iter().map(|(key, value)| ovfenv::PropertySectionProperty { key, value }).collect()
}

fn card(nic: &Nic) -> Vec<(String, String)> {
    let index = nic.index;
    let protocol = match nic.mode.as_str() {
        "DHCP" => "dhcp",
        "NONE" => "none",
        _ => "static",
    };
    let mut told = vec![(format!("vCloud_bootproto_{index}"), protocol.to_owned()), (format!("vCloud_macaddr_{index}"), nic.mac.clone())];
    told.extend(nic.ip.iter().map(|ip| (format!("vCloud_ip_{index}"), ip.clone())));
    told
}

/// The properties of a product; a key stands between its class and its instance (DSP0243).
fn product(section: &ProductSection) -> Vec<(String, String)> {
    let key = |key: &str| {
        let parts = [section.class.as_deref(), Some(key), section.instance.as_deref()];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
    };
    let open = section.properties.iter().filter(|property| property.password != Some(true));
    open.map(|property| (key(&property.key), property.value().unwrap_or_default().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::product::ProductProperty;

    #[test]
    fn passwords_are_told_to_nobody() {
        let property = |key: &str, password| ProductProperty {
            key: key.to_owned(),
            password: Some(password),
            default: Some("hunter2".to_owned()),
            ..ProductProperty::default()
        };
        let properties = vec![property("port", false), property("secret", true)];
        let section =
            ProductSection { class: Some("shop".to_owned()), instance: Some("1".to_owned()), properties, ..ProductSection::default() };
        assert_eq!(product(&section), [("shop.port.1".to_owned(), "hunter2".to_owned())]);
    }
}
