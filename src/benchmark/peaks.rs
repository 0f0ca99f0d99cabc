//! Multiply-adds in registers: the ceilings of arithmetic.

use super::{Benchmark, Bound, Kind, Measures};
use crate::adapter::Feature;
use crate::problem::Element;

/// What FP8 is held against.
const FP8_BESIDE_F16: Bound = Bound::Physical {
    than: "peak/coop/f16-f32",
    times: 4.4,
    why: "FP8 is nowhere more than four times as fast as half precision on matrix units",
};

pub(super) const PEAKS: [Benchmark; 11] = [
    Benchmark {
        id: "peak/f32",
        describe: "peak f32 rate: register-resident multiply-adds",
        kind: Kind::Peak(Element::F32),
        needs: &[],
        measures: Measures::Arithmetic { format: "fp32", published: Some("fp32_vector_tflops") },
        bounds: &[],
    },
    Benchmark {
        id: "peak/f16",
        describe: "peak f16 rate: register-resident multiply-adds, packed if the device packs them",
        kind: Kind::Peak(Element::F16),
        needs: &[Feature::ShaderF16],
        measures: Measures::Arithmetic { format: "fp16", published: Some("fp16_vector_tflops") },
        bounds: &[Bound::Physical {
            than: "peak/f32",
            times: 4.4,
            why: "half precision is nowhere more than four times as fast as single",
        }],
    },
    Benchmark {
        id: "peak/f64",
        describe: "peak f64 rate: register-resident multiply-adds",
        kind: Kind::Peak(Element::F64),
        needs: &[Feature::ShaderF64],
        measures: Measures::Arithmetic { format: "fp64", published: Some("fp64_vector_tflops") },
        bounds: &[Bound::Physical {
            than: "peak/f32",
            times: 1.1,
            why: "double precision is nowhere faster than single",
        }],
    },
    Benchmark {
        id: "peak/i8",
        describe: "peak i8 rate: register-resident dot products of four i8 values with i32 sums",
        kind: Kind::Peak(Element::I8),
        needs: &[],
        measures: Measures::Arithmetic { format: "int8", published: None },
        bounds: &[],
    },
    Benchmark {
        id: "peak/coop/f16-f32",
        describe: "peak rate of the matrix units, f16 inputs with f32 sums: register-resident multiply-adds of fragments",
        kind: Kind::MatrixPeak { input: Element::F16, accumulator: Element::F32 },
        needs: &[Feature::ShaderF16, Feature::CooperativeMatrix],
        measures: Measures::Arithmetic { format: "fp16_mx_acc32", published: Some("fp16_mma_tflops") },
        bounds: &[],
    },
    Benchmark {
        id: "peak/coop/f16",
        describe: "peak rate of the matrix units, f16 inputs with f16 sums: register-resident multiply-adds of fragments",
        kind: Kind::MatrixPeak { input: Element::F16, accumulator: Element::F16 },
        needs: &[Feature::ShaderF16, Feature::CooperativeMatrix],
        measures: Measures::Arithmetic { format: "fp16_mx_acc16", published: Some("fp16_mma_tflops") },
        bounds: &[],
    },
    Benchmark {
        id: "peak/coop/bf16-f32",
        describe: "peak rate of the matrix units, BF16 inputs with f32 sums: register-resident multiply-adds of fragments",
        kind: Kind::MatrixPeak { input: Element::Bf16, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderBfloat16],
        measures: Measures::Arithmetic { format: "bf16_mx", published: None },
        bounds: &[Bound::EqualPeak("peak/coop/f16-f32")],
    },
    Benchmark {
        id: "peak/coop/e4m3-f32",
        describe: "peak rate of the matrix units, FP8 (E4M3) inputs with f32 sums: register-resident multiply-adds of fragments",
        kind: Kind::MatrixPeak { input: Element::E4m3, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderFloat8],
        measures: Measures::Arithmetic { format: "fp8_mx_acc32", published: Some("fp8_mma_tflops") },
        bounds: &[Bound::EqualPeak("peak/coop/e5m2-f32"), FP8_BESIDE_F16],
    },
    Benchmark {
        id: "peak/coop/e5m2-f32",
        describe: "peak rate of the matrix units, FP8 (E5M2) inputs with f32 sums: register-resident multiply-adds of fragments",
        kind: Kind::MatrixPeak { input: Element::E5m2, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderFloat8],
        measures: Measures::Arithmetic { format: "fp8_mx_acc32", published: Some("fp8_mma_tflops") },
        bounds: &[Bound::EqualPeak("peak/coop/e4m3-f32"), FP8_BESIDE_F16],
    },
    Benchmark {
        id: "peak/coop/f32",
        describe: "peak rate of the matrix units, f32 inputs with f32 sums: register-resident multiply-adds of fragments",
        kind: Kind::MatrixPeak { input: Element::F32, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix],
        measures: Measures::Arithmetic { format: "fp32_mx", published: None },
        bounds: &[],
    },
    Benchmark {
        id: "peak/coop/i8-i32",
        describe: "peak rate of the matrix units, i8 inputs with i32 sums: register-resident multiply-adds of fragments",
        kind: Kind::MatrixPeak { input: Element::I8, accumulator: Element::I32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders],
        measures: Measures::Arithmetic { format: "int8_mx", published: None },
        bounds: &[],
    },
];
