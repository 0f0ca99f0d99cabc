//! Matrix units that multiply bytes, which WGSL cannot express.
//!
//! A kernel for them is WGSL whose fragments are of f32. It moves its elements and never looks into them, so that only types decide what it
//! computes: naga makes SPIR-V of it, in which f32 becomes i32, and the factors become fragments of bytes in the shape that the device has.
//! A word of a buffer is then four bytes along K.

use std::collections::HashMap;

use naga::back::spv;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use spirv::Op;

use crate::kernel::Fragment;
use crate::measure::ShaderChecks;

/// SPIR-V of the WGSL `text` with fragments of bytes in place of those of f32.
///
/// # Errors
/// What naga objects to, in words.
pub(super) fn spirv(text: &str, fragment: Fragment, checks: ShaderChecks) -> Result<Vec<u32>, String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let info = validator.validate(&module).map_err(|error| error.emit_to_string(text))?;
    let words = spv::write_vec(&module, &info, &options(checks), None).map_err(|error| error.to_string())?;
    Ok(with_bytes(&words, fragment))
}

/// As wgpu's own for a device of today.
fn options(checks: ShaderChecks) -> spv::Options<'static> {
    let checked = checks == ShaderChecks::Checked;
    let policy = if checked { BoundsCheckPolicy::Restrict } else { BoundsCheckPolicy::Unchecked };
    let initialize = if checked {
        spv::ZeroInitializeWorkgroupMemoryMode::Native
    } else {
        spv::ZeroInitializeWorkgroupMemoryMode::None
    };
    spv::Options {
        lang_version: (1, 6),
        flags: spv::WriterFlags::empty(),
        bounds_check_policies: BoundsCheckPolicies {
            index: policy,
            buffer: policy,
            image_load: policy,
            binding_array: policy,
        },
        zero_initialize_workgroup_memory: initialize,
        force_loop_bounding: checked,
        emit_int_div_checks: checked,
        ..spv::Options::default()
    }
}

/// Words before the first instruction; the fourth is the number of ids.
const HEADER: usize = 5;

/// All four matrices of a multiply-add are of signed integers (`SPV_KHR_cooperative_matrix`, Cooperative Matrix Operands).
const ALL_SIGNED: u32 = 0b1111;

/// The module `words` with i32 in place of f32, and bytes in the factors' fragments.
fn with_bytes(words: &[u32], fragment: Fragment) -> Vec<u32> {
    let first_free = words[HEADER - 2];
    let [byte, m, n, k] = [0, 1, 2, 3].map(|offset| first_free + offset);
    let mut out = words[..HEADER].to_vec();
    out[HEADER - 2] += 4;
    out.extend(instruction(Op::Capability, &[spirv::Capability::Int8 as u32]));
    let mut constants = HashMap::new();
    let mut rest = &words[HEADER..];
    while let [first, ..] = *rest {
        let (whole, after) = rest.split_at((first >> 16) as usize);
        rest = after;
        let operands = &whole[1..];
        match (Op::from_u32(first & 0xffff), operands) {
            (Some(Op::TypeFloat), &[id, 32]) => out.extend(instruction(Op::TypeInt, &[id, 32, 1])),
            (Some(Op::TypeInt), &[unsigned, 32, 0]) => {
                out.extend(whole);
                out.extend(instruction(Op::TypeInt, &[byte, 8, 1]));
                for (id, size) in [(m, fragment.m), (n, fragment.n), (k, fragment.k)] {
                    out.extend(instruction(Op::Constant, &[unsigned, id, size]));
                }
            }
            (Some(Op::TypeCooperativeMatrixKHR), &[id, element, scope, _, _, role]) => {
                let (element, rows, columns) = match constants.get(&role) {
                    Some(0) => (byte, m, k),
                    Some(1) => (byte, k, n),
                    _ => (element, m, n),
                };
                out.extend(instruction(Op::TypeCooperativeMatrixKHR, &[id, element, scope, rows, columns, role]));
            }
            (Some(Op::CooperativeMatrixMulAddKHR), &[kind, id, left, right, sum, ..]) => {
                let operands = [kind, id, left, right, sum, ALL_SIGNED];
                out.extend(instruction(Op::CooperativeMatrixMulAddKHR, &operands));
            }
            (code, operands) => {
                if let (Some(Op::Constant), &[_, id, value]) = (code, operands) {
                    constants.insert(id, value);
                }
                out.extend(whole);
            }
        }
    }
    out
}

fn instruction(code: Op, operands: &[u32]) -> Vec<u32> {
    let length = u32::try_from(operands.len() + 1).unwrap_or(u32::MAX);
    std::iter::once(length << 16 | code as u32).chain(operands.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Benchmark, Target};

    /// How many instructions of a module fit.
    fn count(words: &[u32], fits: impl Fn(u32, &[u32]) -> bool) -> usize {
        let (mut rest, mut found) = (&words[HEADER..], 0);
        while let [first, ..] = *rest {
            let (whole, after) = rest.split_at((first >> 16) as usize);
            found += usize::from(fits(first & 0xffff, &whole[1..]));
            rest = after;
        }
        found
    }

    #[test]
    fn every_kernel_of_bytes_gets_the_types_of_bytes_and_no_float_is_left() {
        for id in ["peak/coop/i8-i32", "matmul/coop/i8-i32"] {
            for variant in Benchmark::by_id(id).expect("a benchmark").seeds(&Target::common()) {
                let fragment = variant.bytes_in_fragments().expect("bytes");
                let words = spirv(&variant.wgsl(), fragment, ShaderChecks::Unchecked).expect("naga takes it");
                let of = |code: Op| move |found: u32| found == code as u32;
                let name = variant.name();
                assert_eq!(count(&words, |code, _| of(Op::TypeFloat)(code)), 0, "{id} {name}");
                // A type may be declared once.
                for (bits, signed) in [(8, 1), (32, 1), (32, 0)] {
                    let int = |code: u32, operands: &[u32]| of(Op::TypeInt)(code) && operands[1..] == [bits, signed];
                    assert_eq!(count(&words, int), 1, "{id} {name}: {bits} bits");
                }
                assert_eq!(count(&words, |code, _| of(Op::TypeCooperativeMatrixKHR)(code)), 3, "{id} {name}");
                let signed = |code: u32, operands: &[u32]| {
                    of(Op::CooperativeMatrixMulAddKHR)(code) && operands.last() == Some(&ALL_SIGNED)
                };
                assert!(count(&words, signed) > 0, "{id} {name}");
            }
        }
    }
}
