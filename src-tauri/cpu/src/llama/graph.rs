//! [`LlamaGraph`]: the operators of a decoder-only model's graph, each in its place.

use pounce_model_format::onnx::{AttributeProto, GGML_GATHER, GGML_MAT_MUL, NodeProto};

use super::rotation::Pairs;

/// The operator of a norm.
const NORM: &str = "SkipSimplifiedLayerNormalization";
/// The operators of a matrix product.
const PRODUCTS: [&str; 2] = ["MatMulNBits", GGML_MAT_MUL];
/// The operators of an embedding.
const EMBEDDINGS: [&str; 2] = ["GatherBlockQuantized", GGML_GATHER];
/// The attributes of attention that are understood. With any other it computes something else.
const ATTENTION_ATTRIBUTES: [&str; 5] =
    ["num_heads", "kv_num_heads", "do_rotary", "rotary_interleaved", "scale"];

/// The operators of a model of the Llama or Qwen2 family.
pub(crate) struct LlamaGraph<'a> {
    pub(crate) embedding: &'a NodeProto,
    pub(crate) layers: Vec<LayerNodes<'a>>,
    /// The name of the weights of the norm before the head.
    pub(crate) final_norm: &'a str,
    pub(crate) head: &'a NodeProto,
}

/// The operators of one layer.
pub(crate) struct LayerNodes<'a> {
    /// The name of the weights of the norm before attention.
    pub(crate) attention_norm: &'a str,
    pub(crate) qkv: &'a NodeProto,
    pub(crate) attention: &'a NodeProto,
    pub(crate) o: &'a NodeProto,
    /// The name of the weights of the norm before the feed-forward part.
    pub(crate) feed_forward_norm: &'a str,
    pub(crate) gate: &'a NodeProto,
    pub(crate) up: &'a NodeProto,
    pub(crate) down: &'a NodeProto,
}

/// What an attention is told besides its inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AttentionSettings {
    pub(crate) n_heads: usize,
    pub(crate) n_kv_heads: usize,
    /// Multiplied with the product of a query and a key.
    pub(crate) scale: f32,
    pub(crate) pairs: Pairs,
}

impl<'a> LlamaGraph<'a> {
    /// Reads the operators; `None` if they are others, or in another order.
    pub(crate) fn read(nodes: &'a [NodeProto]) -> Option<Self> {
        let mut nodes = Nodes(nodes);
        let embedding = nodes.take_any(&EMBEDDINGS)?;
        let mut norm = nodes.take_norm()?;
        let mut layers = Vec::new();
        loop {
            let product = nodes.take_any(&PRODUCTS)?;
            if nodes.take("ArgMax").is_some() {
                let is_end = nodes.0.is_empty() && !layers.is_empty();
                return is_end.then_some(Self {
                    embedding,
                    layers,
                    final_norm: norm,
                    head: product,
                });
            }
            let (layer, next_norm) = nodes.take_layer(norm, product)?;
            layers.push(layer);
            norm = next_norm;
        }
    }
}

/// The operators that have not been taken yet.
struct Nodes<'a>(&'a [NodeProto]);

impl<'a> Nodes<'a> {
    /// Takes the next operator, if it is this one.
    fn take(&mut self, operator: &str) -> Option<&'a NodeProto> {
        self.take_any(&[operator])
    }

    /// Takes the next operator, if it is one of these.
    fn take_any(&mut self, operators: &[&str]) -> Option<&'a NodeProto> {
        let (first, rest) = self.0.split_first()?;
        operators.contains(&first.op_type()).then(|| {
            self.0 = rest;
            first
        })
    }

    /// Takes a norm, and returns the name of its weights.
    fn take_norm(&mut self) -> Option<&'a str> {
        input(self.take(NORM)?, 2)
    }

    /// Takes the rest of a layer, which begins with the norm and the product `qkv`. Returns the
    /// name of the norm behind it, too.
    fn take_layer(
        &mut self,
        attention_norm: &'a str,
        qkv: &'a NodeProto,
    ) -> Option<(LayerNodes<'a>, &'a str)> {
        let attention = self.take("GroupQueryAttention")?;
        // The last layer drops the tokens without an output, before which it is the same.
        while self.take("Slice").is_some() {}
        let o = self.take_any(&PRODUCTS)?;
        let feed_forward_norm = self.take_norm()?;
        let gate = self.take_any(&PRODUCTS)?;
        let activation = self.take("QuickGelu")?;
        let is_silu = attribute(activation, "alpha").is_some_and(|alpha| alpha.f() == 1.0);
        let up = self.take_any(&PRODUCTS)?;
        self.take("Mul").filter(|_| is_silu)?;
        let down = self.take_any(&PRODUCTS)?;
        let next_norm = self.take_norm()?;
        let layer =
            LayerNodes { attention_norm, qkv, attention, o, feed_forward_norm, gate, up, down };
        Some((layer, next_norm))
    }
}

impl AttentionSettings {
    /// Reads the attributes of an attention; `None` if it is of another kind.
    pub(crate) fn of(attention: &NodeProto) -> Option<Self> {
        let is_known = |it: &AttributeProto| ATTENTION_ATTRIBUTES.contains(&it.name());
        let number = |name: &str| attribute(attention, name).map(AttributeProto::i);
        let count = |name: &str| usize::try_from(number(name)?).ok().filter(|count| *count > 0);
        let is_interleaved = number("rotary_interleaved")? != 0;
        let settings = Self {
            n_heads: count("num_heads")?,
            n_kv_heads: count("kv_num_heads")?,
            scale: attribute(attention, "scale")?.f(),
            pairs: if is_interleaved { Pairs::Neighbours } else { Pairs::Halves },
        };
        let is_whole = attention.attribute.iter().all(is_known) && number("do_rotary")? == 1;
        let has_groups = settings.n_heads.is_multiple_of(settings.n_kv_heads);
        (is_whole && has_groups).then_some(settings)
    }
}

/// The attribute of this name.
pub(crate) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name() == name)
}

/// The name of an operator's input; `None` if it is left out.
pub(crate) fn input(node: &NodeProto, index: usize) -> Option<&str> {
    node.input.get(index).map(String::as_str).filter(|name| !name.is_empty())
}
