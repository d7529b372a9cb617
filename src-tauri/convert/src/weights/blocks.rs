//! Blocks of a row: copied from the checkpoint where they fit, else quantized.

use std::ops::Range;

use super::quantize::{Blocks, pack_steps, quantize_blocks};
use crate::checkpoint::tensor::TensorSource;
use crate::checkpoint::weight_format::SymmetricGroups;
use crate::checkpoint::weight_format::bits::Bits;
use crate::error::ConvertError;

/// The sizes of a block that the kernels have, best first.
const BLOCK_SIZES: [usize; 4] = [128, 64, 32, 16];

/// Returns the groups that all parts are stored in, if they are the same and no wider than `bits`.
pub(super) fn common_groups(parts: &[&TensorSource], bits: Bits) -> Option<SymmetricGroups> {
    let groups = parts.first()?.format.symmetric_groups()?;
    let same = parts.iter().all(|part| part.format.symmetric_groups() == Some(groups));
    (same && groups.bits <= bits).then_some(groups)
}

/// Reads rows as blocks of the `wanted` kind. The checkpoint's integers are copied if they fit, and
/// shifted to lie around zero if they lie above a minimum. Other weights are quantized.
pub(super) fn read_blocks(
    part: &TensorSource,
    rows: Range<usize>,
    wanted: SymmetricGroups,
) -> Result<Blocks, ConvertError> {
    let SymmetricGroups { bits, group_len } = wanted;
    let fits = |own: &SymmetricGroups| own.bits <= bits && own.group_len == group_len;
    let groups = if part.format.symmetric_groups().as_ref().is_some_and(fits) {
        part.read_groups(rows)?
    } else if bits == Bits::Eight && part.format.offset_group_len() == Some(group_len) {
        part.read_groups(rows)?.around_zero()
    } else {
        return Ok(quantize_blocks(&part.read_rows(rows)?, bits, group_len));
    };
    Ok(Blocks { quants: pack_steps(&groups.steps, bits), scales: groups.scales })
}

/// Returns the largest size of a block that divides a row.
pub(super) fn block_size(
    tensor: &str,
    columns: usize,
    max_block: usize,
) -> Result<usize, ConvertError> {
    let fits = |size: &usize| *size <= max_block && columns.is_multiple_of(*size);
    BLOCK_SIZES
        .into_iter()
        .find(fits)
        .ok_or_else(|| ConvertError::BlockSize { tensor: tensor.to_owned(), columns })
}
