//! [`GgmlOperator`]: the operators for matrices in the blocks of llama.cpp, which ONNX does not have.
//!
//! Our own kernels run them. For ONNX Runtime the engine replaces them by operators that it has,
//! with the weights in 8 bits.
//!
//! | operator | inputs | attributes | output |
//! |---|---|---|---|
//! | `GgmlMatMul` | `x [.., K]`, the parts, a bias `[N]` or nothing | `formats`, `N`, `K` | `[.., N]` |
//! | `GgmlGather` | ids `[.., n]`, the parts | `formats`, `N`, `K` | `[.., n, K]` |
//!
//! A matrix `[N, K]` is one part or several, one below the other. Each part is a tensor of bytes,
//! `[rows, bytes of a row]`, and `formats` has its [`WeightFormat::code`].

use super::graph::NodeProto;
use crate::weight_format::WeightFormat;

/// The domain of our own operators.
pub const POUNCE_DOMAIN: &str = "pounce";
/// The operator that multiplies with a matrix.
pub const GGML_MAT_MUL: &str = "GgmlMatMul";
/// The operator that looks rows of a matrix up.
pub const GGML_GATHER: &str = "GgmlGather";
/// The attribute with the format of each part.
pub const GGML_FORMATS: &str = "formats";

/// One of the operators of this module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GgmlOperator<'a> {
    /// The name of the input that is multiplied, or of the ids.
    pub input: &'a str,
    /// Names and formats of the parts.
    pub parts: Vec<(&'a str, WeightFormat)>,
    /// The name of the bias.
    pub bias: Option<&'a str>,
    /// Number of rows.
    pub n: usize,
    /// Length of a row.
    pub k: usize,
}

impl<'a> GgmlOperator<'a> {
    /// Reads a node; `None` if it is of another kind or incomplete.
    pub fn read(node: &'a NodeProto) -> Option<Self> {
        let is_known = [GGML_MAT_MUL, GGML_GATHER].contains(&node.op_type());
        let attribute = |name| node.attribute.iter().find(|it| it.name() == name);
        let size = |name| usize::try_from(attribute(name)?.i()).ok().filter(|size| *size > 0);
        let format = |code: &i64| WeightFormat::of_code(u32::try_from(*code).ok()?);
        let formats = attribute(GGML_FORMATS)?.ints.iter().map(format);
        let formats: Vec<_> = formats.collect::<Option<_>>()?;
        let (input, rest) = node.input.split_first()?;
        let (parts, bias) = rest.split_at_checked(formats.len())?;
        let has_parts = !parts.is_empty() && bias.len() <= 1;
        (is_known && has_parts && node.domain() == POUNCE_DOMAIN).then_some(Self {
            input,
            parts: parts.iter().map(String::as_str).zip(formats).collect(),
            bias: bias.first().map(String::as_str),
            n: size("N")?,
            k: size("K")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::AttributeProto;
    use super::*;

    fn node(inputs: &[&str], formats: &[i64]) -> NodeProto {
        let attribute = |name: &str, i: i64, ints: &[i64]| AttributeProto {
            name: Some(name.to_owned()),
            i: Some(i),
            ints: ints.to_vec(),
            ..AttributeProto::default()
        };
        NodeProto {
            domain: Some(POUNCE_DOMAIN.to_owned()),
            op_type: Some(GGML_MAT_MUL.to_owned()),
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            attribute: vec![
                attribute(GGML_FORMATS, 0, formats),
                attribute("N", 64, &[]),
                attribute("K", 32, &[]),
            ],
            ..NodeProto::default()
        }
    }

    #[test]
    fn what_follows_the_parts_is_the_bias() {
        let with_bias = node(&["x", "a", "b", "bias"], &[8, 12]);
        let read = GgmlOperator::read(&with_bias).unwrap();
        assert_eq!(read.parts, [("a", WeightFormat::Q8_0), ("b", WeightFormat::Q4_K)]);
        assert_eq!((read.input, read.bias, read.n, read.k), ("x", Some("bias"), 64, 32));
        let without = node(&["x", "a"], &[8]);
        assert_eq!(GgmlOperator::read(&without).unwrap().bias, None);
    }

    #[test]
    fn incomplete_operators_are_refused() {
        for (inputs, formats) in [
            (&["x"][..], &[8][..]),
            (&["x"], &[]),
            (&["x", "a", "b", "c"], &[8]),
            (&["x", "a"], &[99]),
            (&["x", "a"], &[-1]),
        ] {
            let damaged = node(inputs, formats);
            assert_eq!(GgmlOperator::read(&damaged), None, "{inputs:?} in {formats:?}");
        }
    }
}
