//! Descriptors as tools write them, and what is wrong with some. Invariant: a refusal names what it is about.

use super::*;
use proptest::prelude::*;

const PACKAGE: &str = include_str!("package.ovf");

#[test]
fn a_package_is_read() {
    let read = parse_envelope(PACKAGE.as_bytes()).unwrap();
    let files: Vec<_> = read.files.iter().map(|file| (file.href.as_str(), file.size, file.chunk_size)).collect();
    assert_eq!(files, [("web-disk1.vmdk", Some(1_000), None), ("db-disk1.vmdk", None, None)]);
    assert_eq!(read.networks, [("front".to_owned(), "to the world".to_owned())]);
    assert_eq!(read.eulas, ["Be kind."]);
    let [web, db] = read.machines.as_slice() else { panic!("{} machines", read.machines.len()) };
    assert_eq!((web.name.as_str(), web.cpus, web.cores_per_socket, web.memory_mb), ("web", 4, 2, 2_048));
    assert_eq!((web.os_id, web.os_type.as_deref(), web.hardware_version.as_deref()), (94, Some("ubuntu64Guest"), Some("vmx-13")));
    assert_eq!((web.firmware.as_deref(), db.firmware.as_deref()), (Some("efi"), None));
    assert_eq!(web.disks, [EnvelopeDisk { size_mb: 16_384, bus_type: 6, bus_sub_type: "VirtualSCSI".to_owned(), unit: 0, file: Some(0) }]);
    assert_eq!(web.nics, [EnvelopeNic { network: Some("front".to_owned()), adapter: Some("VMXNET3".to_owned()) }]);
    let (sub_type, address) = (Some("vmware.serialport.uri".to_owned()), Some("telnet://10.0.0.1:2001".to_owned()));
    assert_eq!((web.serial_ports.as_slice(), db.serial_ports.len()), (&[EnvelopeSerialPort { sub_type, address, connected: true }][..], 0));
    assert_eq!((db.name.as_str(), db.memory_mb, db.disks[0].size_mb, db.disks[0].bus_type), ("db", 512, 1, 5), "sizes are rounded up");
}

#[test]
fn products_say_what_can_be_set() {
    let read = parse_envelope(PACKAGE.as_bytes()).unwrap();
    let [shop] = read.products.as_slice() else { panic!("{:?}", read.products) };
    assert_eq!((shop.class.as_deref(), shop.instance.as_deref(), shop.required), (Some("com.example.shop"), Some("1"), Some(false)));
    let told = [&shop.product, &shop.vendor, &shop.version, &shop.full_version, &shop.product_url, &shop.vendor_url, &shop.app_url];
    let said = ["Shop", "Example", "2.0", "2.0.1", "http://example.test/shop", "http://example.test", "http://shop.test:${port}"];
    assert_eq!(told.map(|text| text.as_deref().unwrap_or_default()), said);
    assert_eq!((shop.info.as_str(), shop.category.as_slice()), ("a shop", &["Access".to_owned()][..]));
    let [port, key] = shop.property.as_slice() else { panic!("{:?}", shop.property) };
    assert_eq!((port.key.as_str(), port.r#type.as_str(), port.qualifiers.as_deref()), ("port", "uint16", Some("MinValue(1)")));
    assert_eq!((port.user_configurable, port.password, port.value_attr.as_deref()), (Some(true), None, Some("80")));
    assert_eq!((port.label.as_deref(), port.description.as_deref()), (Some("Port"), Some("Where it answers")));
    let values: Vec<_> = port.value.iter().map(|value| (value.value.as_str(), value.configuration.as_deref())).collect();
    assert_eq!(values, [("8080", Some("tall"))]);
    assert_eq!((key.user_configurable, key.password), (Some(false), Some(true)));
    let products: Vec<_> = read.machines.iter().map(|machine| machine.products.len()).collect();
    assert_eq!((products, read.machines[1].products[0].product.as_deref()), (vec![0, 1], Some("Base")));
}

#[test]
fn machines_say_when_they_start() {
    let read = |package: &str| parse_envelope(package.as_bytes()).unwrap().machines;
    let said: Vec<_> = read(PACKAGE).into_iter().map(|machine| machine.startup.unwrap()).collect();
    let seen: Vec<_> = said.iter().map(|item| (item.order, item.start_delay, item.stop_delay, item.start_action.as_deref())).collect();
    assert_eq!(seen, [(1, None, Some(7), None), (0, Some(30), None, Some("powerOn"))]);
    assert_eq!(read(&PACKAGE.replace("ovf:order=\"1\"", "ovf:order=\"first\""))[0].startup, None, "a foreign tool may say what it likes");
}

#[test]
fn what_contradicts_itself_is_refused_by_name() {
    for (from, to, said) in [
        ("ovf:fileRef=\"file2\"", "ovf:fileRef=\"file9\"", "file9"),
        ("ovf:/disk/vmdisk1", "ovf:/disk/vmdisk9", "vmdisk9"),
        ("<rasd:Connection>front", "<rasd:Connection>back", "back"),
        ("ovf:capacity=\"16\"", "ovf:capacity=\"much\"", "much"),
        ("ovf:capacity=\"16\"", "ovf:capacity=\"18446744073709551615\"", "too large"),
        ("byte * 2^30", "byte * 3^30", "3^30"),
        ("<rasd:VirtualQuantity>4", "<rasd:VirtualQuantity>-4", "VirtualQuantity"),
        ("ovf:href=\"web-disk1.vmdk\"", "", "ovf:href"),
        ("ovf:size=\"1000\"", "ovf:size=\"1000\" ovf:chunkSize=\"0\"", "chunkSize"),
        ("ovf:key=\"port\"", "", "ovf:key"),
        ("ovf:userConfigurable=\"true\"", "ovf:userConfigurable=\"maybe\"", "maybe"),
        ("Envelope", "Letter", "ovf:Envelope"),
        ("<Envelope", "<!DOCTYPE a><Envelope", "document type"),
    ] {
        let error = parse_envelope(PACKAGE.replace(from, to).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(said), "{to}: {error}");
    }
    assert!(parse_envelope(b"<Envelope/>").unwrap_err().to_string().contains("VirtualSystem"));
    let deep = format!("<Envelope>{}{}</Envelope>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(parse_envelope(deep.as_bytes()).unwrap_err().kind, ParseErrorKind::TooDeep);
}

mod hostile {
    use super::*;

    proptest! {
        #[test]
        fn any_bytes_in_a_descriptor_are_read_or_refused(at in 0..PACKAGE.len(), bytes in prop::collection::vec(any::<u8>(), 0..6), cut in 0_usize..40) {
            let mut changed = PACKAGE.as_bytes().to_vec();
            let end = (at + cut).min(changed.len());
            changed.splice(at..end, bytes);
            let _read_or_refused = parse_envelope(&changed);
        }
    }
}
