//! Packages to measure with: zips of stored entries, written plainly.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Result;

/// Writes a zip of these entries (name, bytes), none compressed.
pub(super) fn write(path: &Path, entries: &[(String, Vec<u8>)]) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut directory = Vec::new();
    let mut offset = 0_u32;
    for (name, bytes) in entries {
        let mut fields = Vec::new();
        // Version 2.0, no flags, stored, the epoch of DOS, then CRC and both sizes and name length.
        fields.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        fields.extend(crc32(bytes).to_le_bytes());
        let size = u32::try_from(bytes.len())?.to_le_bytes();
        fields.extend(size);
        fields.extend(size);
        fields.extend(u16::try_from(name.len())?.to_le_bytes());
        fields.extend([0, 0]);

        out.write_all(b"PK\x03\x04")?;
        out.write_all(&fields)?;
        out.write_all(name.as_bytes())?;
        out.write_all(bytes)?;

        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        offset += u32::try_from(30 + name.len() + bytes.len())?;
    }
    out.write_all(&directory)?;
    let count = u16::try_from(entries.len())?.to_le_bytes();
    out.write_all(b"PK\x05\x06\x00\x00\x00\x00")?;
    out.write_all(&count)?;
    out.write_all(&count)?;
    out.write_all(&u32::try_from(directory.len())?.to_le_bytes())?;
    out.write_all(&offset.to_le_bytes())?;
    out.write_all(&[0, 0])?;
    out.flush()?;
    Ok(())
}

/// Bytes that do not compress, the same each time.
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[0]
        })
        .collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|index| {
        (0..8).fold(u32::try_from(index).expect("below 256"), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    });
    !bytes.iter().fold(!0, |crc, byte| {
        (crc >> 8) ^ table[usize::from(crc.to_le_bytes()[0] ^ byte)]
    })
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn crc_of_the_check_string() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
