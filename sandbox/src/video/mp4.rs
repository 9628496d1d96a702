//! The MP4 around a stream (ISO/IEC 14496-12 and -15): everything about it first, so that it plays while it loads.

use super::h264::Stream;

/// Ticks a second of the clip's own clock.
const TIMESCALE: u32 = 24_000;

/// A box: length, name, content.
fn boxed(name: [u8; 4], content: &[&[u8]]) -> Vec<u8> {
    let length = 8 + content.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(number(length));
    bytes.extend(name);
    for part in content {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// A box with version and flags.
fn full(name: [u8; 4], flags: u32, content: &[&[u8]]) -> Vec<u8> {
    let flags = flags.to_be_bytes();
    let all: Vec<&[u8]> = std::iter::once(flags.as_slice())
        .chain(content.iter().copied())
        .collect();
    boxed(name, &all)
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes()
}

/// No turning, no scaling.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// The whole file.
pub fn written(stream: &Stream, rate: u32) -> Vec<u8> {
    let ftyp = boxed(
        *b"ftyp",
        &[b"isom", &0x200_u32.to_be_bytes(), b"isomiso2avc1mp41"],
    );
    // The offset of the first sample takes the same room whatever it is.
    let offset = ftyp.len() + moov(stream, rate, 0).len() + 8;
    let mut file = ftyp;
    file.extend(moov(stream, rate, offset));
    let samples: Vec<[Vec<u8>; 2]> = stream
        .samples
        .iter()
        .map(|sample| [number(sample.nal.len()).to_vec(), sample.nal.clone()])
        .collect();
    let parts: Vec<&[u8]> = samples.iter().flatten().map(Vec::as_slice).collect();
    file.extend(boxed(*b"mdat", &parts));
    file
}

fn moov(stream: &Stream, rate: u32, offset: usize) -> Vec<u8> {
    let tick = TIMESCALE / rate;
    let duration = u32::try_from(stream.samples.len()).unwrap_or(0) * tick;
    let matrix = numbers(&MATRIX);
    let mvhd = full(
        *b"mvhd",
        0,
        &[
            &numbers(&[0, 0, TIMESCALE, duration, 0x1_0000]),
            &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &matrix,
            &[0; 24],
            &2_u32.to_be_bytes(),
        ],
    );
    let side = |pixels: usize| number(pixels << 16);
    let tkhd = full(
        *b"tkhd",
        3,
        &[
            &numbers(&[0, 0, 1, 0, duration, 0, 0, 0, 0]),
            &matrix,
            &side(stream.width),
            &side(stream.height),
        ],
    );
    // Showing begins where the first frame is, which reordering put a little later.
    let delay = delay(stream) * tick;
    let elst = full(*b"elst", 0, &[&numbers(&[1, duration, delay, 0x1_0000])]);
    let media_header = full(
        *b"mdhd",
        0,
        &[&numbers(&[0, 0, TIMESCALE, duration, 0x55C4_0000])],
    );
    let hdlr = full(*b"hdlr", 0, &[&[0; 4], b"vide", &[0; 12], b"sandbox\0"]);
    let vmhd = full(*b"vmhd", 1, &[&[0; 8]]);
    let dref = full(
        *b"dref",
        0,
        &[&1_u32.to_be_bytes(), &full(*b"url ", 1, &[])],
    );
    let minf = boxed(
        *b"minf",
        &[
            &vmhd,
            &boxed(*b"dinf", &[&dref]),
            &stbl(stream, tick, offset),
        ],
    );
    let mdia = boxed(*b"mdia", &[&media_header, &hdlr, &minf]);
    let trak = boxed(*b"trak", &[&tkhd, &boxed(*b"edts", &[&elst]), &mdia]);
    boxed(*b"moov", &[&mvhd, &trak])
}

/// How many frames showing lags behind decoding: one, if frames were reordered.
fn delay(stream: &Stream) -> u32 {
    let lag = stream
        .samples
        .iter()
        .zip(0_u32..)
        .map(|(sample, decoded)| decoded.saturating_sub(sample.shown));
    lag.max().unwrap_or(0)
}

fn stbl(stream: &Stream, tick: u32, offset: usize) -> Vec<u8> {
    let count = u32::try_from(stream.samples.len()).unwrap_or(0);
    let stsd = full(*b"stsd", 0, &[&1_u32.to_be_bytes(), &avc1(stream)]);
    let stts = full(*b"stts", 0, &[&numbers(&[1, count, tick])]);
    let delay = delay(stream);
    let later: Vec<u32> = stream
        .samples
        .iter()
        .zip(0_u32..)
        .flat_map(|(sample, decoded)| [1, (sample.shown + delay - decoded) * tick])
        .collect();
    let ctts = full(*b"ctts", 0, &[&numbers(&[count]), &numbers(&later)]);
    let keys: Vec<u32> = stream
        .samples
        .iter()
        .zip(1..)
        .filter(|(sample, _)| sample.is_key)
        .map(|(_, at)| at)
        .collect();
    let key_table = full(*b"stss", 0, &[&number(keys.len()), &numbers(&keys)]);
    let chunk_table = full(*b"stsc", 0, &[&numbers(&[1, 1, count, 1])]);
    let sizes: Vec<u8> = stream
        .samples
        .iter()
        .flat_map(|sample| number(sample.nal.len() + 4))
        .collect();
    let size_table = full(*b"stsz", 0, &[&numbers(&[0, count]), &sizes]);
    let stco = full(*b"stco", 0, &[&1_u32.to_be_bytes(), &number(offset)]);
    boxed(
        *b"stbl",
        &[
            &stsd,
            &stts,
            &ctts,
            &key_table,
            &chunk_table,
            &size_table,
            &stco,
        ],
    )
}

fn avc1(stream: &Stream) -> Vec<u8> {
    let profile: Vec<u8> = stream.sps.iter().skip(1).take(3).copied().collect();
    let avcc = boxed(
        *b"avcC",
        &[
            &[1],
            &profile,
            &[0xFF, 0xE1],
            &short(stream.sps.len()),
            &stream.sps,
            &[1],
            &short(stream.pps.len()),
            &stream.pps,
        ],
    );
    boxed(
        *b"avc1",
        &[
            &[0, 0, 0, 0, 0, 0, 0, 1],
            &[0; 16],
            &short(stream.width),
            &short(stream.height),
            &numbers(&[0x48_0000, 0x48_0000, 0]),
            &[0, 1],
            &[0; 32],
            &[0, 24, 0xFF, 0xFF],
            &avcc,
        ],
    )
}
