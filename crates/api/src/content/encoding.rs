//! One entry's data in the form the client takes: as it lies, as gzip, or inflated.
//!
//! A deflated entry becomes gzip without being compressed again (RFC 1952): ten bytes before the raw
//! deflate data, and after it the CRC-32 and the size, both known from the directory.

use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};
use flate2::{Decompress, FlushDecompress, Status};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::index::Entry;
use crate::blob::{BlobError, BlobStream};

/// Header of a gzip member: deflate, no name, no time, system unknown.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Bytes that a gzip member adds to the raw deflate data.
pub(crate) const GZIP_OVERHEAD: u64 = 18;

/// How much comes out of the inflater at a time.
const INFLATED_PIECE: usize = 64 * 1024;

/// Steps of the inflater, a MiB of what comes out, before others have their turn.
const STEPS_AT_ONCE: usize = 16;

/// Whether an `Accept-Encoding` header takes gzip (RFC 9110, section 12.5.3).
pub(crate) fn takes_gzip(accept_encoding: Option<&str>) -> bool {
    let Some(header) = accept_encoding else {
        return false;
    };
    let quality_of = |wanted: &str| {
        header.split(',').find_map(|part| {
            let mut pieces = part.split(';').map(str::trim);
            let coding = pieces.next()?;
            coding.eq_ignore_ascii_case(wanted).then(|| {
                let quality = pieces.find_map(|piece| piece.strip_prefix("q="));
                quality.map_or(1.0, |quality| quality.parse::<f32>().unwrap_or(0.0))
            })
        })
    };
    quality_of("gzip")
        .or_else(|| quality_of("x-gzip"))
        .or_else(|| quality_of("*"))
        .unwrap_or(0.0)
        > 0.0
}

/// Wraps the raw deflate data of `entry` as a gzip member.
pub(crate) fn as_gzip(entry: &Entry, raw: BlobStream) -> BlobStream {
    let mut trailer = BytesMut::with_capacity(8);
    trailer.extend_from_slice(&entry.crc32.to_le_bytes());
    #[expect(
        clippy::cast_possible_truncation,
        reason = "RFC 1952: the size modulo 2^32"
    )]
    trailer.extend_from_slice(&(entry.size_bytes as u32).to_le_bytes());
    let piece = |bytes: Bytes| stream::once(async move { Ok::<_, BlobError>(bytes) });
    piece(Bytes::from_static(&GZIP_HEADER))
        .chain(raw)
        .chain(piece(trailer.freeze()))
        .boxed()
}

/// Inflates raw deflate data as it streams; memory stays bounded whatever the entry's size, and other requests have
/// their turn also while nothing has to be waited for.
pub(crate) fn inflated(raw: BlobStream) -> BlobStream {
    let state = Inflater {
        raw,
        inflate: Decompress::new(false),
        input: Bytes::new(),
        full: false,
        ended: false,
        steps: 0,
    };
    stream::try_unfold(state, |mut state| async move {
        Ok(state.next_piece().await?.map(|piece| (piece, state)))
    })
    .boxed()
}

/// The bytes of `range` out of a longer stream.
pub(crate) fn slice(whole: BlobStream, range: Range<u64>) -> BlobStream {
    let state = (whole, range.start, range.end - range.start);
    stream::try_unfold(state, |(mut whole, mut skip, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        while let Some(mut piece) = whole.try_next().await? {
            let skipped = at_most(skip, piece.len());
            piece.advance(skipped);
            skip -= skipped as u64;
            piece.truncate(at_most(left, piece.len()));
            if !piece.is_empty() {
                let left = left - piece.len() as u64;
                return Ok(Some((piece, (whole, skip, left))));
            }
        }
        Err(cut_short())
    })
    .boxed()
}

fn at_most(wanted: u64, there: usize) -> usize {
    usize::try_from(wanted).unwrap_or(usize::MAX).min(there)
}

fn cut_short() -> BlobError {
    std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()
}

struct Inflater {
    raw: BlobStream,
    inflate: Decompress,
    input: Bytes,
    /// The last piece filled its buffer: there may be more without reading on.
    full: bool,
    ended: bool,
    /// Steps since others last had their turn.
    steps: usize,
}

impl Inflater {
    async fn next_piece(&mut self) -> Result<Option<Bytes>, BlobError> {
        while !self.ended {
            if self.input.is_empty() && !self.full {
                self.input = self.raw.try_next().await?.ok_or_else(cut_short)?;
            }
            let piece = self.step()?;
            self.steps += 1;
            if self.steps == STEPS_AT_ONCE {
                self.steps = 0;
                tokio::task::yield_now().await;
            }
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    fn step(&mut self) -> Result<Bytes, BlobError> {
        let mut out = vec![0; INFLATED_PIECE];
        let (read_before, written_before) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(&self.input, &mut out, FlushDecompress::None)
            .map_err(std::io::Error::other)?;
        let read = self.inflate.total_in() - read_before;
        let written = self.inflate.total_out() - written_before;
        self.ended = status == Status::StreamEnd;
        self.input = self
            .input
            .split_off(usize::try_from(read).expect("within the input"));
        self.full = written == INFLATED_PIECE as u64;
        out.truncate(usize::try_from(written).expect("within the output"));
        Ok(out.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, read::GzDecoder, write::DeflateEncoder};
    use std::{
        io::{Read, Write},
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    fn sample() -> (Vec<u8>, Entry, BlobStream) {
        let plain: Vec<u8> = (0..300_000_u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&plain).unwrap();
        let raw = encoder.finish().unwrap();
        let entry = Entry {
            path: "a.html".into(),
            method: super::super::index::Method::Deflated,
            data_offset: 0,
            compressed_bytes: raw.len() as u64,
            size_bytes: plain.len() as u64,
            crc32: crc32fast::hash(&plain),
        };
        let pieces: Vec<_> = raw
            .chunks(1000)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        (plain, entry, stream::iter(pieces).boxed())
    }

    async fn whole(stream: BlobStream) -> Vec<u8> {
        stream.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    #[tokio::test]
    async fn gzip_made_of_the_archives_own_bytes_opens_with_its_sum() {
        let (plain, entry, raw) = sample();
        let gzip = whole(as_gzip(&entry, raw)).await;
        assert_eq!(gzip.len() as u64, entry.compressed_bytes + GZIP_OVERHEAD);
        let mut opened = Vec::new();
        GzDecoder::new(gzip.as_slice())
            .read_to_end(&mut opened)
            .unwrap();
        assert_eq!(opened, plain);
    }

    #[tokio::test]
    async fn inflating_gives_the_plain_bytes_whole_and_in_part() {
        let (plain, _, raw) = sample();
        assert_eq!(whole(inflated(raw)).await, plain);
        for range in [
            0..1,
            65_535..65_537,
            100_000..1_100_000,
            1_199_999..1_200_000,
        ] {
            let (plain, _, raw) = sample();
            let part = whole(slice(inflated(raw), range.clone())).await;
            let at = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            assert_eq!(part, plain[at], "{range:?}");
        }
    }

    #[tokio::test]
    async fn others_have_their_turn_before_the_end_of_a_long_entry_is_reached() {
        let (plain, _, raw) = sample();
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&turns);
        let other = tokio::spawn(async move { counted.fetch_add(1, Ordering::Relaxed) });
        let length = plain.len() as u64;
        let last = whole(slice(inflated(raw), length - 1..length)).await;
        assert_eq!(last, plain[plain.len() - 1..]);
        assert_eq!(turns.load(Ordering::Relaxed), 1);
        other.await.unwrap();
    }

    #[tokio::test]
    async fn a_broken_deflate_stream_is_an_error_not_an_end() {
        let raw = stream::iter([Ok(Bytes::from_static(b"\x4b"))]).boxed();
        assert!(inflated(raw).try_collect::<Vec<_>>().await.is_err());
    }

    #[test]
    fn accept_encoding_is_read_with_its_qualities() {
        for (header, expected) in [
            (None, false),
            (Some(""), false),
            (Some("gzip, deflate, br"), true),
            (Some("br;q=1.0, GZIP;q=0.5"), true),
            (Some("gzip;q=0"), false),
            (Some("*"), true),
            (Some("identity"), false),
            (Some("gzip;q=0, *"), false),
        ] {
            assert_eq!(takes_gzip(header), expected, "{header:?}");
        }
    }
}
