//! Blank disks and images: what is sent for those whose bytes nobody ever brought. Invariant: the same size gives the same bytes, and tools
//! read them as an empty disk (VMDK 5.0, stream-optimized) and an empty disc (ECMA-119). Their zeros are counted and never made.

/// A sector of a disk.
const SECTOR: usize = 512;
/// Sectors before the first marker.
const OVERHEAD: u64 = 128;
/// Sectors that one table of grains covers: 512 grains of 128 sectors.
const PER_TABLE: u64 = 512 * 128;
/// Where the grain directory is, while that stands at the end of the stream.
const AT_END: u64 = u64::MAX;

/// A marker of the stream.
#[derive(Clone, Copy)]
enum Marker {
    EndOfStream = 0,
    GrainDirectory = 2,
    Footer = 3,
}

/// The largest disk there can be, in MB: vSphere's 62 TB.
pub const LARGEST_DISK_MB: i64 = 62 << 20;

/// A part of a file: bytes, and zeros after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// How long it is with its zeros.
    pub size: u64,
}

/// A disk of this size on which nothing is written.
#[must_use]
pub fn disk(size_mb: i64) -> [Part; 3] {
    let sectors = sectors(size_mb);
    let mut head = header(sectors, AT_END);
    head.extend(description(sectors).into_bytes());
    let mut directory = Vec::new();
    marker(&mut directory, Marker::GrainDirectory, directory_sectors(sectors));
    let mut tail = Vec::new();
    marker(&mut tail, Marker::Footer, 1);
    tail.extend(header(sectors, OVERHEAD + 1));
    marker(&mut tail, Marker::EndOfStream, 0);
    [
        Part { bytes: head, size: OVERHEAD * SECTOR as u64 },
        Part { bytes: directory, size: (1 + directory_sectors(sectors)) * SECTOR as u64 },
        Part { size: tail.len() as u64, bytes: tail },
    ]
}

/// How many bytes such a disk has.
#[must_use]
pub const fn disk_len(size_mb: i64) -> u64 {
    // Three markers and the footer stand around the directory.
    (OVERHEAD + 4 + directory_sectors(sectors(size_mb))) * SECTOR as u64
}

/// The sectors of a disk of this size, or of the nearest that there can be.
const fn sectors(size_mb: i64) -> u64 {
    let size_mb = if size_mb > LARGEST_DISK_MB { LARGEST_DISK_MB } else { size_mb };
    (if size_mb < 1 { 1 } else { size_mb.unsigned_abs() }) * 2_048
}

/// The sectors of the directory, which has four bytes for each table.
const fn directory_sectors(sectors: u64) -> u64 {
    (sectors.div_ceil(PER_TABLE) * 4).div_ceil(SECTOR as u64)
}

fn header(sectors: u64, directory: u64) -> Vec<u8> {
    let mut bytes = b"KDMV".to_vec();
    // Version 3; line ends can be checked, grains are compressed, markers are there.
    bytes.extend([3_u32, 0x3_0001].iter().flat_map(|number| number.to_le_bytes()));
    // Capacity, sectors of a grain, where the description is and how long.
    bytes.extend([sectors, 128, 1, 20].iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend(512_u32.to_le_bytes());
    bytes.extend([0, directory, OVERHEAD].iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend(b"\0\n \r\n");
    // Deflate.
    bytes.extend(1_u16.to_le_bytes());
    pad(&mut bytes, SECTOR);
    bytes
}

fn description(sectors: u64) -> String {
    format!(
        "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType=\"streamOptimized\"\n\n# Extent description\n\
         RW {sectors} SPARSE \"disk.vmdk\"\n\n# The Disk Data Base\nddb.adapterType = \"lsilogic\"\n\
         ddb.geometry.cylinders = \"{}\"\nddb.geometry.heads = \"255\"\nddb.geometry.sectors = \"63\"\nddb.virtualHWVersion = \"4\"\n",
        sectors / (255 * 63)
    )
}

fn marker(bytes: &mut Vec<u8>, what: Marker, sectors: u64) {
    let end = bytes.len() + SECTOR;
    bytes.extend(sectors.to_le_bytes());
    bytes.extend([0, what as u32].iter().flat_map(|number| number.to_le_bytes()));
    pad(bytes, end);
}

fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(to, 0);
}

/// A sector of a disc.
const BLOCK: usize = 2_048;
/// How many blocks of a disc there are before nothing but zeros.
const BLOCKS: usize = 21;

/// The beginning of a disc image of this many bytes on which there are no files; what follows is zeros.
#[must_use]
pub fn disc(size: u64) -> Vec<u8> {
    let mut bytes = vec![0; BLOCKS * BLOCK];
    let mut put = |at: usize, what: &[u8]| bytes[at..at + what.len()].copy_from_slice(what);
    let primary = 16 * BLOCK;
    put(primary, b"\x01CD001\x01");
    // System, volume and everything else that has a name has none.
    put(primary + 8, &[b' '; 64]);
    put(primary + 40, b"BLANK");
    put(primary + 80, &both(u32::try_from(size / BLOCK as u64).unwrap_or(u32::MAX)));
    // One disc of one, blocks of 2,048 bytes, path tables of 10 bytes in blocks 18 and 19.
    put(primary + 120, b"\x01\0\0\x01\x01\0\0\x01\0\x08\x08\0");
    put(primary + 132, &both(10));
    put(primary + 140, &18_u32.to_le_bytes());
    put(primary + 148, &19_u32.to_be_bytes());
    put(primary + 156, &directory(0));
    put(primary + 190, &[b' '; 623]);
    [813, 830, 847, 864].iter().for_each(|at| put(primary + at, b"0000000000000000\0"));
    put(primary + 881, b"\x01");
    put(17 * BLOCK, b"\xffCD001\x01");
    put(18 * BLOCK, b"\x01\0\x14\0\0\0\x01\0\0\0");
    put(19 * BLOCK, b"\x01\0\0\0\0\x14\0\x01\0\0");
    put(20 * BLOCK, &directory(0));
    put(20 * BLOCK + 34, &directory(1));
    bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    bytes
}

/// The record of the root directory, called itself (0) or what it lies in (1), which it is too.
fn directory(name: u8) -> Vec<u8> {
    let mut record = vec![34, 0];
    record.extend(both(20));
    record.extend(both(u32::try_from(BLOCK).unwrap_or_default()));
    // No date; a directory; on the first disc.
    record.extend([0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0, 0, 1, 1, name]);
    record
}

/// A number in both orders of bytes.
fn both(number: u32) -> Vec<u8> {
    [number.to_le_bytes(), number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(parts: &[Part]) -> Vec<u8> {
        let padded = |part: &Part| [part.bytes.clone(), vec![0; usize::try_from(part.size).unwrap() - part.bytes.len()]].concat();
        parts.iter().flat_map(padded).collect()
    }

    #[test]
    fn how_long_a_disk_is_needs_no_disk_and_its_zeros_no_memory() {
        for size_mb in [i64::MIN, -1, 0, 1, 31, 32, 33, 1_024, 4_095, 4_096, 4_097, 16 << 20, LARGEST_DISK_MB, i64::MAX] {
            let parts = disk(size_mb);
            assert_eq!(disk_len(size_mb), whole(&parts).len() as u64, "{size_mb}");
            assert!(parts.iter().map(|part| part.bytes.len()).sum::<usize>() < 4_096, "{size_mb}");
        }
        assert_eq!(disk_len(LARGEST_DISK_MB), (132 << 9) + (62 << 17));
    }

    #[test]
    fn a_disk_says_how_large_it_is_and_ends_as_streams_do() {
        let bytes = whole(&disk(2_048));
        assert_eq!((&bytes[..4], bytes.len() % SECTOR), (&b"KDMV"[..], 0));
        assert_eq!(u64::from_le_bytes(bytes[12..20].try_into().unwrap()), 4_194_304);
        assert_eq!(&bytes[SECTOR..SECTOR + 21], b"# Disk DescriptorFile");
        let footer = bytes.len() - 2 * SECTOR;
        assert_eq!(&bytes[footer..footer + 4], b"KDMV");
        let directory = u64::from_le_bytes(bytes[footer + 56..footer + 64].try_into().unwrap());
        assert_eq!(u32::from_le_bytes(bytes[128 * SECTOR + 12..128 * SECTOR + 16].try_into().unwrap()), 2);
        assert_eq!(directory, 129);
        assert!(bytes[bytes.len() - SECTOR..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_disc_has_a_volume_and_is_never_longer_than_it_should_be() {
        let bytes = disc(4 << 20);
        assert_eq!((&bytes[16 * BLOCK + 1..16 * BLOCK + 6], &bytes[17 * BLOCK..17 * BLOCK + 6]), (&b"CD001"[..], &b"\xffCD001"[..]));
        assert_eq!(bytes[20 * BLOCK], 34);
        assert_eq!(disc(100).len(), 100);
    }
}
