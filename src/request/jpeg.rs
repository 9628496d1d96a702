//! The size of a JPEG, as a decoder will read it. The markers before the first scan are walked as
//! ITU T.81 has them (annex B) and libjpeg reads them. Where decoders differ, or refuse a file,
//! there is no size: what is judged is what will be decoded.

use fashn::image::DataUrl;

/// Bytes that are looked at one by one before the first scan: markers, their lengths, fill bytes
/// and what stands between segments. Real files have a few hundred.
const LOOKS_MAX: usize = 1 << 16;

/// Decoded at once around a marker.
const WINDOW_BYTES: usize = 768;

/// Width and height in pixels, of a file that begins as a JPEG does.
pub fn size(data: &DataUrl<'_>) -> Option<(usize, usize)> {
    let mut reader = Reader { data, at: 2, window: Vec::new(), window_start: 0, looks: 0 };
    let mut size = None;
    loop {
        match reader.marker()? {
            // TEM and RSTn have no length.
            0x01 | 0xd0..=0xd7 => {}
            // SOF of the kinds that decoders know: baseline, extended, progressive; the last two
            // of them in arithmetic coding too. Another one after it is no JPEG for libjpeg, and
            // for others it counts.
            0xc0..=0xc2 | 0xc9 | 0xca if size.is_none() => {
                let end = reader.segment()?;
                reader.byte()?;
                let (height, width) = (reader.number()?, reader.number()?);
                // A height that comes later, in DNL, is known to hardly any decoder.
                size = Some((width, height)).filter(|(width, height)| *width > 0 && *height > 0);
                size?;
                reader.at = end;
            }
            // DHT, DAC, DQT, DNL, DRI, APPn, COM
            0xc4 | 0xcc | 0xdb..=0xdd | 0xe0..=0xef | 0xfe => reader.at = reader.segment()?,
            // SOS: the picture's data begin.
            0xda => return size,
            _ => return None,
        }
    }
}

struct Reader<'d> {
    data: &'d DataUrl<'d>,
    at: usize,
    window: Vec<u8>,
    window_start: usize,
    looks: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.looks += 1;
        if self.looks > LOOKS_MAX {
            return None;
        }
        if !(self.window_start..self.window_start + self.window.len()).contains(&self.at) {
            self.window = self.data.slice(self.at, WINDOW_BYTES);
            self.window_start = self.at;
        }
        let byte = self.window.get(self.at - self.window_start).copied();
        self.at += 1;
        byte
    }

    fn number(&mut self) -> Option<usize> {
        Some(usize::from(self.byte()?) << 8 | usize::from(self.byte()?))
    }

    /// The next marker: 0xFF, as often as an encoder likes to fill with it (B.1.1.2), and its code.
    /// What else is between segments is skipped, as decoders do.
    fn marker(&mut self) -> Option<u8> {
        let mut after_fill = false;
        loop {
            match (self.byte()?, after_fill) {
                (0xff, _) => after_fill = true,
                (0, _) | (_, false) => after_fill = false,
                (code, true) => return Some(code),
            }
        }
    }

    /// The end of the segment that begins with its length here.
    fn segment(&mut self) -> Option<usize> {
        let start = self.at;
        let length = self.number()?;
        (length >= 2).then_some(start + length)
    }
}

#[cfg(test)]
mod tests;
