//! From token ids to token ids, and to the text that they spell.
//!
//! [`generator`] runs the loop: [`prefill`] reads the prompt, [`draft`] guesses tokens ahead, and
//! the [`Graph`](crate::backend::graph::Graph) computes. [`completion`] turns the tokens into text
//! and asks [`stop_rules`] and [`loop_detector`] where it ends; a server's
//! text ends by the same rules. [`candidates`] tells where it could have gone on differently, and
//! [`project`] makes likelier what the user's project has at such places.

pub(crate) mod candidates;
pub(crate) mod choice;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod draft;
pub(crate) mod draft_counts;
pub(crate) mod generator;
pub(crate) mod loop_detector;
pub(crate) mod prefill;
pub(crate) mod project;
pub(crate) mod recent_completions;
pub(crate) mod rest_of_line;
pub(crate) mod sampling;
pub(crate) mod stop;
pub(crate) mod stop_rules;
pub(crate) mod text;
pub(crate) mod verification_cost;
