//! Every root element, filled from the tables, through all that reads and writes it.
//!
//! Invariant: the samples hold every field that their version has, so a field that is lost, misnamed or out of order shows.

mod hostile;
mod readable;
mod sample;

use vcdsim_wire::{Limits, Readable, Root, parse_json, parse_xml_as, render_json_as, render_xml_as, roots};

/// The versions at which something appears or goes.
const VERSIONS: &[u16] = &[15, 51, 55, 56, 90, 200, 270, 290, 300, 320, 330, 391];

/// The document with the usual prefixes, whichever it has.
fn written<T: Readable>(document: &T, root: &Root, version: u16) -> String {
    render_xml_as(document, root, version).replace("ns4:", "vcloud:").replace(":ns4=", ":vcloud=")
}

/// Reads the sample and writes it again, in both forms, and finds it unchanged.
fn round_trip<T: Readable + PartialEq + std::fmt::Debug>() {
    for version in VERSIONS {
        for root in roots::ALL.iter().filter(|root| std::ptr::fn_addr_eq(root.info, T::ROOT.info)) {
            let sample = sample::whole(root, *version);
            let read: T = parse_xml_as(sample.as_bytes(), root, &Limits::default()).expect("a sample is readable");
            assert_eq!(written(&read, root, *version), sample, "{} at {version}", root.name);
            let json = render_json_as(&read, root, *version);
            let from_json: T = parse_json(json.as_bytes(), &Limits::default()).expect("our own JSON is readable");
            assert_eq!(from_json, read, "{json}");
            for older in VERSIONS {
                assert_eq!(written(&read, root, *older), sample::of_both(root, *version, *older), "{} of {version} at {older}", root.name);
            }
        }
    }
}

#[test]
fn every_readable_document_survives_both_forms() {
    for document in readable::ALL {
        (document.round_trip)();
    }
}

/// Where the whole test run collects what the published schemas are to judge, the samples go there as well.
#[test]
fn every_root_has_a_well_formed_sample() {
    let dir = std::env::var_os("VCDSIM_CONTRACT_DIR").map(|dir| std::path::PathBuf::from(dir).join("wire"));
    for version in VERSIONS {
        for root in roots::ALL {
            let sample = sample::valid(root, *version);
            let parsed = roxmltree::Document::parse(&sample).unwrap();
            assert_eq!(parsed.root_element().tag_name().name(), root.name.local);
            if let Some(dir) = &dir {
                std::fs::create_dir_all(dir).unwrap();
                let name = format!("{}_{}_{version}", root.name.ns.prefix(), root.name.local);
                let facts = format!(
                    "{{\"case\": \"sample of {}\", \"version\": \"{}.{}\", \"mediaType\": \"{}\", \"status\": 200}}",
                    root.name,
                    version / 10,
                    version % 10,
                    root.media.unwrap_or("none")
                );
                std::fs::write(dir.join(format!("{name}.json")), facts).unwrap();
                std::fs::write(dir.join(format!("{name}.xml")), sample).unwrap();
            }
        }
    }
}
