//! What all protocols have in common over HTTP: who may ask, how much, and how an answer or a
//! refusal is sent.

pub(crate) mod body;
pub(crate) mod fields;
pub(crate) mod guard;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod refusal;
pub(crate) mod reply;
