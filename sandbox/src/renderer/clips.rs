//! The fixed clips of `image-to-video`: one for each resolution and duration of FASHN's page.

const CLIPS: [((u32, u32), &[u8]); 6] = [
    ((480, 5), include_bytes!("clips/480p-5s.mp4")),
    ((480, 10), include_bytes!("clips/480p-10s.mp4")),
    ((720, 5), include_bytes!("clips/720p-5s.mp4")),
    ((720, 10), include_bytes!("clips/720p-10s.mp4")),
    ((1080, 5), include_bytes!("clips/1080p-5s.mp4")),
    ((1080, 10), include_bytes!("clips/1080p-10s.mp4")),
];

/// The clip with `side` pixels on its shorter side.
pub fn clip(side: u32, seconds: u32) -> Option<&'static [u8]> {
    CLIPS.into_iter().find(|(key, _)| *key == (side, seconds)).map(|(_, bytes)| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_clip_has_the_size_and_the_duration_that_it_stands_for() {
        for ((side, seconds), bytes) in CLIPS {
            // The movie header has a time scale and a duration, the track header ends with the
            // size.
            let mvhd = after(bytes, b"mvhd");
            assert_eq!(number(mvhd, 16), number(mvhd, 12) * seconds, "{side}p");
            let tkhd = after(bytes, b"tkhd");
            let size = (number(tkhd, 76) >> 16, number(tkhd, 80) >> 16);
            assert_eq!(size, (side, side * 3 / 2), "{side}p");
            assert_eq!(clip(side, seconds), Some(bytes));
        }
        assert_eq!(clip(480, 7), None);
    }

    fn after<'a>(bytes: &'a [u8], name: &[u8]) -> &'a [u8] {
        let at = bytes.windows(4).position(|window| window == name).unwrap();
        &bytes[at + 4..]
    }

    fn number(bytes: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
    }
}
