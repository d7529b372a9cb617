//! [`Groups`]: the integers of quantized blocks, each group with its scale and offset.
//!
//! The layouts are those of `ggml-quants.c` in llama.cpp. All numbers are little-endian.

use super::floats::half_at;

/// The largest 8-bit integer that has an opposite.
const STEPS_OF_8_BITS: f32 = 127.0;

/// Weights as integers. Weight `i` is `scale * steps[i] + offset`, with the scale and the offset of
/// its group.
#[derive(Debug, Default, PartialEq)]
pub struct Groups {
    /// One integer for each weight.
    pub steps: Vec<i8>,
    /// The groups' scales.
    pub scales: Factors,
    /// The groups' offsets; 0, or none at all, where the integers lie around zero.
    pub offsets: Factors,
}

/// One float for each group, as a small integer times a unit that some neighbours share.
#[derive(Debug, Default, PartialEq)]
pub struct Factors {
    /// One for each block. Those of a file are 16-bit floats.
    pub units: Vec<f32>,
    /// One for each group; 1 where each group has a unit of its own.
    pub counts: Vec<i8>,
}

impl Factors {
    /// Floats that are units of their own.
    pub fn of_units(units: Vec<f32>) -> Self {
        Self { counts: vec![1; units.len()], units }
    }

    /// The number of groups.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are no groups.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The float of each group.
    pub fn iter(&self) -> impl Iterator<Item = f32> {
        let n_groups = self.counts.len() / self.units.len().max(1);
        let blocks = self.counts.chunks(n_groups.max(1)).zip(&self.units);
        blocks.flat_map(|(counts, unit)| counts.iter().map(move |count| unit * f32::from(*count)))
    }

    /// Adds a group with a unit of its own.
    fn push(&mut self, unit: f32) {
        self.units.push(unit);
        self.counts.push(1);
    }
}

impl Groups {
    /// The number of weights that share a scale.
    pub fn group_len(&self) -> usize {
        (self.steps.len() / self.scales.len().max(1)).max(1)
    }

    /// Returns the weights.
    pub fn weights(&self) -> Vec<f32> {
        let weight = |(steps, (scale, offset)): (&[i8], (f32, f32))| {
            steps.iter().map(move |&step| scale * f32::from(step) + offset).collect::<Vec<_>>()
        };
        self.each().flat_map(weight).collect()
    }

    /// The integers of each group, with its scale and offset.
    fn each(&self) -> impl Iterator<Item = (&[i8], (f32, f32))> {
        let offsets = self.offsets.iter().chain(std::iter::repeat(0.0));
        self.steps.chunks(self.group_len()).zip(self.scales.iter().zip(offsets))
    }

    /// Converts the groups to 8-bit integers without an offset, with nearly the same weights. The
    /// new scale is the old one divided by the whole number for which the offset lies nearest to a
    /// multiple of the new scale. All weights of a group then have the same small error, which is
    /// less than that of rounding each of them.
    #[must_use]
    pub fn around_zero(&self) -> Self {
        let mut groups = Self::default();
        for (steps, (scale, offset)) in self.each() {
            let weight = |step: &i8| scale * f32::from(*step) + offset;
            let reach = steps.iter().map(weight).fold(0.0, |reach: f32, w| reach.max(w.abs()));
            let finer = finer_scale(scale, offset, reach);
            let factor = if finer > 0.0 { finer.recip() } else { 0.0 };
            let nearest = |step| (weight(step) * factor).round_ties_even() as i8;
            groups.steps.extend(steps.iter().map(nearest));
            groups.close(finer, 0.0);
        }
        groups
    }

    /// Makes room for this many weights.
    pub(super) fn reserve(&mut self, n_weights: usize) {
        self.steps.reserve(n_weights);
    }

    /// Ends a group, whose integers have been added.
    fn close(&mut self, scale: f32, offset: f32) {
        self.scales.push(scale);
        self.offsets.push(offset);
    }

    /// Adds a group of 4-bit integers. The low halves of the bytes have the first half of the group,
    /// the high ones the second.
    pub(super) fn push_int4(&mut self, bytes: &[u8], scale: f32, zero: i8, offset: f32) {
        let (low, high) = (bytes.iter().map(|byte| byte & 0xf), bytes.iter().map(|byte| byte >> 4));
        self.steps.extend(low.chain(high).map(|int4| int4.cast_signed() + zero));
        self.close(scale, offset);
    }

    /// Adds a group of 5-bit integers: as [`Self::push_int4`], with the fifth bits in a 32-bit mask.
    pub(super) fn push_int5(
        &mut self,
        bytes: &[u8],
        mask: &[u8],
        scale: f32,
        zero: i8,
        offset: f32,
    ) {
        let start = self.steps.len();
        self.push_int4(bytes, scale, zero, offset);
        for (index, step) in self.steps[start..].iter_mut().enumerate() {
            let bit = mask[index / 8] >> (index % 8) & 1;
            *step += (bit << 4).cast_signed();
        }
    }

    /// Adds a group of 8-bit integers.
    pub(super) fn push_int8(&mut self, bytes: &[u8], scale: f32) {
        self.steps.extend(bytes.iter().map(|byte| byte.cast_signed()));
        self.close(scale, 0.0);
    }

    /// Adds 8 groups of 32 weights (`Q4_K`, `Q5_K`). Two neighbouring groups share 32 bytes of `low`,
    /// of which the first one has the low halves. Each byte of `high` has the fifth bit of one weight
    /// in each group; it is empty for 4 bits.
    pub(super) fn push_k_block(&mut self, block: &[u8], high: &[u8], low: &[u8]) {
        self.scales.units.push(half_at(block, 0));
        self.offsets.units.push(-half_at(block, 2));
        for group in 0..8 {
            let bytes = &low[group / 2 * 32..][..32];
            let shift = group % 2 * 4;
            let int4 = |byte: &u8| byte >> shift & 0xf;
            if high.is_empty() {
                self.steps.extend(bytes.iter().map(|byte| int4(byte).cast_signed()));
            } else {
                let int5 = |(byte, high): (&u8, &u8)| int4(byte) | (high >> group & 1) << 4;
                self.steps.extend(bytes.iter().zip(high).map(|pair| int5(pair).cast_signed()));
            }
            let [scale, minimum] = six_bit_pair(&block[4..16], group).map(u8::cast_signed);
            self.scales.counts.push(scale);
            self.offsets.counts.push(minimum);
        }
    }

    /// Adds 16 groups of 16 weights (`Q6_K`). Each half of the block has its low four bits in 64
    /// bytes and its high two in 32.
    pub(super) fn push_int6(&mut self, block: &[u8]) {
        let (low, rest) = block.split_at(128);
        let (high, rest) = rest.split_at(64);
        let (scales, unit) = (&rest[..16], half_at(rest, 16));
        for group in 0..16 {
            let (part, quarter, offset) = (group / 8, group % 8 / 2, group % 2 * 16);
            let low = &low[part * 64 + quarter % 2 * 32 + offset..][..16];
            let high = &high[part * 32 + offset..][..16];
            for (low, high) in low.iter().zip(high) {
                let low = if quarter < 2 { low & 0xf } else { low >> 4 };
                let pair = high >> (2 * quarter) & 3;
                self.steps.push((low | pair << 4).cast_signed() - 32);
            }
        }
        self.scales.units.push(unit);
        self.scales.counts.extend(scales.iter().map(|scale| scale.cast_signed()));
        self.offsets.units.push(0.0);
        self.offsets.counts.extend([0; 16]);
    }
}

/// Returns `scale` divided by the whole number for which `offset` lies nearest to a multiple of the
/// quotient. `reach` is the largest absolute weight of the group and at most 127 quotients wide.
/// Where rounding each weight loses no more, returns `reach / 127`.
fn finer_scale(scale: f32, offset: f32, reach: f32) -> f32 {
    if reach == 0.0 {
        return 0.0;
    }
    let plain = (reach / STEPS_OF_8_BITS, reach / STEPS_OF_8_BITS / 12_f32.sqrt());
    // The reach is at least half a step if two weights differ, which bounds the number of parts.
    let most = (STEPS_OF_8_BITS * scale.abs() / reach).min(2.0 * STEPS_OF_8_BITS) as i32;
    let finer = (1..=most).map(|parts| {
        let step = scale.abs() / parts as f32;
        let steps = offset / step;
        (step, (steps - steps.round()).abs() * step)
    });
    let best = finer.chain([plain]).min_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(plain.0, |(step, _)| step)
}

/// Returns scale and minimum of a group, of six bits each. The last four groups have their high two
/// bits in the top bits of the first eight bytes.
fn six_bit_pair(packed: &[u8], group: usize) -> [u8; 2] {
    if group < 4 {
        [packed[group] & 63, packed[group + 4] & 63]
    } else {
        let (low, scale, minimum) = (packed[group + 4], packed[group - 4], packed[group]);
        [low & 0xf | scale >> 6 << 4, low >> 4 | minimum >> 6 << 4]
    }
}
