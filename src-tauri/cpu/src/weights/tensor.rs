//! [`Tensor`]: the bytes of one tensor of a graph.

use std::borrow::Cow;

use pounce_model_format::onnx::ElementType;

/// A tensor's shape, element type and bytes, whose lengths agree.
#[derive(Debug, Clone)]
pub(crate) struct Tensor<'a> {
    dims: &'a [i64],
    element: ElementType,
    /// Copied from the file of weights, or borrowed from the graph.
    bytes: Cow<'a, [u8]>,
}

impl<'a> Tensor<'a> {
    /// Returns `None` unless there are as many bytes as the shape and the element type say.
    pub(super) fn new(dims: &'a [i64], element: ElementType, bytes: Cow<'a, [u8]>) -> Option<Self> {
        let tensor = Self { dims, element, bytes };
        tensor.is_whole().then_some(tensor)
    }

    fn is_whole(&self) -> bool {
        let size = match self.element {
            ElementType::Float => 4,
            ElementType::Int8 | ElementType::Uint8 => 1,
            // Other types are positions and shapes, which are not read.
            _ => return false,
        };
        let mut dims = self.dims.iter().map(|&dim| usize::try_from(dim).ok());
        let n_bytes = dims.try_fold(size, |count: usize, dim| count.checked_mul(dim?));
        n_bytes == Some(self.bytes.len())
    }

    /// `[rows, columns]`, if it is a matrix and neither is zero.
    pub(crate) fn matrix(&self) -> Option<[usize; 2]> {
        let [rows, columns] = *self.dims else { return None };
        let shape = [usize::try_from(rows).ok()?, usize::try_from(columns).ok()?];
        (!shape.contains(&0)).then_some(shape)
    }

    /// The elements, if they are 32-bit floats and all finite.
    pub(crate) fn floats(&self) -> Option<Vec<f32>> {
        let numbers = self.bytes.as_chunks::<4>().0.iter().map(|raw| f32::from_le_bytes(*raw));
        let numbers = (self.element == ElementType::Float).then(|| numbers.collect::<Vec<_>>());
        numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite()))
    }

    /// The bytes, if the elements are unsigned bytes.
    pub(crate) fn unsigned(self) -> Option<Cow<'a, [u8]>> {
        (self.element == ElementType::Uint8).then_some(self.bytes)
    }

    /// The bytes, if the elements are signed bytes.
    pub(crate) fn signed(self) -> Option<Cow<'a, [u8]>> {
        (self.element == ElementType::Int8).then_some(self.bytes)
    }
}

/// `[rows, blocks of a row, bytes of a block]`, if there are three dimensions and none is zero.
pub(crate) fn block_shape(dims: &[i64]) -> Option<[usize; 3]> {
    let [rows, blocks, bytes] = *dims else { return None };
    let size = |dim| usize::try_from(dim).ok().filter(|&size| size > 0);
    Some([size(rows)?, size(blocks)?, size(bytes)?])
}
