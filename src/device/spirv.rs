//! Kernels as SPIR-V: what WGSL and naga leave unsaid, and the driver has to know.
//!
//! Loops over constants are marked to be unrolled. NVIDIA's compiler otherwise stops at a few turns, and keeps arrays that a loop's counter
//! indexes in memory, fragments among them: an H100's matrix product ran at a twentieth of its rate.
//!
//! Fragments of types and shapes that WGSL does not have come in after WGSL. Their kernel is written with f32 in the place of a word of bytes,
//! halves, BF16 or FP8. It moves its elements and never looks into them, so that only types decide what it computes: the factors become fragments of
//! the type that is meant, in the shape that the device has, and sums of bytes are i32.

use std::collections::{HashMap, HashSet};

use naga::back::spv;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use spirv::{Capability, FPEncoding, LoopControl, Op};

use crate::kernel::{Packed, Packing};
use crate::measure::ShaderChecks;

/// How kernels go to a driver as SPIR-V.
#[derive(Debug, Clone, Copy)]
pub(super) struct TakesSpirv {
    /// Whether loops over constants are marked to be unrolled: NVIDIA's own driver needs it. Mesa's compilers unroll what pays, and more spills where
    /// they are made to (the laboratory's Intel chips); its software renderer would take minutes to compile.
    pub(super) unroll: bool,
}

/// A kernel as the driver gets it.
pub(super) struct Kernel {
    /// The module.
    pub(super) words: Vec<u32>,
    /// Numbers of the bindings that it uses, and whether it only reads them: `None` for the uniform ones.
    pub(super) bindings: Vec<(u32, Option<bool>)>,
}

/// SPIR-V of the WGSL `text`, with the types of `packed` in place of f32, and with loops over constants marked where the driver is to `unroll` them.
///
/// # Errors
/// What naga objects to, in words.
pub(super) fn kernel(text: &str, packed: Option<Packed>, checks: ShaderChecks, unroll: bool) -> Result<Kernel, String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let info = validator.validate(&module).map_err(|error| error.emit_to_string(text))?;
    let words = spv::write_vec(&module, &info, &options(checks), None).map_err(|error| error.to_string())?;
    let words = if unroll { unrolled(&words) } else { words };
    let words = if let Some(packed) = packed { with_types(&words, packed) } else { words };
    Ok(Kernel { words, bindings: bindings(&module, &info) })
}

/// The bindings of `module` that its entry point uses.
fn bindings(module: &naga::Module, info: &ModuleInfo) -> Vec<(u32, Option<bool>)> {
    let used = info.get_entry_point(0);
    let of = |(handle, variable): (naga::Handle<naga::GlobalVariable>, &naga::GlobalVariable)| {
        let read_only = match variable.space {
            naga::AddressSpace::Storage { access } => Some(!access.contains(naga::StorageAccess::STORE)),
            _ => None,
        };
        let binding = variable.binding.filter(|_| !used[handle].is_empty())?;
        Some((binding.binding, read_only))
    };
    module.global_variables.iter().filter_map(of).collect()
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
pub(super) const HEADER: usize = 5;

/// The instructions of a module, all their words.
pub(super) fn whole_instructions(words: &[u32]) -> impl Iterator<Item = &[u32]> {
    let mut rest = words.get(HEADER..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (whole, after) = rest.split_at_checked((*rest.first()? >> 16) as usize)?;
        rest = after;
        Some(whole).filter(|whole| !whole.is_empty())
    })
}

/// What an instruction is, and its operands.
pub(super) fn parts(whole: &[u32]) -> (Option<Op>, &[u32]) {
    (Op::from_u32(whole[0] & 0xffff), &whole[1..])
}

pub(super) fn instructions(words: &[u32]) -> impl Iterator<Item = (Option<Op>, &[u32])> {
    whole_instructions(words).map(parts)
}

pub(super) fn instruction(code: Op, operands: &[u32]) -> Vec<u32> {
    // The format counts an instruction's words in 16 bits.
    let length = u16::try_from(operands.len() + 1).expect("no instruction has as many operands");
    std::iter::once(u32::from(length) << 16 | code as u32).chain(operands.iter().copied()).collect()
}

/// The module `words`, in which every loop that counts up to a constant is marked to be unrolled.
fn unrolled(words: &[u32]) -> Vec<u32> {
    let all: Vec<_> = instructions(words).collect();
    let constants: HashSet<u32> = all
        .iter()
        .filter_map(|(code, operands)| (*code == Some(Op::Constant)).then(|| operands.get(1).copied()).flatten())
        .collect();
    let mut out = words.to_vec();
    let mut place = HEADER;
    for (at, (code, operands)) in all.iter().enumerate() {
        if *code == Some(Op::LoopMerge) && counts_to_a_constant(&all[at..], &constants) {
            out[place + operands.len()] |= LoopControl::UNROLL.bits();
        }
        place += operands.len() + 1;
    }
    out
}

/// Whether the first comparison of the loop that `all` begins with has a constant on its right.
fn counts_to_a_constant(all: &[(Option<Op>, &[u32])], constants: &HashSet<u32>) -> bool {
    let before_branch = all.iter().take_while(|(code, _)| *code != Some(Op::BranchConditional));
    let mut comparisons = before_branch.filter(|(code, _)| matches!(code, Some(Op::ULessThan | Op::SLessThan)));
    comparisons.next().is_some_and(|(_, operands)| operands.get(3).is_some_and(|bound| constants.contains(bound)))
}

/// All four matrices of a multiply-add are of signed integers (`SPV_KHR_cooperative_matrix`, Cooperative Matrix Operands).
const ALL_SIGNED: u32 = 0b1111;

/// A type that factors of fragments can have, beside those of WGSL.
struct FactorType {
    capabilities: &'static [Capability],
    extension: Option<&'static str>,
    /// What declares it, and that instruction's operands after the id.
    declaration: (Op, &'static [u32]),
}

impl FactorType {
    /// What `packing` packs.
    fn of(packing: Packing) -> Self {
        const BF16: u32 = FPEncoding::BFloat16KHR as u32;
        const E4M3: u32 = FPEncoding::Float8E4M3EXT as u32;
        const E5M2: u32 = FPEncoding::Float8E5M2EXT as u32;
        const FP8: &[Capability] = &[Capability::Float8EXT, Capability::Float8CooperativeMatrixEXT];
        let (capabilities, extension, declaration): (&[_], _, (_, &[_])) = match packing {
            Packing::Bytes => (&[Capability::Int8], None, (Op::TypeInt, &[8, 1])),
            Packing::Halves => (&[Capability::Float16], None, (Op::TypeFloat, &[16])),
            Packing::Bfloats => (
                &[Capability::BFloat16TypeKHR, Capability::BFloat16CooperativeMatrixKHR],
                Some("SPV_KHR_bfloat16"),
                (Op::TypeFloat, &[16, BF16]),
            ),
            Packing::E4m3 => (FP8, Some("SPV_EXT_float8"), (Op::TypeFloat, &[8, E4M3])),
            Packing::E5m2 => (FP8, Some("SPV_EXT_float8"), (Op::TypeFloat, &[8, E5M2])),
        };
        Self { capabilities, extension, declaration }
    }

    /// The instructions that let a module use it, which come before all others.
    fn permissions(&self) -> Vec<u32> {
        let capabilities = self.capabilities.iter().map(|one| instruction(Op::Capability, &[*one as u32]));
        capabilities.flatten().collect()
    }

    /// The instruction that names its extension, which comes after all capabilities.
    fn extension(&self) -> Vec<u32> {
        self.extension.map(extension).unwrap_or_default()
    }

    fn declared_as(&self, id: u32) -> Vec<u32> {
        let (code, rest) = self.declaration;
        instruction(code, &[&[id], rest].concat())
    }

    /// Whether an instruction lets the module use it: each may be there once.
    fn is_permission(&self, (code, operands): (Option<Op>, &[u32])) -> bool {
        code == Some(Op::Capability) && self.capabilities.iter().any(|one| operands == [*one as u32])
    }
}

/// `OpExtension`, with its name as words.
pub(super) fn extension(name: &str) -> Vec<u32> {
    instruction(Op::Extension, &literal(name))
}

/// A literal string of SPIR-V: bytes from the lowest of each word on, and a zero behind.
fn literal(text: &str) -> Vec<u32> {
    let bytes = [text.as_bytes(), &[0; 4][text.len() % 4..]].concat();
    bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

/// The module `words` with fragments of the type that `packed` names for the factors; of bytes, i32 is in place of f32.
fn with_types(words: &[u32], packed: Packed) -> Vec<u32> {
    let bytes = packed.packing == Packing::Bytes;
    let kind = FactorType::of(packed.packing);
    let first_free = words[HEADER - 2];
    let [fresh, m, n, k] = [0, 1, 2, 3].map(|offset| first_free + offset);
    // A type may be declared once, and halves may be there.
    let is_known = |(code, operands): &(Option<Op>, &[u32])| {
        *code == Some(kind.declaration.0) && !bytes && operands.get(1..) == Some(kind.declaration.1)
    };
    let factor =
        instructions(words).find(is_known).and_then(|(_, operands)| operands.first().copied()).unwrap_or(fresh);
    let mut out = words[..HEADER].to_vec();
    out[HEADER - 2] += 4;
    out.extend(kind.permissions());
    let (mut constants, mut unsigned, mut declared, mut extended) = (HashMap::new(), 0, false, false);
    for whole in whole_instructions(words) {
        if kind.is_permission(parts(whole)) {
            continue;
        }
        if parts(whole).0 != Some(Op::Capability) && !std::mem::replace(&mut extended, true) {
            out.extend(kind.extension());
        }
        match parts(whole) {
            (Some(Op::TypeFloat), &[id, 32]) if bytes => out.extend(instruction(Op::TypeInt, &[id, 32, 1])),
            (Some(Op::TypeFloat), &[id, 16]) if id == factor && declared => {}
            (Some(Op::TypeFloat), &[id, 16]) if id == factor => {
                declared = true;
                out.extend(whole);
            }
            (Some(Op::TypeCooperativeMatrixKHR), &[id, element, scope, _, _, role]) => {
                if !constants.contains_key(&m) {
                    if !std::mem::replace(&mut declared, true) {
                        out.extend(kind.declared_as(factor));
                    }
                    for (id, size) in [(m, packed.fragment.m), (n, packed.fragment.n), (k, packed.fragment.k)] {
                        out.extend(instruction(Op::Constant, &[unsigned, id, size]));
                        constants.insert(id, size);
                    }
                }
                let (element, rows, columns) = match constants.get(&role) {
                    Some(0) => (factor, m, k),
                    Some(1) => (factor, k, n),
                    _ => (element, m, n),
                };
                out.extend(instruction(Op::TypeCooperativeMatrixKHR, &[id, element, scope, rows, columns, role]));
            }
            (Some(Op::CooperativeMatrixMulAddKHR), &[kind, id, left, right, sum, ..]) if bytes => {
                let operands = [kind, id, left, right, sum, ALL_SIGNED];
                out.extend(instruction(Op::CooperativeMatrixMulAddKHR, &operands));
            }
            (code, operands) => {
                match (code, operands) {
                    (Some(Op::Constant), &[_, id, value]) => drop(constants.insert(id, value)),
                    (Some(Op::TypeInt), &[id, 32, 0]) => unsigned = id,
                    _ => {}
                }
                out.extend(whole);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Benchmark, Fragment, Target, Variant};

    /// Every seed of `id`, and its module.
    fn modules(id: &str) -> Vec<(Variant, Vec<u32>)> {
        let seeds = Benchmark::by_id(id).expect("a benchmark").seeds(&Target::common());
        let made = |seed: Variant| {
            let kernel = kernel(&seed.wgsl(), seed.packed(), ShaderChecks::Unchecked, true).expect("naga takes it");
            (seed, kernel.words)
        };
        seeds.into_iter().map(made).collect()
    }

    /// How many instructions of a module fit.
    fn count(words: &[u32], fits: impl Fn(Op, &[u32]) -> bool) -> usize {
        instructions(words).filter(|(code, operands)| code.is_some_and(|code| fits(code, operands))).count()
    }

    #[test]
    fn every_kernel_of_bytes_gets_the_types_of_bytes_and_no_float_is_left() {
        for id in ["peak/coop/i8-i32", "matmul/coop/i8-i32"] {
            for (variant, words) in modules(id) {
                let name = variant.name();
                assert_eq!(count(&words, |code, _| code == Op::TypeFloat), 0, "{id} {name}");
                // A type may be declared once.
                for (bits, signed) in [(8, 1), (32, 1), (32, 0)] {
                    let int = |code, operands: &[u32]| code == Op::TypeInt && operands[1..] == [bits, signed];
                    assert_eq!(count(&words, int), 1, "{id} {name}: {bits} bits");
                }
                assert_eq!(count(&words, |code, _| code == Op::TypeCooperativeMatrixKHR), 3, "{id} {name}");
                let signed = |code, operands: &[u32]| {
                    code == Op::CooperativeMatrixMulAddKHR && operands.last() == Some(&ALL_SIGNED)
                };
                assert!(count(&words, signed) > 0, "{id} {name}");
            }
        }
    }

    #[test]
    fn factors_of_halves_that_move_as_words_are_halves_in_the_fragments() {
        for id in ["matmul/coop/f16-f32", "matmul/coop/f16"] {
            let packed = modules(id).into_iter().filter(|(variant, _)| variant.packed().is_some());
            let packed: Vec<_> = packed.collect();
            assert!(!packed.is_empty(), "{id}: some variants move words");
            for (variant, words) in packed {
                let name = variant.name();
                let half = instructions(&words).find(|(code, rest)| *code == Some(Op::TypeFloat) && rest[1] == 16);
                let half = half.expect("a type of halves").1[0];
                let halves = |code, operands: &[u32]| code == Op::TypeFloat && operands[1] == 16;
                assert_eq!(count(&words, halves), 1, "{id} {name}: a type is declared once");
                let factors = |code, operands: &[u32]| code == Op::TypeCooperativeMatrixKHR && operands[1] == half;
                assert_eq!(count(&words, factors), if id.ends_with("f32") { 2 } else { 3 }, "{id} {name}");
            }
        }
    }

    #[test]
    fn factors_of_16_and_8_bits_get_their_type_with_what_permits_it_and_sums_stay_singles() {
        let [bf16, fp8] = ["SPV_KHR_bfloat16", "SPV_EXT_float8"];
        let bfloats = [Capability::BFloat16TypeKHR, Capability::BFloat16CooperativeMatrixKHR];
        let bytes = [Capability::Float8EXT, Capability::Float8CooperativeMatrixEXT];
        for (types, declared, extension, capabilities) in [
            ("bf16-f32", [16, FPEncoding::BFloat16KHR as u32], bf16, bfloats),
            ("e4m3-f32", [8, FPEncoding::Float8E4M3EXT as u32], fp8, bytes),
            ("e5m2-f32", [8, FPEncoding::Float8E5M2EXT as u32], fp8, bytes),
        ] {
            let of = |group: &str| modules(&format!("{group}/coop/{types}"));
            for (variant, words) in of("peak").into_iter().chain(of("matmul")) {
                let name = variant.name();
                let floats = instructions(&words).filter(|(code, _)| *code == Some(Op::TypeFloat));
                let floats: Vec<&[u32]> = floats.map(|(_, operands)| operands).collect();
                let factor = floats.iter().find(|operands| operands[1..] == declared).expect("the type")[0];
                assert_eq!(floats.len(), 2, "{types} {name}: that and singles");
                let factors = |code, operands: &[u32]| code == Op::TypeCooperativeMatrixKHR && operands[1] == factor;
                assert_eq!(count(&words, factors), 2, "{types} {name}");
                let signed = |code, operands: &[u32]| code == Op::CooperativeMatrixMulAddKHR && operands.len() > 5;
                assert_eq!(count(&words, signed), 0, "{types} {name}: nothing is an integer");
                for capability in capabilities {
                    let named = |code, operands: &[u32]| code == Op::Capability && operands == [capability as u32];
                    assert_eq!(count(&words, named), 1, "{types} {name}: {capability:?}");
                }
                let mut after = instructions(&words).skip_while(|(code, _)| *code == Some(Op::Capability));
                let first = after.next().expect("more than capabilities");
                assert_eq!(first, (Some(Op::Extension), &literal(extension)[..]), "{types} {name}");
            }
        }
    }

    #[test]
    fn halves_in_shapes_that_wgsl_cannot_name_get_them() {
        let all = modules("peak/coop/f16-f32").into_iter().chain(modules("matmul/coop/f16-f32"));
        let of_intel = |variant: &Variant| variant.packed().filter(|packed| packed.fragment.m != packed.fragment.k);
        let mut seen = 0;
        for (variant, words) in all {
            let Some(packed) = of_intel(&variant) else { continue };
            let size = |id: u32| {
                let is_it = |(code, operands): &(_, &[u32])| *code == Some(Op::Constant) && operands[1] == id;
                instructions(&words).find(is_it).expect("a constant").1[2]
            };
            let Fragment { m, n, k, .. } = packed.fragment;
            let matrices = instructions(&words).filter(|(code, _)| *code == Some(Op::TypeCooperativeMatrixKHR));
            let mut found: Vec<_> =
                matrices.map(|(_, operands)| (size(operands[5]), size(operands[3]), size(operands[4]))).collect();
            found.sort_unstable();
            assert_eq!(found, [(0, m, k), (1, k, n), (2, m, n)], "{}", variant.name());
            seen += 1;
        }
        assert!(seen > 20, "{seen} variants");
    }

    #[test]
    fn loops_over_constants_are_marked_and_those_over_parameters_are_not() {
        for id in ["matmul/f32", "matmul/coop/f16-f32", "peak/f32", "memory/copy"] {
            for (variant, words) in modules(id) {
                let marked =
                    |code, operands: &[u32]| code == Op::LoopMerge && operands[2] == LoopControl::UNROLL.bits();
                let all = count(&words, |code, _| code == Op::LoopMerge);
                let marked = count(&words, marked);
                let text = variant.wgsl();
                assert!(all == 0 || marked > 0, "{id} {}: {marked} of {all}", variant.name());
                if text.contains("round < params.rounds") || text.contains("step < whole_steps") {
                    assert!(marked < all, "{id} {}: {marked} of {all}", variant.name());
                }
            }
        }
    }
}
