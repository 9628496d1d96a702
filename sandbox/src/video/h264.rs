//! An H.264 stream, Main profile, CAVLC (ITU-T H.264, 7.3): plain pictures, and pictures that only refer to them.

use super::bits::Bits;
use super::planes::{BLOCK, Planes};

/// Bits of `frame_num` and of `pic_order_cnt_lsb`.
const FRAME_NUM_BITS: u32 = 8;
const ORDER_BITS: u32 = 12;

/// Weights of the two pictures of a cross-fade add up to that (`2^(5 + 1)`).
const WEIGHTS: i32 = 64;

/// A frame as it is stored: in the order of decoding.
#[derive(Debug)]
pub struct Sample {
    /// The NAL unit.
    pub nal: Vec<u8>,
    /// Its place in the order of showing.
    pub shown: u32,
    /// Whether decoding may begin here.
    pub is_key: bool,
}

/// A stream that is being written.
#[derive(Debug)]
pub struct Stream {
    /// Pixels across and down.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// The sequence parameter set.
    pub sps: Vec<u8>,
    /// The picture parameter set.
    pub pps: Vec<u8>,
    /// The frames.
    pub samples: Vec<Sample>,
    across: usize,
    down: usize,
    /// Reference pictures so far.
    references: u32,
}

/// NAL unit types with their importance (`nal_ref_idc`).
const IDR: u8 = 0x65;
const REFERENCE: u8 = 0x61;
const DISPOSABLE: u8 = 0x01;

impl Stream {
    /// Begins with a picture, as it is.
    pub fn begin(first: &Planes) -> Self {
        let mut stream = Self {
            width: first.width,
            height: first.height,
            sps: sps(first),
            pps: pps(),
            samples: Vec::new(),
            across: first.across,
            down: first.down,
            references: 0,
        };
        let mut bits = header(7, 0, Some(0), 0);
        bits.put(0, 2); // no_output_of_prior_pics_flag, long_term_reference_flag
        stream.plain(bits, first, IDR, 0);
        stream
    }

    /// The last picture, as it is, which frames between refer to.
    pub fn last(&mut self, picture: &Planes, shown: u32) {
        let mut bits = header(7, self.references, None, shown);
        bits.put(0, 1); // adaptive_ref_pic_marking_mode_flag
        self.plain(bits, picture, REFERENCE, shown);
    }

    fn plain(&mut self, mut bits: Bits, picture: &Planes, kind: u8, shown: u32) {
        finish_header(&mut bits);
        for down in 0..self.down {
            for across in 0..self.across {
                bits.unsigned(25); // I_PCM
                bits.align();
                // A sample must not be 0, lest a start code appear; 16 is black.
                bits.bytes(picture.block(across, down).map(|sample| sample.max(1)));
            }
        }
        self.samples.push(Sample {
            nal: nal(kind, &bits.finished()),
            shown,
            is_key: kind == IDR,
        });
        self.references += 1;
    }

    /// The first picture, seen from nearer: each block is taken from where the zoom has it.
    pub fn zoomed(&mut self, zoom: f64, shown: u32) {
        let mut bits = header(5, self.references, None, shown);
        bits.put(0, 2); // num_ref_idx_active_override_flag, ref_pic_list_modification_flag_l0
        finish_header(&mut bits);
        let shift = 1.0 / zoom - 1.0;
        let middle = [self.width, self.height].map(half);
        let mut above: Vec<[i32; 2]> = Vec::new();
        for down in 0..self.down {
            let mut row: Vec<[i32; 2]> = Vec::with_capacity(self.across);
            for across in 0..self.across {
                let at = [across, down].map(|index| half(2 * index * BLOCK + BLOCK));
                let vector = [
                    quarters((at[0] - middle[0]) * shift),
                    quarters((at[1] - middle[1]) * shift),
                ];
                let expected = expected(&row, &above, across);
                bits.unsigned(0); // mb_skip_run
                bits.unsigned(0); // P_L0_16x16
                bits.signed(vector[0] - expected[0]);
                bits.signed(vector[1] - expected[1]);
                bits.unsigned(0); // coded_block_pattern: no residual
                row.push(vector);
            }
            above = row;
        }
        self.samples.push(Sample {
            nal: nal(DISPOSABLE, &bits.finished()),
            shown,
            is_key: false,
        });
    }

    /// A mixture of the first and the last picture, 0 to 1.
    pub fn between(&mut self, share: f64, shown: u32) {
        #[expect(clippy::cast_possible_truncation, reason = "0 to 64")]
        let last = (share.clamp(0.0, 1.0) * f64::from(WEIGHTS)).round() as i32;
        let mut bits = header(6, self.references, None, shown);
        bits.put(1, 1); // direct_spatial_mv_pred_flag
        bits.put(0, 3); // num_ref_idx_active_override_flag, ref_pic_list_modification_flag_l0 and _l1
        bits.unsigned(5); // luma_log2_weight_denom
        bits.unsigned(5); // chroma_log2_weight_denom
        for weight in [WEIGHTS - last, last] {
            bits.put(1, 1);
            bits.signed(weight);
            bits.signed(0);
            bits.put(1, 1);
            for _ in 0..2 {
                bits.signed(weight);
                bits.signed(0);
            }
        }
        finish_header(&mut bits);
        bits.unsigned(u32::try_from(self.across * self.down).unwrap_or(0)); // all skipped: B_Skip, both references
        self.samples.push(Sample {
            nal: nal(DISPOSABLE, &bits.finished()),
            shown,
            is_key: false,
        });
    }
}

fn half(length: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some thousand pixels")]
    let half = length as f64 / 2.0;
    half
}

fn quarters(length: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "some hundred pixels")]
    let quarters = (length * 4.0).round() as i32;
    quarters
}

/// The vector that a decoder expects for a block, from its neighbours (8.4.1.3): left, above, and above to the
/// right, or to the left where there is no right.
fn expected(row: &[[i32; 2]], above: &[[i32; 2]], across: usize) -> [i32; 2] {
    let left = across
        .checked_sub(1)
        .and_then(|index| row.get(index))
        .copied();
    let over = above.get(across).copied();
    let corner = above
        .get(across + 1)
        .or_else(|| above.get(across.checked_sub(1)?))
        .copied();
    match (left, over, corner) {
        (Some(left), None, None) => left,
        (None, Some(one), None) | (None, None, Some(one)) => one,
        _ => {
            let all = [left, over, corner].map(Option::unwrap_or_default);
            [
                median(all.map(|vector| vector[0])),
                median(all.map(|vector| vector[1])),
            ]
        }
    }
}

fn median([one, other, third]: [i32; 3]) -> i32 {
    one.max(other).min(one.min(other).max(third))
}

/// A slice header up to what differs by slice type; the whole picture is one slice.
fn header(slice_type: u32, frame_num: u32, idr_pic_id: Option<u32>, shown: u32) -> Bits {
    let mut bits = Bits::default();
    bits.unsigned(0); // first_mb_in_slice
    bits.unsigned(slice_type);
    bits.unsigned(0); // pic_parameter_set_id
    bits.put(frame_num, FRAME_NUM_BITS);
    if let Some(id) = idr_pic_id {
        bits.unsigned(id);
    }
    bits.put(shown * 2, ORDER_BITS);
    bits
}

fn finish_header(bits: &mut Bits) {
    bits.signed(0); // slice_qp_delta
    bits.unsigned(1); // disable_deblocking_filter_idc
}

fn sps(picture: &Planes) -> Vec<u8> {
    let number = |value: usize| u32::try_from(value).unwrap_or(0);
    let mut bits = Bits::default();
    bits.put(77, 8); // Main
    bits.put(0, 8);
    bits.put(40, 8); // level 4
    bits.unsigned(0); // seq_parameter_set_id
    bits.unsigned(FRAME_NUM_BITS - 4);
    bits.unsigned(0); // pic_order_cnt_type
    bits.unsigned(ORDER_BITS - 4);
    bits.unsigned(2); // max_num_ref_frames
    bits.put(0, 1); // gaps_in_frame_num_value_allowed_flag
    bits.unsigned(number(picture.across) - 1);
    bits.unsigned(number(picture.down) - 1);
    bits.put(0b11, 2); // frame_mbs_only_flag, direct_8x8_inference_flag
    bits.put(1, 1); // frame_cropping_flag, in pairs of pixels
    bits.unsigned(0);
    bits.unsigned(number(picture.across * BLOCK - picture.width) / 2);
    bits.unsigned(0);
    bits.unsigned(number(picture.down * BLOCK - picture.height) / 2);
    bits.put(1, 1); // vui_parameters_present_flag
    bits.put(0b00, 2); // aspect_ratio_info_present_flag, overscan_info_present_flag
    bits.put(1, 1); // video_signal_type_present_flag
    bits.put(5, 3); // unspecified format
    bits.put(0b01, 2); // limited range, with a description:
    for _ in 0..3 {
        bits.put(1, 8); // BT.709
    }
    bits.put(0b00000, 5); // no chroma location, timing, HRD (two), picture structure
    bits.put(1, 1); // bitstream_restriction_flag
    bits.put(1, 1); // motion_vectors_over_pic_boundaries_flag
    bits.unsigned(0);
    bits.unsigned(0);
    bits.unsigned(13);
    bits.unsigned(11);
    bits.unsigned(1); // max_num_reorder_frames
    bits.unsigned(2); // max_dec_frame_buffering
    nal(0x67, &bits.finished())
}

fn pps() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.unsigned(0); // pic_parameter_set_id
    bits.unsigned(0); // seq_parameter_set_id
    bits.put(0b00, 2); // CAVLC, no field order
    bits.unsigned(0); // one slice group
    bits.unsigned(0); // one reference in each list
    bits.unsigned(0);
    bits.put(0, 1); // weighted_pred_flag
    bits.put(1, 2); // weighted_bipred_idc: explicit
    bits.signed(0);
    bits.signed(0);
    bits.signed(0);
    bits.put(0b100, 3); // deblocking_filter_control_present_flag, and two that are off
    nal(0x68, &bits.finished())
}

/// A NAL unit: its type, then the payload with an escape wherever a start code would appear (7.4.1).
fn nal(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut unit = Vec::with_capacity(payload.len() + payload.len() / 256 + 16);
    unit.push(kind);
    let mut zeros = 0;
    for &byte in payload {
        if zeros == 2 && byte <= 3 {
            unit.push(3);
            zeros = 0;
        }
        unit.push(byte);
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_codes_are_escaped() {
        assert_eq!(nal(1, &[0, 0, 1]), [1, 0, 0, 3, 1]);
        assert_eq!(nal(1, &[0, 0, 0, 0]), [1, 0, 0, 3, 0, 0]);
        assert_eq!(nal(1, &[0, 0, 4]), [1, 0, 0, 4]);
    }

    #[test]
    fn a_vector_is_expected_from_its_neighbours() {
        assert_eq!(expected(&[], &[], 0), [0, 0]);
        assert_eq!(expected(&[[4, 5]], &[], 1), [4, 5]);
        assert_eq!(
            expected(&[], &[[1, 9], [3, 3]], 0),
            [1, 3],
            "left counts as nothing"
        );
        assert_eq!(expected(&[[4, 0]], &[[1, 1], [2, 2], [3, 3]], 1), [3, 2]);
        assert_eq!(
            expected(&[[4, 0]], &[[1, 1], [2, 2]], 1),
            [2, 1],
            "no right: the left corner"
        );
    }
}
