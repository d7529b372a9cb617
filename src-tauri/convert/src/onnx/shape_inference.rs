//! Shape inference for tests, which panics where two shapes do not fit. It has the operators that the
//! graphs use, ONNX Runtime's fused ones included, which ONNX's own tools skip.

use std::collections::BTreeMap;

use pounce_model_format::onnx::{
    DimensionValue, GGML_GATHER, GGML_MAT_MUL, GgmlOperator, GraphProto, NodeProto, ValueInfoProto,
};
use pounce_model_format::weight_format::WeightFormat;

/// An extent: a number, or the name of one that is known at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Extent {
    Fixed(usize),
    Named(String),
}

type Shape = Vec<Extent>;

/// Infers every value's shape and compares the outputs with what the graph declares.
pub(crate) fn infer_shapes(graph: &GraphProto) {
    let mut inference = Inference { shapes: BTreeMap::new(), heads: heads(graph) };
    for input in &graph.input {
        inference.shapes.insert(input.name().to_owned(), declared(input));
    }
    for tensor in &graph.initializer {
        let shape = tensor.dims.iter().map(|&extent| Extent::Fixed(extent as usize)).collect();
        inference.shapes.insert(tensor.name().to_owned(), shape);
    }
    for node in &graph.node {
        for (output, shape) in node.output.iter().zip(inference.node(node)) {
            inference.shapes.insert(output.clone(), shape);
        }
    }
    for output in &graph.output {
        let inferred = &inference.shapes[output.name()];
        assert_eq!(inferred, &declared(output), "the output {}", output.name());
    }
}

struct Inference {
    shapes: BTreeMap<String, Shape>,
    /// Number and size of the heads, from the only constant that reshapes; none in decoders.
    heads: [Extent; 2],
}

impl Inference {
    /// Returns the shapes of a node's outputs. Those of outputs without readers may be missing.
    fn node(&self, node: &NodeProto) -> Vec<Shape> {
        let input = |index: usize| self.shapes[&node.input[index]].clone();
        match node.op_type() {
            "Relu" | "Gelu" | "QuickGelu" | "Sigmoid" | "Cast" => vec![input(0)],
            "Mul" | "Sub" | "Add" | "Max" => vec![broadcast(&input(0), &input(1))],
            "Shape" => vec![vec![Extent::Fixed(1)]],
            "Squeeze" => vec![vec![]],
            "Range" => vec![vec![range(node)]],
            "Unsqueeze" => vec![unsqueeze(node, input(0))],
            "Gather" if int(node, "axis") == 0 => vec![[input(1), input(0)[1..].to_vec()].concat()],
            "Gather" => vec![[input(0)[..1].to_vec(), input(1)].concat()],
            "Slice" => {
                let outputs = Extent::Named("n_outputs".to_owned());
                vec![vec![input(0)[0].clone(), outputs, input(0)[2].clone()]]
            }
            "ArgMax" => vec![input(0)[..2].to_vec()],
            "Reshape" => {
                let [n_heads, head_size] = self.heads.each_ref().map(fixed);
                assert_eq!(fixed(&input(0)[2]), n_heads * head_size, "all heads side by side");
                vec![[&input(0)[..2], &self.heads].concat()]
            }
            "Transpose" => vec![[0, 2, 1, 3].map(|axis: usize| input(0)[axis].clone()).to_vec()],
            "GatherBlockQuantized" => vec![gather_blocks(node, &input(0), input(1), &input(2))],
            "FusedMatMul" => vec![multiply(input(0), &input(1)[1], &input(1)[0])],
            "DynamicQuantizeMatMul" => {
                assert_eq!(input(2), input(1)[1..], "a scale for each column");
                vec![multiply(input(0), &input(1)[0], &input(1)[1])]
            }
            "DynamicQuantizeLinear" => vec![input(0), vec![], vec![]],
            "MatMulIntegerToFloat" => {
                assert_eq!(input(3), input(1)[1..], "a scale for each column");
                assert_eq!([input(2), input(4)], [vec![], vec![]], "one scale for all activations");
                vec![multiply(input(0), &input(1)[0], &input(1)[1])]
            }
            "MatMulNBits" => {
                let bias = node.input.get(5).map(|name| &self.shapes[name]);
                vec![multiply_blocks(node, input(0), &input(1), &input(2), bias)]
            }
            GGML_MAT_MUL => {
                let [n, k] = self.ggml_shape(node).map(Extent::Fixed);
                vec![multiply(input(0), &k, &n)]
            }
            GGML_GATHER => {
                let [_, k] = self.ggml_shape(node).map(Extent::Fixed);
                vec![input(0).into_iter().chain([k]).collect()]
            }
            "SkipSimplifiedLayerNormalization" => {
                assert_eq!(input(0), input(1), "the residual has the shape of what is added");
                assert_eq!(input(0)[2..], input(2), "a weight for each channel");
                vec![input(0), vec![], vec![], input(0)]
            }
            "MultiHeadAttention" => {
                assert_eq!(input(0)[0], input(1)[0], "one batch");
                vec![input(0)]
            }
            "GroupQueryAttention" => {
                let [n_heads, n_kv_heads] = ["num_heads", "kv_num_heads"].map(|it| int(node, it));
                let (packed, past) = (input(0), input(3));
                assert_eq!(fixed(&past[1]), n_kv_heads, "the cache has the heads of the attention");
                let head_size = fixed(&past[3]);
                let width = (n_heads + 2 * n_kv_heads) * head_size;
                assert_eq!(fixed(&packed[2]), width, "three projections, packed");
                if int(node, "do_rotary") == 1 {
                    assert_eq!(input(7), input(8), "a cosine and a sine for each angle");
                    assert_eq!(fixed(&input(7)[1]), head_size / 2, "an angle for each pair");
                } else {
                    assert_eq!(input(10)[1], Extent::Fixed(n_heads), "a bias for each head");
                }
                let inner = Extent::Fixed(n_heads * head_size);
                vec![vec![packed[0].clone(), packed[1].clone(), inner], past, input(4)]
            }
            other => panic!("no rule for {other}"),
        }
    }

    /// Rows and columns of a matrix in blocks of llama.cpp.
    fn ggml_shape(&self, node: &NodeProto) -> [usize; 2] {
        let GgmlOperator { parts, bias, n, k, .. } = GgmlOperator::read(node).unwrap();
        let rows = |(name, format): &(&str, WeightFormat)| {
            let shape = &self.shapes[*name];
            assert_eq!(fixed(&shape[1]), format.stored_bytes(k), "whole rows of blocks");
            fixed(&shape[0])
        };
        assert_eq!(parts.iter().map(rows).sum::<usize>(), n, "all rows are in a part");
        let bias = bias.map(|name| &self.shapes[name]);
        assert!(bias.is_none_or(|bias| *bias == [Extent::Fixed(n)]), "a bias for each output");
        [n, k]
    }
}

fn declared(value: &ValueInfoProto) -> Shape {
    let tensor = value.r#type.clone().unwrap().tensor_type.unwrap();
    let dims = tensor.shape.unwrap().dim.into_iter();
    dims.map(|dim| match dim.value.unwrap() {
        DimensionValue::Fixed(extent) => Extent::Fixed(extent as usize),
        DimensionValue::Named(name) => Extent::Named(name),
    })
    .collect()
}

fn int(node: &NodeProto, name: &str) -> usize {
    let attribute = node.attribute.iter().find(|attribute| attribute.name() == name);
    attribute.unwrap_or_else(|| panic!("{:?} has no {name}", node.name)).i() as usize
}

fn fixed(extent: &Extent) -> usize {
    match extent {
        Extent::Fixed(extent) => *extent,
        Extent::Named(name) => panic!("{name} should be known"),
    }
}

/// Returns a length that depends on values, named after its bounds.
fn range(node: &NodeProto) -> Extent {
    Extent::Named(format!("{}..{}", node.input[0], node.input[1]))
}

fn broadcast(a: &Shape, b: &Shape) -> Shape {
    let rank = a.len().max(b.len());
    let padded = |shape: &Shape| {
        let ones = std::iter::repeat_n(Extent::Fixed(1), rank - shape.len());
        ones.chain(shape.iter().cloned()).collect::<Shape>()
    };
    let pick = |(a, b): (Extent, Extent)| match (&a, &b) {
        (Extent::Fixed(1), _) => b,
        (_, Extent::Fixed(1)) => a,
        _ => {
            assert_eq!(a, b, "extents that broadcast");
            a
        }
    };
    padded(a).into_iter().zip(padded(b)).map(pick).collect()
}

fn unsqueeze(node: &NodeProto, mut shape: Shape) -> Shape {
    let axis = usize::from(node.input[1] == "axis_1");
    shape.insert(axis, Extent::Fixed(1));
    shape
}

fn heads(graph: &GraphProto) -> [Extent; 2] {
    let constant = graph.initializer.iter().find(|tensor| tensor.name() == "heads_shape");
    let raw = constant.map_or(&[][..], |tensor| tensor.raw_data());
    let extents = raw.as_chunks().0.iter().map(|&extent| i64::from_le_bytes(extent) as usize);
    let extents: Vec<usize> = extents.chain([1, 1, 1, 1]).take(4).collect();
    [Extent::Fixed(extents[2]), Extent::Fixed(extents[3])]
}

fn multiply(mut x: Shape, k: &Extent, n: &Extent) -> Shape {
    assert_eq!(x.last(), Some(k), "as many inputs as the matrix has");
    *x.last_mut().unwrap() = n.clone();
    x
}

fn multiply_blocks(
    node: &NodeProto,
    x: Shape,
    quants: &Shape,
    scales: &Shape,
    bias: Option<&Shape>,
) -> Shape {
    let [n, k] = ["N", "K"].map(|name| int(node, name));
    let [bits, block_size] = ["bits", "block_size"].map(|name| int(node, name));
    let expected = [n, k / block_size, block_size * bits / 8].map(Extent::Fixed);
    assert_eq!(quants[..], expected, "rows of blocks of packed weights");
    assert_eq!(scales[..], expected[..2], "a scale for each block");
    assert!(bias.is_none_or(|bias| bias[..] == expected[..1]), "a bias for each output");
    multiply(x, &Extent::Fixed(k), &Extent::Fixed(n))
}

fn gather_blocks(node: &NodeProto, rows: &Shape, ids: Shape, scales: &Shape) -> Shape {
    let width = fixed(&rows[1]) * 8 / int(node, "bits");
    assert_eq!(fixed(&scales[1]) * int(node, "block_size"), width, "a scale for each block");
    ids.into_iter().chain([Extent::Fixed(width)]).collect()
}
