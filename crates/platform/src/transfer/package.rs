//! A package in one file: a descriptor and what it refers to, one after another (DSP0243 5.3: a tape archive in the POSIX form). Invariant:
//! a package is never held in memory, and how long it is, is known before it is sent.

use super::download::Piece;

/// The size of a block; each file begins with one.
const BLOCK: u64 = 512;
/// The largest size that the eleven octal digits of a header can say.
const MOST_OCTAL: u64 = 0o777_7777_7777;

/// A file of a package.
pub(super) struct Entry {
    pub(super) name: String,
    /// Its bytes, piece by piece.
    pub(super) pieces: Vec<Piece>,
}

/// The pieces of a package whose files were last changed at `seconds`.
pub(super) fn pieces(entries: Vec<Entry>, seconds: i64) -> Vec<Piece> {
    let mut all = Vec::new();
    for Entry { name, pieces } in entries {
        let size = pieces.iter().map(|piece| piece.size).sum::<u64>();
        all.push(Piece::made(header(&name, size, seconds)));
        all.extend(pieces);
        all.push(Piece::zeros(size.div_ceil(BLOCK) * BLOCK - size));
    }
    all.push(Piece::zeros(2 * BLOCK));
    all
}

/// The block before a file.
fn header(name: &str, size: u64, seconds: i64) -> Vec<u8> {
    let mut block = vec![0; 512];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, &number(size));
    put(136, format!("{:011o}\0", u64::try_from(seconds).unwrap_or(0).min(MOST_OCTAL)).as_bytes());
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A size: in octal digits, or, where these do not suffice, in base 256.
fn number(size: u64) -> [u8; 12] {
    let mut field = [0; 12];
    if size > MOST_OCTAL {
        field[0] = 0x80;
        field[4..].copy_from_slice(&size.to_be_bytes());
    } else {
        field.copy_from_slice(format!("{size:011o}\0").as_bytes());
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_name_size_and_their_own_sum() {
        let block = header("descriptor.ovf", 1_000, 0);
        assert_eq!((&block[..14], &block[124..136]), (&b"descriptor.ovf"[..], &b"00000001750\0"[..]));
        let said = std::str::from_utf8(&block[148..154]).unwrap();
        let mut blank = block.clone();
        blank[148..156].copy_from_slice(b"        ");
        assert_eq!(u32::from_str_radix(said, 8).unwrap(), blank.iter().map(|byte| u32::from(*byte)).sum::<u32>());
    }

    #[test]
    fn sizes_beyond_eight_gigabytes_can_be_said() {
        assert_eq!(number(MOST_OCTAL), *b"77777777777\0");
        assert_eq!(number(MOST_OCTAL + 1), [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
    }

    #[test]
    fn files_begin_with_blocks_and_two_empty_ones_end_all() {
        let entry = |name: &str, size| Entry { name: name.to_owned(), pieces: vec![Piece::zeros(size)] };
        let sizes: Vec<_> = pieces(vec![entry("a", 0), entry("b", 512), entry("c", 513)], 0).iter().map(|piece| piece.size).collect();
        assert_eq!(sizes, [512, 0, 0, 512, 512, 0, 512, 513, 511, 1_024]);
    }
}
