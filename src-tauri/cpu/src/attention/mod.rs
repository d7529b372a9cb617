//! Attention as every architecture needs it: of a prompt's blocks to the whole prompt, and of new
//! tokens to the KV cache.

pub(crate) mod causal_attention;
pub(crate) mod causal_cache;
pub(crate) mod key_value_panels;
pub(crate) mod kv_shard;
pub(crate) mod position_bias;
pub(crate) mod prompt_attention;
pub(crate) mod single_query;
