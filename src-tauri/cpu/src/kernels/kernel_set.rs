//! [`Kernels`]: the kernels of one instruction set, on a processor that has it.

use super::instruction_set::InstructionSet;

/// Floats in the widest register. The lengths of rows of floats are multiples of it.
pub(super) const LANES: usize = 16;
/// The most products of an unsigned and a signed byte whose sum is sure to fit into 32 bits.
pub(crate) const MAX_SUM_TERMS: usize = 1 << 16;

/// Proof that this processor has the instructions of the kernels, which are the methods of this
/// type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernels(pub(super) InstructionSet);

impl Kernels {
    /// Returns the kernels in `wanted`, or in the fastest instruction set of this processor where
    /// `wanted` is `None`. Returns `None` if this processor lacks the instructions.
    pub(crate) fn detect(wanted: Option<InstructionSet>) -> Option<Self> {
        wanted.map_or_else(InstructionSet::best, |set| set.is_supported().then_some(set)).map(Self)
    }

    /// The instruction set that these kernels are written in.
    pub(crate) fn instruction_set(self) -> InstructionSet {
        self.0
    }

    /// Whether [`multiply`](Self::multiply) takes activations as 16-bit words instead of bytes.
    pub(crate) fn multiply_words(self) -> bool {
        self.0 == InstructionSet::Avx2
    }

    /// Runs `work` with each instruction set of this processor and asserts that the results are
    /// identical to the last bit.
    #[cfg(test)]
    pub(crate) fn assert_identical_results<T: PartialEq>(work: impl Fn(Self) -> T) {
        let all: Vec<T> = Self::all_supported().into_iter().map(work).collect();
        assert!(all.iter().all(|one| *one == all[0]), "every kernel adds up in the same order");
    }

    /// Returns the kernels of each instruction set that this processor has, and prints which ones
    /// it lacks.
    #[cfg(test)]
    pub(crate) fn all_supported() -> Vec<Self> {
        let (found, missing): (Vec<_>, Vec<_>) =
            InstructionSet::ALL.into_iter().partition(|set| set.is_supported());
        for set in missing {
            eprintln!("this processor has no {set}: the kernels for it were NOT checked");
        }
        found.into_iter().map(Self).collect()
    }
}
