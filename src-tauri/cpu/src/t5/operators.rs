//! The ONNX operators of the graphs that these kernels compute.

/// Operators of a T5 encoder with feed-forward layers by ReLU and 8-bit weights with a scale for
/// each column.
pub(crate) const ENCODER_OPERATORS: [&str; 16] = [
    "Add",
    "DynamicQuantizeLinear",
    "DynamicQuantizeMatMul",
    "Gather",
    "GatherBlockQuantized",
    "MatMulIntegerToFloat",
    "MultiHeadAttention",
    "Range",
    "Relu",
    "Reshape",
    "Shape",
    "SkipSimplifiedLayerNormalization",
    "Squeeze",
    "Sub",
    "Transpose",
    "Unsqueeze",
];
/// Operators of a T5 decoder with 8-bit weights with a scale for each block of a column.
pub(crate) const DECODER_OPERATORS: [&str; 15] = [
    "ArgMax",
    "Cast",
    "Gather",
    "GatherBlockQuantized",
    "GroupQueryAttention",
    "MatMulNBits",
    "Max",
    "MultiHeadAttention",
    "Range",
    "Relu",
    "Shape",
    "SkipSimplifiedLayerNormalization",
    "Squeeze",
    "Sub",
    "Unsqueeze",
];
