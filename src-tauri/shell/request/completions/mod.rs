//! What was completed, in memory alone: the candidates of the last request as a menu shows them (`candidate_list`), and
//! the last ten completions (`history` of what was `completed`), each shortened to `one_line`.

pub(crate) mod candidate_list;
pub(crate) mod completed;
pub(crate) mod history;
pub(crate) mod one_line;
