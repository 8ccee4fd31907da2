//! Manifests of OVF packages: digests of a package's files, one on each line (DSP0243 5.1). Invariant: a manifest is understood as a whole
//! or refused, with the line.

use crate::entity::{Body, Entity};
use crate::fault::{Fault, excerpt};
use crate::transfer::TransferFile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;

/// The name of the manifest among the files of a template.
pub const MANIFEST: &str = "descriptor.mf";

/// How many digests a manifest may have: more than any package has files and chunks.
const MOST_DIGESTS: usize = 20_000;

/// How a template that is being uploaded stands to its manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manifest {
    /// None is awaited.
    #[default]
    None,
    /// It is awaited, or its digests have not been compared with the files as they are now.
    Unchecked,
    /// The files have the digests that it says.
    Agrees,
}

/// A function from bytes to their digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// As in OVF 1.0 and 1.1.
    Sha1,
    /// As in OVF 2.
    Sha256,
    /// Some tools offer it.
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// The word for it in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// How many hexadecimal digits a digest has.
    const fn digits(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// What a manifest says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDigest {
    /// How the digest is made.
    pub algorithm: Algorithm,
    /// The file, relative to the descriptor.
    pub file: String,
    /// The digest in lower-case hexadecimal digits.
    pub digest: String,
}

/// Reads a manifest: lines as `SHA256(disk.vmdk)= 0f..`, with blanks and letters of either case as tools write them.
///
/// # Errors
/// 400 with the line that is none, or the file that has two digests of one kind; for a manifest without any.
pub fn digests(bytes: &[u8]) -> Result<Vec<FileDigest>, Fault> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    let one = |(at, line): (usize, &str)| {
        let wrong = || Fault::bad_request(format!("Line {} of the manifest is no digest of a file: \"{}\".", at + 1, excerpt(line)));
        digest(line).ok_or_else(wrong)
    };
    let read: Vec<_> = lines.map(one).collect::<Result<_, _>>()?;
    let mut known = BTreeSet::new();
    if let Some(twice) = read.iter().find(|read| !known.insert((read.algorithm, &read.file))) {
        return Err(Fault::bad_request(format!("The manifest names the file \"{}\" twice.", excerpt(&twice.file))));
    }
    if read.len() > MOST_DIGESTS {
        return Err(Fault::bad_request(format!("The manifest has more than {MOST_DIGESTS} digests.")));
    }
    if read.is_empty() { Err(Fault::bad_request("The manifest has no digests.")) } else { Ok(read) }
}

/// `SHA1(name)= hex`; a name may have parentheses of its own.
fn digest(line: &str) -> Option<FileDigest> {
    let (named, digest) = line.rsplit_once('=')?;
    let (word, file) = named.trim_end().strip_suffix(')')?.split_once('(')?;
    let algorithm = Algorithm::ALL.into_iter().find(|known| word.trim_end().eq_ignore_ascii_case(known.name()))?;
    let digest = digest.trim().to_ascii_lowercase();
    let right = digest.len() == algorithm.digits() && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    right.then(|| FileDigest { algorithm, file: file.trim().to_owned(), digest })
}

impl FileDigest {
    /// Which of the files of a template it is about, the first of them being the descriptor, and which bytes of it. A package calls its
    /// descriptor as it likes; a file that it has in parts of one size arrived as one.
    #[must_use]
    pub fn stretch(&self, files: &[TransferFile]) -> Option<(usize, Range<u64>)> {
        let name = self.file.strip_prefix("./").unwrap_or(&self.file);
        let whole = |index: usize| files.get(index).map(|file| (index, 0..file.bytes()));
        if let Some(index) = files.iter().position(|file| file.name == name) {
            return whole(index);
        }
        if name.to_ascii_lowercase().ends_with(".ovf") {
            return whole(0);
        }
        let nine_digits = |number: &str| number.len() == 9 && number.bytes().all(|byte| byte.is_ascii_digit());
        let (name, number) = name.rsplit_once('.').filter(|(_, number)| nine_digits(number))?;
        let index = files.iter().position(|file| file.name == name)?;
        let (size, number) = (files[index].chunk_size?, number.parse::<u64>().ok()?);
        let from = number.checked_mul(size).filter(|from| *from < files[index].bytes())?;
        Some((index, from..from.saturating_add(size).min(files[index].bytes())))
    }
}

impl Entity {
    /// Notes that bytes have come which its manifest was not compared with.
    pub fn doubt_manifest(&mut self) {
        if let Body::VAppTemplate(template) = &mut self.body
            && template.manifest == Manifest::Agrees
        {
            template.manifest = Manifest::Unchecked;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    #[test]
    fn lines_are_read_as_tools_write_them() {
        let sha256 = "E".repeat(64);
        let text = format!("\u{feff}SHA1(shop.ovf)= {SHA1}\r\n\r\nSHA256 (disk (1).vmdk) = {sha256}\nsha1(a=b)={SHA1}");
        let read = digests(text.as_bytes()).unwrap();
        let told: Vec<_> = read.iter().map(|read| (read.algorithm, read.file.as_str(), read.digest.as_str())).collect();
        let lower = "e".repeat(64);
        assert_eq!(
            told,
            [(Algorithm::Sha1, "shop.ovf", SHA1), (Algorithm::Sha256, "disk (1).vmdk", &*lower), (Algorithm::Sha1, "a=b", SHA1)]
        );
    }

    #[test]
    fn what_is_no_digest_is_refused_with_its_line() {
        for wrong in
            ["MD5(a)= 00", "SHA1(a)= 00", "SHA1(a) 00", "SHA1 a = 00", &format!("SHA256(a)= {SHA1}"), &format!("SHA1(a)= x{}", &SHA1[1..])]
        {
            let fault = digests(format!("SHA1(b)= {SHA1}\n{wrong}\n").as_bytes()).unwrap_err();
            assert!(fault.message.contains("Line 2") && fault.message.contains(&excerpt(wrong)), "{}", fault.message);
        }
        assert!(digests(b" \n").unwrap_err().message.contains("no digests"));
        let twice = format!("SHA1(a)= {SHA1}\nSHA1(a)= {SHA1}");
        assert!(digests(twice.as_bytes()).unwrap_err().message.contains("\"a\" twice"));
    }

    #[test]
    fn a_digest_finds_its_bytes() {
        let file = |name: &str, size: u64, chunk_size: Option<u64>| {
            let mut file = TransferFile { chunk_size, ..TransferFile::new(name.to_owned(), Some(size)) };
            file.receive(0, size);
            file
        };
        let files = [file("descriptor.ovf", 10, None), file("whole.vmdk", 20, None), file("parts.vmdk", 25, Some(10))];
        let of = |name: &str| FileDigest { algorithm: Algorithm::Sha1, file: name.to_owned(), digest: String::new() }.stretch(&files);
        assert_eq!(of("My Shop.OVF"), Some((0, 0..10)));
        assert_eq!((of("./whole.vmdk"), of("parts.vmdk")), (Some((1, 0..20)), Some((2, 0..25))));
        assert_eq!((of("parts.vmdk.000000000"), of("parts.vmdk.000000002")), (Some((2, 0..10)), Some((2, 20..25))));
        for none in ["parts.vmdk.000000003", "parts.vmdk.0", "whole.vmdk.000000000", "other.vmdk", "parts.vmdk.+00000001", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_manifest_or_none(bytes in prop::collection::vec(any::<u8>(), 0..80), tail in "(SHA1|SHA256)?\\(?[a-z.=)]{0,9}\\)?= ?[0-9a-f]{0,44}") {
            let _read_or_refused = digests(&[bytes, tail.into_bytes()].concat());
        }
    }
}
