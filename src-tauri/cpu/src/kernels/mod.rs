//! What is written in a processor's own instructions.
//!
//! [`Kernels`] is the proof that the processor has an [`InstructionSet`]. The kernels are its methods: the files beside
//! this one check that what they are given is as long as they read and write, and call the function of the same name
//! in the folder of the instructions, where a tile is as large as its registers allow. Nothing outside of here is
//! unsafe but the weights' memory map.

mod avx2;
mod avx512;
mod blocks;
mod floats;
mod halves;
mod heads;
mod instruction_set;
mod integers;
mod nibbles;
mod rounding;
mod softmax;

pub(crate) use blocks::{BlockPanels, COLUMNS, FOUR, LINE, SignedRows};
pub(crate) use floats::{HEAD_SIZE, HeadPanels, KEYS, PANEL_LEN};
pub(crate) use halves::HALF_PANEL_LEN;
pub use instruction_set::InstructionSet;
pub(crate) use integers::{Epilogue, Line, PANEL, Panel};
pub(crate) use nibbles::{EIGHT, NibblePanels};

/// Rows of floats are a multiple of so many long.
const LANES: usize = 16;
/// Products of bytes, of which one may be unsigned, that 32 bits have room for the sum of.
pub(crate) const LONGEST_SUM: usize = 1 << 16;

/// Proof that this processor has the instructions of the kernels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernels(InstructionSet);

impl Kernels {
    /// Those in the instructions that are `wanted`, or else in the fastest; `None` where this processor lacks them.
    pub(crate) fn detect(wanted: Option<InstructionSet>) -> Option<Self> {
        wanted.map_or_else(InstructionSet::best, |set| set.is_here().then_some(set)).map(Self)
    }

    /// What they are written in.
    pub(crate) fn instruction_set(self) -> InstructionSet {
        self.0
    }

    /// Whether their products are of words of 16 bits, and not of bytes.
    pub(crate) fn take_words(self) -> bool {
        self.0 == InstructionSet::Avx2
    }

    /// Has every instruction set of this processor do `work`, which has to give the same to the last bit.
    #[cfg(test)]
    pub(crate) fn all_give_the_same<T: PartialEq>(work: impl Fn(Self) -> T) {
        let all: Vec<T> = Self::of_this_processor().into_iter().map(work).collect();
        assert!(all.iter().all(|one| *one == all[0]), "sums are made in the same order everywhere");
    }

    /// One for every instruction set that this processor has; says which it lacks.
    #[cfg(test)]
    pub(crate) fn of_this_processor() -> Vec<Self> {
        let (found, missing): (Vec<_>, Vec<_>) =
            InstructionSet::ALL.into_iter().partition(|set| set.is_here());
        for set in missing {
            eprintln!("this processor has no {set}: the kernels for it were NOT checked");
        }
        found.into_iter().map(Self).collect()
    }
}

/// Calls the function of this name in the folder of the kernels' instructions.
macro_rules! dispatch {
    ($kernels:expr, $module:ident::$function:ident $arguments:tt) => {
        match $kernels.0 {
            $crate::kernels::InstructionSet::Avx512Bf16
            | $crate::kernels::InstructionSet::Avx512Vnni => {
                $crate::kernels::avx512::$module::$function $arguments
            }
            $crate::kernels::InstructionSet::Avx512VnniBy256
            | $crate::kernels::InstructionSet::AvxVnni
            | $crate::kernels::InstructionSet::Avx2 => {
                $crate::kernels::avx2::$module::$function $arguments
            }
        }
    };
}
use dispatch;

/// The same for a function that multiplies bytes.
macro_rules! dispatch_dot {
    ($kernels:expr, $module:ident::$function:ident $arguments:tt) => {{
        use $crate::kernels::avx2::dot;
        match $kernels.0 {
            $crate::kernels::InstructionSet::Avx512Bf16
            | $crate::kernels::InstructionSet::Avx512Vnni => {
                $crate::kernels::avx512::$module::$function $arguments
            }
            $crate::kernels::InstructionSet::Avx512VnniBy256 => {
                $crate::kernels::avx2::$module::$function::<dot::Avx512Vnni> $arguments
            }
            $crate::kernels::InstructionSet::AvxVnni => {
                $crate::kernels::avx2::$module::$function::<dot::AvxVnni> $arguments
            }
            $crate::kernels::InstructionSet::Avx2 => {
                $crate::kernels::avx2::$module::$function::<dot::Plain> $arguments
            }
        }
    }};
}
use dispatch_dot;

/// Calls a kernel that is compiled for each number of rows up to a limit with the one for `$n`.
macro_rules! for_rows {
    ($n:expr, [$($rows:literal)*], $kernel:ident::<$dot:ident> $arguments:tt) => {
        match $n {
            $($rows => $kernel::<$rows, $dot> $arguments,)*
            n => unreachable!("no kernel takes {n} rows at once"),
        }
    };
    ($n:expr, [$($rows:literal)*], $kernel:ident $arguments:tt) => {
        match $n {
            $($rows => $kernel::<$rows> $arguments,)*
            n => unreachable!("no kernel takes {n} rows at once"),
        }
    };
}
use for_rows;
