//! The output head: the product of a token's hidden state with a weight vector for every token of
//! the vocabulary. A greedy step wants only the best token, which an estimate in 4 bits finds with
//! half the memory traffic.

pub(crate) mod approximate_head;
pub(crate) mod arg_max;
pub(crate) mod error_bound;
pub(crate) mod head;
