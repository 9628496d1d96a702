//! Held against two decoders: that of the crate `image` (zune-jpeg), and jpeg-decoder, which reads
//! as libjpeg does.

use std::borrow::Cow;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};
use proptest::prelude::*;

use super::*;

type Size = (usize, usize);

fn judged(jpeg: &[u8]) -> Option<Size> {
    let base64 = base64_simd::STANDARD.encode_to_string(jpeg);
    let text = ["data:image/jpeg;base64,", &base64].concat();
    size(&DataUrl::read(Cow::Owned(text.into_bytes())).expect("a data URL"))
}

/// The sizes of what the two decoders make of it.
fn decoded(jpeg: &[u8]) -> [Option<Size>; 2] {
    let by_image = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).ok();
    let mut decoder = jpeg_decoder::Decoder::new(jpeg);
    let by_other = decoder.decode().ok().and_then(|_| decoder.info());
    [
        by_image.map(|picture| (picture.width() as usize, picture.height() as usize)),
        by_other.map(|info| (info.width.into(), info.height.into())),
    ]
}

/// A small JPEG as an encoder writes it.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let pixels: Vec<_> = (0..usize::from(width) * usize::from(height) * 3)
        .map(|at| u8::try_from(at * 7 % 251).expect("a byte"))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 60);
    let written = encoder.encode(&pixels, width.into(), height.into(), ExtendedColorType::Rgb8);
    written.expect("encodes");
    bytes
}

/// A segment with so many bytes in it.
fn segment(code: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a segment's length").to_be_bytes();
    [&[0xff, code][..], &length, content].concat()
}

/// The positions of the markers before the picture's data.
fn markers(jpeg: &[u8]) -> Vec<usize> {
    let mut at = 2;
    let mut found = vec![];
    while jpeg[at + 1] != 0xda {
        found.push(at);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    found.push(at);
    found
}

fn with(jpeg: &[u8], at: usize, inserted: &[u8]) -> Vec<u8> {
    [&jpeg[..at], inserted, &jpeg[at..]].concat()
}

#[test]
fn fill_bytes_are_read_wherever_a_marker_may_have_them() {
    let plain = jpeg(48, 32);
    for at in markers(&plain) {
        for fill in [1, 2, 300] {
            let filled = with(&plain, at, &vec![0xff; fill]);
            assert_eq!(judged(&filled), Some((48, 32)), "{fill} at {at}");
            assert_eq!(decoded(&filled), [Some((48, 32)); 2], "{fill} at {at}");
        }
    }
}

#[test]
fn a_preview_or_a_profile_of_any_size_is_stepped_over() {
    let plain = jpeg(48, 32);
    let preview = jpeg(16, 16);
    for segments in [
        segment(0xe1, &preview),
        segment(0xe2, &vec![7; 65_000]).repeat(40),
        segment(0xfe, b"a comment with \xff\xc0 in it"),
        segment(0xed, b""),
    ] {
        let larger = with(&plain, 2, &segments);
        assert_eq!(judged(&larger), Some((48, 32)));
        assert_eq!(decoded(&larger), [Some((48, 32)); 2]);
    }
}

#[test]
fn what_decoders_read_differently_has_no_size() {
    let plain = jpeg(48, 32);
    let frame = |width: u16, height: u16| {
        let size = [&[8][..], &height.to_be_bytes(), &width.to_be_bytes()].concat();
        segment(0xc0, &[&size[..], &[1, 1, 0x11, 0]].concat())
    };
    for (what, mangled) in [
        ("a second frame", with(&plain, 2, &frame(9_000, 9_000))),
        ("a frame without a height", [&[0xff, 0xd8][..], &frame(48, 0), &[0xff, 0xda]].concat()),
        ("lossless", with(&plain, 2, &segment(0xc3, &[8, 0, 9, 0, 9, 1, 1, 0x11, 0]))),
        ("another beginning", with(&plain, 2, &[0xff, 0xd8])),
        ("an end before the picture", with(&plain, 2, &[0xff, 0xd9])),
        ("a reserved marker", with(&plain, 2, &segment(0x02, b"ab"))),
        ("a length that is none", with(&plain, 2, &[0xff, 0xe0, 0, 1])),
        ("no frame", [&[0xff, 0xd8][..], &segment(0xda, &[0])].concat()),
        ("nothing", vec![0xff, 0xd8, 0xff]),
        ("fill bytes without an end", [vec![0xff, 0xd8], vec![0xff; 100_000]].concat()),
    ] {
        assert_eq!(judged(&mangled), None, "{what}");
    }
}

/// A file, and what is done to it.
fn mangled() -> impl Strategy<Value = Vec<u8>> {
    let change = prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..6))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<prop::sample::Index>(), 1_usize..5).prop_map(|(at, fill)| Change::Fill(at, fill)),
        any::<prop::sample::Index>().prop_map(Change::Repeat),
        any::<prop::sample::Index>().prop_map(Change::Cut),
    ];
    let changes = prop::collection::vec(change, 0..4);
    ((1_u16..40, 1_u16..40), changes).prop_map(|((width, height), changes)| {
        changes.into_iter().fold(jpeg(width, height), |jpeg, change| change.make(&jpeg))
    })
}

#[derive(Debug, Clone)]
enum Change {
    Byte(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Fill(prop::sample::Index, usize),
    /// A segment comes twice.
    Repeat(prop::sample::Index),
    Cut(prop::sample::Index),
}

impl Change {
    fn make(self, jpeg: &[u8]) -> Vec<u8> {
        // Within the headers, which have about 600 bytes.
        let end = jpeg.len().min(700);
        let mut bytes = jpeg.to_vec();
        match self {
            Self::Byte(at, byte) => bytes[at.index(end)] = byte,
            Self::Insert(at, more) => bytes = with(jpeg, at.index(end), &more),
            Self::Fill(at, fill) => {
                let ffs: Vec<_> = (0..end).filter(|at| jpeg[*at] == 0xff).collect();
                if !ffs.is_empty() {
                    bytes = with(jpeg, *at.get(&ffs), &vec![0xff; fill]);
                }
            }
            Self::Repeat(at) => {
                let start = at.index(end);
                let stop = jpeg.len().min(start + 19);
                bytes = with(jpeg, start, &jpeg[start..stop]);
            }
            Self::Cut(at) => bytes.truncate(at.index(jpeg.len()).max(3)),
        }
        bytes
    }
}

proptest! {
    #[test]
    fn what_is_judged_is_what_is_decoded(jpeg in mangled()) {
        if let Some(size) = judged(&jpeg) {
            for decoded in decoded(&jpeg).into_iter().flatten() {
                prop_assert_eq!(size, decoded);
            }
        }
    }

    #[test]
    fn a_file_as_encoders_write_it_is_read(width in 1_u16..60, height in 1_u16..60) {
        let jpeg = jpeg(width, height);
        let size = Some((usize::from(width), usize::from(height)));
        prop_assert_eq!(judged(&jpeg), size);
        prop_assert_eq!(decoded(&jpeg), [size; 2]);
    }
}
