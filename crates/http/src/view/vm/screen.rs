//! The picture of a machine's screen, as PNG (RFC 2083). Invariant: a screen is black, but for the cursor of a machine that runs.

/// So many pixels in a row, eight of them in a byte.
const WIDTH: u32 = 160;
/// So many rows.
const HEIGHT: u32 = 120;

/// The picture; nothing in a guest ever writes to its screen.
pub(crate) fn png(running: bool) -> Vec<u8> {
    let mut header = [WIDTH.to_be_bytes(), HEIGHT.to_be_bytes()].concat();
    // One bit for each pixel, in grey; deflated, filtered by row, not interlaced.
    header.extend([1, 0, 0, 0, 0]);
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &stored(&rows(running))), chunk(b"IEND", &[])];
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

/// The rows, each after the number of its filter, which is none.
fn rows(running: bool) -> Vec<u8> {
    let cursor = |row: u32| running && (8..10).contains(&row);
    let row = |row: u32| [0, u8::from(cursor(row)) * 0x7e].into_iter().chain(std::iter::repeat_n(0, WIDTH as usize / 8 - 1));
    (0..HEIGHT).flat_map(row).collect()
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&name[..], data].concat();
    let length = u32::try_from(data.len()).unwrap_or_default();
    [&length.to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat()
}

/// A zlib stream of one block that is not compressed (RFC 1950 and 1951).
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or_default();
    [&[0x78, 0x01, 0x01][..], &length.to_le_bytes(), &(!length).to_le_bytes(), data, &adler32(data).to_be_bytes()].concat()
}

fn crc32(data: &[u8]) -> u32 {
    let bit = |crc: u32, _: u32| (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
    !data.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!((crc32(b"123456789"), adler32(b"Wikipedia")), (0xcbf4_3926, 0x11e6_0398));
        assert_eq!(chunk(b"IEND", &[]), b"\0\0\0\0IEND\xae\x42\x60\x82");
    }

    #[test]
    fn only_what_runs_has_a_cursor() {
        let lit = |running| rows(running).iter().map(|byte| byte.count_ones()).sum::<u32>();
        assert_eq!((lit(false), lit(true), rows(true).len()), (0, 12, 120 * 21));
        assert!(png(true).starts_with(b"\x89PNG"));
    }
}
