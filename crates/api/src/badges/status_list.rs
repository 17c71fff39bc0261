//! Bitstring status lists (W3C Bitstring Status List 1.0): one bit for each badge, set when it was taken back.
//! Whoever fetches a list does not tell us which badge they look at.

use std::io::{self, Write};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::GzEncoder};

/// Bits in a list: 16 KiB, the least that the standard allows, so that a badge is one of many.
pub(crate) const BITS: u32 = 131_072;

/// A list with these bits set, as it is written: multibase base64url of the gzipped bits, the first bit the
/// leftmost of the first byte.
///
/// # Errors
/// When it cannot be compressed.
pub(super) fn encoded(set: &[i32]) -> io::Result<String> {
    let mut bits = vec![0_u8; BITS as usize / 8];
    for index in set {
        let index = usize::try_from(*index).unwrap_or(usize::MAX);
        if let Some(byte) = bits.get_mut(index / 8) {
            *byte |= 0x80 >> (index % 8);
        }
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&bits)?;
    Ok(format!("u{}", URL_SAFE_NO_PAD.encode(gzip.finish()?)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn bits_are_counted_from_the_left() {
        let text = encoded(&[0, 9, 131_071, -1]).unwrap();
        let gzip = URL_SAFE_NO_PAD.decode(text.strip_prefix('u').unwrap());
        let mut bits = Vec::new();
        let gzip = gzip.unwrap();
        flate2::read::GzDecoder::new(&gzip[..])
            .read_to_end(&mut bits)
            .unwrap();
        assert_eq!(bits.len(), 16 * 1024);
        assert_eq!((bits[0], bits[1], bits[16_383]), (0x80, 0x40, 0x01));
        assert_eq!(bits.iter().map(|byte| byte.count_ones()).sum::<u32>(), 3);
    }
}
