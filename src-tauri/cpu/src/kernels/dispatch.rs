//! The choice of a kernel by instruction set and by number of rows.

/// Calls `module::function` of `avx512/` or `avx2/`, whichever the instruction set of `$kernels`
/// belongs to.
macro_rules! dispatch {
    ($kernels:expr, $module:ident::$function:ident $arguments:tt) => {
        match $kernels.0 {
            $crate::kernels::instruction_set::InstructionSet::Avx512Bf16
            | $crate::kernels::instruction_set::InstructionSet::Avx512Vnni => {
                $crate::kernels::avx512::$module::$function $arguments
            }
            $crate::kernels::instruction_set::InstructionSet::Avx512VnniBy256
            | $crate::kernels::instruction_set::InstructionSet::AvxVnni
            | $crate::kernels::instruction_set::InstructionSet::Avx2 => {
                $crate::kernels::avx2::$module::$function $arguments
            }
        }
    };
}
pub(super) use dispatch;

/// Like `dispatch`, for a function of `avx2/` that is generic over the byte products (`dot::Dot`).
/// The one of `avx512/` is not generic.
macro_rules! dispatch_dot {
    ($kernels:expr, $module:ident::$function:ident $arguments:tt) => {{
        use $crate::kernels::avx2::dot;
        match $kernels.0 {
            $crate::kernels::instruction_set::InstructionSet::Avx512Bf16
            | $crate::kernels::instruction_set::InstructionSet::Avx512Vnni => {
                $crate::kernels::avx512::$module::$function $arguments
            }
            $crate::kernels::instruction_set::InstructionSet::Avx512VnniBy256 => {
                $crate::kernels::avx2::$module::$function::<dot::Avx512Vnni> $arguments
            }
            $crate::kernels::instruction_set::InstructionSet::AvxVnni => {
                $crate::kernels::avx2::$module::$function::<dot::AvxVnni> $arguments
            }
            $crate::kernels::instruction_set::InstructionSet::Avx2 => {
                $crate::kernels::avx2::$module::$function::<dot::Plain> $arguments
            }
        }
    }};
}
pub(super) use dispatch_dot;

/// Calls the instance of a kernel, generic over its number of rows `ROWS`, for `$n` rows. The
/// brackets list all numbers of rows that the kernel is compiled for: its sums can only stay in
/// registers if `ROWS` is a constant.
macro_rules! dispatch_rows {
    ($n:expr, [$($rows:literal)*], $kernel:ident::<$one:ident> $arguments:tt) => {
        match $n {
            $($rows => $kernel::<$rows, $one> $arguments,)*
            n => unreachable!("no kernel takes {n} rows at once"),
        }
    };
    ($n:expr, [$($rows:literal)*], $kernel:ident::<$one:ident, $two:ident> $arguments:tt) => {
        match $n {
            $($rows => $kernel::<$rows, $one, $two> $arguments,)*
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
pub(super) use dispatch_rows;
