//! [`Undo`]: what was taken off a snippet, kept to be put on its completion.

use std::sync::Arc;

use super::layer::{Dress, Owner};

/// The user's own text around the cursor, and how a completion has to be dressed to stand in it.
#[derive(Debug, Clone)]
pub struct Undo {
    prefix: String,
    suffix: String,
    /// What the completion is dressed in, outermost first.
    layers: Vec<Arc<dyn Dress>>,
}

impl Undo {
    pub(super) fn new(prefix: &str, suffix: &str, layers: Vec<Arc<dyn Dress>>) -> Self {
        Self { prefix: prefix.to_owned(), suffix: suffix.to_owned(), layers }
    }

    /// The user's text, byte for byte, with the completion at the cursor, dressed as the text is:
    /// its line ends, its prompt or quotation mark on every new line, its entities.
    pub fn append(&self, completion: &str) -> String {
        [&self.prefix, &*self.dressed(completion), &self.suffix].concat()
    }

    /// The completion as it stands in [`append`](Self::append), without the text around it.
    pub fn dressed(&self, completion: &str) -> String {
        self.dress_in(completion, |_| true)
    }

    /// The completion as bare code, to be pasted or put in the snippet's place: it has the
    /// snippet's line ends and common indentation, and no decoration.
    pub fn bare(&self, completion: &str) -> String {
        let mut is_inside = true;
        self.dress_in(completion, |owner| {
            is_inside &= owner != Owner::Decoration;
            owner == Owner::File || owner == Owner::Place && is_inside
        })
    }

    /// Puts on the layers that are `worn`, from the innermost to the outermost. Nothing is not
    /// dressed.
    fn dress_in(&self, completion: &str, mut worn: impl FnMut(Owner) -> bool) -> String {
        let mut dressed = completion.to_owned();
        for layer in self.layers.iter().rev().filter(|_| !completion.is_empty()) {
            if worn(layer.owner()) {
                dressed = layer.dress(&dressed);
            }
        }
        dressed
    }
}
