//! OVF descriptors (DSP0243 1.1): what a package holds, as far as a template is made of it.
//!
//! Invariant: a descriptor is read as a whole or refused; what it names in one place and lacks in another is refused, with the name.
//! Unlike the bodies of the API it comes from foreign tools, so that only what is used of it is judged.

mod hardware;
mod product;

use crate::decode;
use crate::error::{ParseError, ParseErrorKind};
use crate::ovf::{ProductSection, StartupSectionItem};
use quick_xml::Reader;
use quick_xml::events::Event;
use roxmltree::{Document, Node, ParsingOptions};

pub use hardware::{EnvelopeDisk, EnvelopeNic, EnvelopeSerialPort};

/// Levels of elements that a descriptor may have.
const MAX_DEPTH: usize = 64;
/// Nodes that it may have: many times those of the largest package.
const MAX_NODES: u32 = 200_000;

/// A package.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Envelope {
    /// The files beside the descriptor.
    pub files: Vec<EnvelopeFile>,
    /// Its networks: name and description.
    pub networks: Vec<(String, String)>,
    /// Its virtual machines.
    pub machines: Vec<EnvelopeMachine>,
    /// The texts of its licences.
    pub eulas: Vec<String>,
    /// What the products of all of it say; those of one machine stand there.
    pub products: Vec<ProductSection>,
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeFile {
    /// Its name, relative to the descriptor.
    pub href: String,
    /// Its size in bytes, where the descriptor says so.
    pub size: Option<u64>,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
    /// The size of the parts in which it lies beside the descriptor, where it is in several.
    pub chunk_size: Option<u64>,
}

/// A virtual machine of a package.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EnvelopeMachine {
    /// Its name.
    pub name: String,
    /// What its annotation says.
    pub description: Option<String>,
    /// CIM's number of the guest operating system.
    pub os_id: i32,
    /// vSphere's name of it, as in `ubuntu64Guest`.
    pub os_type: Option<String>,
    /// What it starts with, as in `efi`.
    pub firmware: Option<String>,
    /// Its name in full.
    pub os_name: Option<String>,
    /// As in `vmx-13`.
    pub hardware_version: Option<String>,
    /// Virtual CPUs.
    pub cpus: i32,
    /// Cores per socket.
    pub cores_per_socket: i32,
    /// Memory in MB.
    pub memory_mb: i64,
    /// Its disks.
    pub disks: Vec<EnvelopeDisk>,
    /// Its network cards.
    pub nics: Vec<EnvelopeNic>,
    /// Its serial ports.
    pub serial_ports: Vec<EnvelopeSerialPort>,
    /// What its products say.
    pub products: Vec<ProductSection>,
    /// When it starts and stops, where its collection says so.
    pub startup: Option<StartupSectionItem>,
}

/// Reads a descriptor.
///
/// # Errors
/// When it is no descriptor, or contradicts itself; the error says what is wrong and where.
pub fn parse_envelope(bytes: &[u8]) -> Result<Envelope, ParseError> {
    let text = decode::text(bytes)?;
    judge_depth(&text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(&text, options).map_err(|error| malformed(format!("the descriptor is not XML: {error}")))?;
    let root = document.root_element();
    if root.tag_name().name() != "Envelope" {
        let name: String = root.tag_name().name().chars().take(40).collect();
        return Err(ParseError::new(ParseErrorKind::WrongRoot, format!("the root of a descriptor is ovf:Envelope, not {name}")));
    }
    let section = |name: &'static str| elements(root, name).next();
    let files: Vec<_> = section("References").into_iter().flat_map(|section| elements(section, "File")).collect();
    let disks = hardware::disks(section("DiskSection"), &files)?;
    let networks = section("NetworkSection").into_iter().flat_map(|section| elements(section, "Network"));
    let networks: Vec<_> = networks
        .map(|network| Ok((required(network, "name")?, text_of(network, "Description").unwrap_or_default())))
        .collect::<Result<_, ParseError>>()?;
    let mut found = Systems::default();
    systems(root, &mut found);
    let startup: Vec<_> = found.collections.iter().flat_map(|collection| startup(*collection)).collect();
    let with_startup = |system: Node<'_, '_>, machine: EnvelopeMachine| {
        let said = startup.iter().find(|item| attribute(system, "id") == Some(item.id.as_str()));
        EnvelopeMachine { startup: said.cloned(), ..machine }
    };
    let products: Vec<_> = found.collections.into_iter().map(product::sections).collect::<Result<_, _>>()?;
    let machines: Vec<_> = found
        .machines
        .into_iter()
        .map(|system| Ok(with_startup(system, hardware::machine(system, &disks, &networks)?)))
        .collect::<Result<_, ParseError>>()?;
    if machines.is_empty() {
        return Err(ParseError::new(ParseErrorKind::Missing, "the descriptor has no ovf:VirtualSystem"));
    }
    let eulas = root.descendants().filter(|node| node.tag_name().name() == "EulaSection").filter_map(|eula| text_of(eula, "License"));
    let files = files.into_iter().map(file).collect::<Result<_, _>>()?;
    Ok(Envelope { files, networks, machines, eulas: eulas.collect(), products: products.concat() })
}

/// In which order the systems of a collection start; what cannot be read is as if it were not said.
fn startup(collection: Node<'_, '_>) -> Vec<StartupSectionItem> {
    let item = |node: Node<'_, '_>| {
        let named = |name: &str| attribute(node, name).map(str::to_owned);
        let seconds = |name: &str| attribute(node, name)?.trim().parse().ok();
        Some(StartupSectionItem {
            id: named("id")?,
            order: seconds("order")?,
            start_delay: seconds("startDelay"),
            stop_delay: seconds("stopDelay"),
            start_action: named("startAction"),
            stop_action: named("stopAction"),
            ..StartupSectionItem::default()
        })
    };
    elements(collection, "StartupSection").flat_map(|section| elements(section, "Item")).filter_map(item).collect()
}

fn file(node: Node<'_, '_>) -> Result<EnvelopeFile, ParseError> {
    let bytes = |name: &str| attribute(node, name).map(|text| number(node, name, text)).transpose();
    let chunk_size: Option<u64> = bytes("chunkSize")?;
    if chunk_size == Some(0) {
        return Err(ParseError::new(ParseErrorKind::BadValue, "chunkSize of File must be positive"));
    }
    Ok(EnvelopeFile {
        href: required(node, "href")?,
        size: bytes("size")?,
        chunk_size,
        gzip: attribute(node, "compression") == Some("gzip"),
    })
}

/// What a descriptor describes, in order.
#[derive(Default)]
struct Systems<'a, 'i> {
    machines: Vec<Node<'a, 'i>>,
    collections: Vec<Node<'a, 'i>>,
}

/// All virtual systems, however their collections are nested; the depth was judged.
fn systems<'a, 'i>(node: Node<'a, 'i>, found: &mut Systems<'a, 'i>) {
    for child in node.children() {
        match child.tag_name().name() {
            "VirtualSystem" => found.machines.push(child),
            "VirtualSystemCollection" => {
                found.collections.push(child);
                systems(child, found);
            }
            _ => {}
        }
    }
}

/// Refuses what is nested too deep for a parser that may recurse, and whatever is declared before the root.
fn judge_depth(text: &str) -> Result<(), ParseError> {
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|error| malformed(format!("the descriptor is not XML: {error}")))? {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::DocType(_) => return Err(ParseError::new(ParseErrorKind::Doctype, "a document type declaration is not accepted")),
            Event::Eof => return Ok(()),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(ParseError::new(ParseErrorKind::TooDeep, format!("elements are nested more than {MAX_DEPTH} deep")));
        }
    }
}

/// The child elements of this name, in whatever namespace: tools disagree about the versions of OVF's.
fn elements<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The text of the first child element of this name, without blanks around it.
fn text_of<'a>(node: Node<'a, '_>, name: &'static str) -> Option<String> {
    elements(node, name).next().and_then(|child: Node<'a, '_>| child.text()).map(|text| text.trim().to_owned())
}

/// An attribute, with OVF's namespace or without any.
fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
}

fn required(node: Node<'_, '_>, name: &str) -> Result<String, ParseError> {
    let missing = || ParseError::new(ParseErrorKind::Missing, format!("{} has no attribute ovf:{name}", node.tag_name().name()));
    attribute(node, name).map(str::to_owned).ok_or_else(missing)
}

fn number<T: std::str::FromStr>(node: Node<'_, '_>, what: &str, text: &str) -> Result<T, ParseError> {
    let shown: String = text.chars().take(40).collect();
    let wrong = || ParseError::new(ParseErrorKind::BadValue, format!("{} of {} is no number: \"{shown}\"", what, node.tag_name().name()));
    text.trim().parse().map_err(|_not_one| wrong())
}

fn malformed(message: String) -> ParseError {
    ParseError::new(ParseErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests;
