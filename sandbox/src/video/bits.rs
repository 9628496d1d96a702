//! Bits, and H.264's way to write numbers in them (ITU-T H.264, 9.1).

/// Bits that are being written.
#[derive(Debug, Default)]
pub struct Bits {
    bytes: Vec<u8>,
    open: u8,
    held: u32,
}

impl Bits {
    /// The lowest `count` bits of a value, the highest of them first.
    pub fn put(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            self.open = (self.open << 1) | u8::from((value >> bit) & 1 == 1);
            self.held += 1;
            if self.held == 8 {
                self.bytes.push(self.open);
                (self.open, self.held) = (0, 0);
            }
        }
    }

    /// `ue(v)`: an unsigned number, shorter the smaller it is.
    pub fn unsigned(&mut self, value: u32) {
        let code = value + 1;
        let length = 32 - code.leading_zeros();
        self.put(0, length - 1);
        self.put(code, length);
    }

    /// `se(v)`: a signed one.
    pub fn signed(&mut self, value: i32) {
        let code = if value > 0 {
            value.unsigned_abs() * 2 - 1
        } else {
            value.unsigned_abs() * 2
        };
        self.unsigned(code);
    }

    /// Zero bits up to the next whole byte.
    pub fn align(&mut self) {
        while self.held != 0 {
            self.put(0, 1);
        }
    }

    /// Whole bytes; only where the bits are aligned.
    pub fn bytes(&mut self, bytes: impl IntoIterator<Item = u8>) {
        self.bytes.extend(bytes);
    }

    /// The bits with `rbsp_trailing_bits`: a one, and zeros up to a whole byte.
    pub fn finished(mut self) -> Vec<u8> {
        self.put(1, 1);
        self.align();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Bits)) -> String {
        let mut bits = Bits::default();
        write(&mut bits);
        let bytes: Vec<String> = bits
            .finished()
            .iter()
            .map(|byte| format!("{byte:08b}"))
            .collect();
        let text = bytes.concat();
        text.trim_end_matches('0')
            .strip_suffix('1')
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn numbers_are_written_as_table_9_2_has_them() {
        for (value, code) in [
            (0, "1"),
            (1, "010"),
            (2, "011"),
            (3, "00100"),
            (7, "0001000"),
            (25, "000011010"),
        ] {
            assert_eq!(written(|bits| bits.unsigned(value)), code);
        }
        for (value, code) in [
            (0, "1"),
            (1, "010"),
            (-1, "011"),
            (2, "00100"),
            (-2, "00101"),
        ] {
            assert_eq!(written(|bits| bits.signed(value)), code);
        }
    }

    #[test]
    fn bytes_follow_aligned_bits() {
        assert_eq!(
            written(|bits| {
                bits.put(0b101, 3);
                bits.align();
                bits.bytes([0xF0]);
            }),
            "1010000011110000"
        );
    }
}
