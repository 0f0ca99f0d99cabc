//! Matrices that a workgroup holds together, which WGSL has no word for: kernels that were written for those of subgroups get the scope of
//! workgroups, and loads by the layout of a tensor where that is wanted (`SPV_NV_cooperative_matrix2`, `SPV_NV_tensor_addressing`).

use std::collections::HashMap;

use spirv::{Capability, CooperativeMatrixLayout, CooperativeMatrixUse, Op, Scope};

use super::spirv::{HEADER, extension, instruction, parts, whole_instructions};
use crate::kernel::{Addressing, GroupFragments};

/// Bytes of an element of the factors' buffers.
const WIDE_BYTES: u32 = 16;

/// The module `words`, with matrices of the sizes that `fragments` has, held by its workgroup.
pub(super) fn of_workgroup(words: &[u32], fragments: &GroupFragments) -> Vec<u32> {
    let tensors = fragments.addressing == Addressing::Tensor;
    let mut out = words[..HEADER].to_vec();
    let mut pass = Pass { next: words[HEADER - 2], ..Pass::default() };
    if tensors {
        let own = [Capability::TensorAddressingNV, Capability::CooperativeMatrixTensorAddressingNV];
        own.into_iter().for_each(|own| out.extend(instruction(Op::Capability, &[own as u32])));
    }
    let mut extended = false;
    for whole in whole_instructions(words) {
        let (code, operands) = parts(whole);
        if code != Some(Op::Capability) && !std::mem::replace(&mut extended, true) {
            out.extend(extension("SPV_NV_cooperative_matrix2"));
            out.extend(if tensors { extension("SPV_NV_tensor_addressing") } else { Vec::new() });
        }
        pass.learn(code, operands);
        match (code, operands) {
            (Some(Op::TypeCooperativeMatrixKHR), &[id, element, _, rows, columns, role]) => {
                let scope = pass.constant(&mut out, Scope::Workgroup as u32);
                out.extend(instruction(Op::TypeCooperativeMatrixKHR, &[id, element, scope, rows, columns, role]));
            }
            (Some(Op::Function), _) if tensors && pass.tensor.is_none() => {
                pass.tensor = Some(pass.declare(&mut out, fragments));
                out.extend(whole);
            }
            (Some(Op::CooperativeMatrixLoadKHR), &[kind, id, pointer, layout, stride, ..]) if tensors => {
                pass.load(&mut out, [kind, id, pointer, layout, stride]);
            }
            _ => out.extend(whole),
        }
    }
    out[HEADER - 2] = pass.next;
    out
}

/// What is known of a module on the way through it.
#[derive(Default)]
struct Pass {
    /// The first free id.
    next: u32,
    unsigned: u32,
    boolean: u32,
    /// Values of the constants of 32 bits.
    values: HashMap<u32, u32>,
    /// Ids of the constants that were added.
    added: HashMap<u32, u32>,
    /// Rows and columns of the types of factors.
    factors: Vec<(u32, [u32; 2])>,
    tensor: Option<Tensor>,
}

/// Ids of what loads by tensors have in common.
struct Tensor {
    layout: u32,
    view: u32,
    one: u32,
    /// Values of the factors in an element of their buffers.
    wide: u32,
    /// What is loaded over: nothing, by the type of the factor.
    nothing: HashMap<u32, u32>,
}

impl Pass {
    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn learn(&mut self, code: Option<Op>, operands: &[u32]) {
        match (code, operands) {
            (Some(Op::TypeInt), &[id, 32, 0]) => self.unsigned = id,
            (Some(Op::TypeBool), &[id]) => self.boolean = id,
            (Some(Op::Constant), &[_, id, value]) => drop(self.values.insert(id, value)),
            (Some(Op::TypeCooperativeMatrixKHR), &[id, _, _, rows, columns, role]) => {
                let accumulates = CooperativeMatrixUse::MatrixAccumulatorKHR as u32;
                if self.values.get(&role) != Some(&accumulates) {
                    self.factors.push((id, [rows, columns]));
                }
            }
            _ => {}
        }
    }

    /// The id of a constant that is added once.
    fn constant(&mut self, out: &mut Vec<u32>, value: u32) -> u32 {
        if let Some(&id) = self.added.get(&value) {
            return id;
        }
        let id = self.fresh();
        out.extend(instruction(Op::Constant, &[self.unsigned, id, value]));
        self.added.insert(value, id);
        id
    }

    /// Declares what loads by tensors need, after all other types: of two dimensions, in bounds, and with rows and columns exchanged.
    fn declare(&mut self, out: &mut Vec<u32>, fragments: &GroupFragments) -> Tensor {
        let [zero, one, two] = [0, 1, 2].map(|value| self.constant(out, value));
        let wide = self.constant(out, fragments.fragment.per_word * WIDE_BYTES / 4);
        if self.boolean == 0 {
            self.boolean = self.fresh();
            out.extend(instruction(Op::TypeBool, &[self.boolean]));
        }
        let [no, layout, view] = [(); 3].map(|()| self.fresh());
        out.extend(instruction(Op::ConstantFalse, &[self.boolean, no]));
        out.extend(instruction(Op::TypeTensorLayoutNV, &[layout, two, zero]));
        out.extend(instruction(Op::TypeTensorViewNV, &[view, two, no, one, zero]));
        let mut nothing = HashMap::new();
        for (kind, _) in self.factors.clone() {
            let id = self.fresh();
            out.extend(instruction(Op::Undef, &[kind, id]));
            nothing.insert(kind, id);
        }
        Tensor { layout, view, one, wide, nothing }
    }

    /// Loads a factor: its memory is a tensor of its own size, whose rows lie as far apart as the buffer's.
    fn load(&mut self, out: &mut Vec<u32>, [kind, id, pointer, order, stride]: [u32; 5]) {
        let by_columns = self.values.get(&order) == Some(&(CooperativeMatrixLayout::ColumnMajorKHR as u32));
        let sizes = self.factors.iter().find(|(factor, _)| *factor == kind).map(|(_, sizes)| *sizes);
        let [values, created, sized, strided, view] = [(); 5].map(|()| self.fresh());
        let (Some(tensor), Some([rows, columns])) = (&self.tensor, sizes) else { return };
        let [outer, inner] = if by_columns { [columns, rows] } else { [rows, columns] };
        let Tensor { layout, one, wide, .. } = *tensor;
        out.extend(instruction(Op::IMul, &[self.unsigned, values, stride, wide]));
        out.extend(instruction(Op::CreateTensorLayoutNV, &[layout, created]));
        out.extend(instruction(Op::TensorLayoutSetDimensionNV, &[layout, sized, created, outer, inner]));
        out.extend(instruction(Op::TensorLayoutSetStrideNV, &[layout, strided, sized, values, one]));
        let mut operands = vec![kind, id, pointer, tensor.nothing[&kind], strided, NO_MEMORY_OPERANDS];
        if by_columns {
            out.extend(instruction(Op::CreateTensorViewNV, &[tensor.view, view]));
            operands.extend([TENSOR_VIEW, view]);
        } else {
            operands.push(NO_TENSOR_OPERANDS);
        }
        out.extend(instruction(Op::CooperativeMatrixLoadTensorNV, &operands));
    }
}

const NO_MEMORY_OPERANDS: u32 = 0;
const NO_TENSOR_OPERANDS: u32 = 0;
/// Of the tensor addressing operands: a view follows.
const TENSOR_VIEW: u32 = 1;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::spirv::{instructions, kernel};
    use super::*;
    use crate::adapter::made::workgroup_matrices;
    use crate::benchmark::Benchmark;
    use crate::kernel::{Shape, Target};
    use crate::measure::ShaderChecks;

    /// Every shape of `id` for matrices of an H100's workgroups, and its module.
    fn modules(id: &str) -> Vec<(GroupFragments, Vec<u32>)> {
        let (input, accumulator) = match id {
            "matmul/coop/i8-i32" => ("i8", "i32"),
            "matmul/coop/f16" => ("f16", "f16"),
            "matmul/coop/bf16-f32" => ("bf16", "f32"),
            _ => ("f16", "f32"),
        };
        let workgroup_matrices = workgroup_matrices(input, accumulator);
        let target = Target { workgroup_matrices, matrices: Some(Vec::new()), ..Target::common() };
        let all = Benchmark::by_id(id).expect("a benchmark").variants(&target);
        let made = all.into_iter().filter_map(|variant| {
            let Shape::GroupFragments(fragments) = variant.shape else { return None };
            let kernel = kernel(&variant.wgsl(), variant.packed(), ShaderChecks::Unchecked, true);
            Some((fragments, of_workgroup(&kernel.expect("naga takes it").words, &fragments)))
        });
        made.collect()
    }

    const IDS: [&str; 4] = ["matmul/coop/f16-f32", "matmul/coop/f16", "matmul/coop/bf16-f32", "matmul/coop/i8-i32"];

    #[test]
    fn every_matrix_is_the_workgroups_and_has_the_sizes_of_the_shape() {
        for (fragments, words) in IDS.into_iter().flat_map(modules) {
            let constants: HashMap<u32, u32> = instructions(&words)
                .filter(|(code, _)| *code == Some(Op::Constant))
                .map(|(_, operands)| (operands[1], operands[2]))
                .collect();
            let types: Vec<_> =
                instructions(&words).filter(|(code, _)| *code == Some(Op::TypeCooperativeMatrixKHR)).collect();
            let sizes: HashSet<_> =
                types.iter().map(|(_, operands)| [3, 4, 5, 2].map(|operand| constants[&operands[operand]])).collect();
            let (m, n, k) = (fragments.fragment.m, fragments.fragment.n, fragments.fragment.k);
            let expected = [[m, k, 0, 2], [k, n, 1, 2], [m, n, 2, 2]];
            assert_eq!(sizes, HashSet::from(expected), "{fragments}: rows, columns, role and scope");
        }
    }

    #[test]
    fn factors_are_loaded_as_the_shape_says_and_sums_stored_once() {
        for (fragments, words) in IDS.into_iter().flat_map(modules) {
            let count = |wanted: Op| instructions(&words).filter(|(code, _)| *code == Some(wanted)).count();
            let loads = [Op::CooperativeMatrixLoadKHR, Op::CooperativeMatrixLoadTensorNV].map(count);
            let tensor = fragments.addressing == Addressing::Tensor;
            assert_eq!(loads, if tensor { [0, 2] } else { [2, 0] }, "{fragments}");
            assert_eq!(count(Op::CooperativeMatrixStoreKHR), 1, "{fragments}");
            // Only B is read by its columns.
            assert_eq!(count(Op::CreateTensorViewNV), usize::from(tensor), "{fragments}");
            let extensions = [("SPV_NV_cooperative_matrix2", true), ("SPV_NV_tensor_addressing", tensor)];
            for (name, declared) in extensions {
                let own = |whole: &[u32]| whole == &extension(name)[..];
                assert_eq!(
                    whole_instructions(&words).filter(|whole| own(whole)).count(),
                    usize::from(declared),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn results_are_new_and_below_the_bound() {
        for (fragments, words) in IDS.into_iter().flat_map(modules) {
            let results = instructions(&words).filter_map(|(code, operands)| match code? {
                Op::Constant
                | Op::ConstantFalse
                | Op::Undef
                | Op::IMul
                | Op::CooperativeMatrixLoadTensorNV
                | Op::CreateTensorLayoutNV
                | Op::TensorLayoutSetDimensionNV
                | Op::TensorLayoutSetStrideNV
                | Op::CreateTensorViewNV => Some(operands[1]),
                Op::TypeTensorLayoutNV | Op::TypeTensorViewNV | Op::TypeCooperativeMatrixKHR | Op::TypeBool => {
                    Some(operands[0])
                }
                _ => None,
            });
            let results: Vec<u32> = results.collect();
            assert_eq!(results.iter().collect::<HashSet<_>>().len(), results.len(), "{fragments}");
            assert!(results.iter().all(|id| *id < words[HEADER - 2]), "{fragments}");
        }
    }
}
