//! [`InstructionSet`]: the processor instructions that the `pounce-cpu` kernels are written for.

#[cfg(target_arch = "x86_64")]
pub use pounce_cpu::InstructionSet;

/// Has no values: there are no kernels for this kind of processor.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstructionSet {}

#[cfg(not(target_arch = "x86_64"))]
impl std::fmt::Display for InstructionSet {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl std::str::FromStr for InstructionSet {
    type Err = String;

    fn from_str(_: &str) -> Result<Self, String> {
        Err("there are no kernels for this kind of processor".to_owned())
    }
}
