//! Matrix products, on the ordinary arithmetic units and on matrix units.

use super::{Benchmark, Bound, Kind, Measures};
use crate::adapter::Feature;
use crate::problem::Element;

pub(super) const PRODUCTS: [Benchmark; 12] = [
    Benchmark {
        id: "matmul/f32",
        describe: "matrix product, f32",
        kind: Kind::Matmul { input: Element::F32, accumulator: Element::F32 },
        needs: &[],
        measures: Measures::Arithmetic { format: "fp32", published: Some("fp32_gemm_tflops") },
        bounds: &[Bound::Peak("peak/f32")],
    },
    Benchmark {
        id: "matmul/f16",
        describe: "matrix product, f16 inputs with f16 sums",
        kind: Kind::Matmul { input: Element::F16, accumulator: Element::F16 },
        needs: &[Feature::ShaderF16],
        measures: Measures::Arithmetic { format: "fp16", published: None },
        bounds: &[Bound::Peak("peak/f16")],
    },
    Benchmark {
        id: "matmul/f16-f32",
        describe: "matrix product, f16 inputs with f32 sums",
        kind: Kind::Matmul { input: Element::F16, accumulator: Element::F32 },
        needs: &[Feature::ShaderF16],
        measures: Measures::Arithmetic { format: "fp16", published: None },
        bounds: &[Bound::MixedPeak("peak/f32")],
    },
    Benchmark {
        id: "matmul/f64",
        describe: "matrix product, f64",
        kind: Kind::Matmul { input: Element::F64, accumulator: Element::F64 },
        needs: &[Feature::ShaderF64],
        measures: Measures::Arithmetic { format: "fp64", published: None },
        bounds: &[Bound::Peak("peak/f64")],
    },
    Benchmark {
        id: "matmul/i8-i32",
        describe: "matrix product, i8 inputs with i32 sums",
        kind: Kind::Matmul { input: Element::I8, accumulator: Element::I32 },
        needs: &[],
        measures: Measures::Arithmetic { format: "int8", published: None },
        bounds: &[Bound::Peak("peak/i8")],
    },
    Benchmark {
        id: "matmul/coop/f16-f32",
        describe: "matrix product on matrix units, f16 inputs with f32 sums",
        kind: Kind::MatrixProduct { input: Element::F16, accumulator: Element::F32 },
        needs: &[Feature::ShaderF16, Feature::CooperativeMatrix],
        measures: Measures::Arithmetic { format: "fp16_mx_acc32", published: Some("fp16_gemm_tflops") },
        bounds: &[Bound::Peak("peak/coop/f16-f32"), Bound::OrdinaryUnits("matmul/f16-f32")],
    },
    Benchmark {
        id: "matmul/coop/f16",
        describe: "matrix product on matrix units, f16 inputs with f16 sums",
        kind: Kind::MatrixProduct { input: Element::F16, accumulator: Element::F16 },
        needs: &[Feature::ShaderF16, Feature::CooperativeMatrix],
        measures: Measures::Arithmetic { format: "fp16_mx_acc16", published: Some("fp16_gemm_tflops") },
        bounds: &[Bound::Peak("peak/coop/f16"), Bound::OrdinaryUnits("matmul/f16")],
    },
    Benchmark {
        id: "matmul/coop/bf16-f32",
        describe: "matrix product on matrix units, BF16 inputs with f32 sums",
        kind: Kind::MatrixProduct { input: Element::Bf16, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderBfloat16],
        measures: Measures::Arithmetic { format: "bf16_mx", published: Some("bf16_gemm_tflops") },
        bounds: &[Bound::Peak("peak/coop/bf16-f32")],
    },
    Benchmark {
        id: "matmul/coop/e4m3-f32",
        describe: "matrix product on matrix units, FP8 (E4M3) inputs with f32 sums",
        kind: Kind::MatrixProduct { input: Element::E4m3, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderFloat8],
        measures: Measures::Arithmetic { format: "fp8_mx_acc32", published: Some("fp8_gemm_tflops") },
        bounds: &[Bound::Peak("peak/coop/e4m3-f32")],
    },
    Benchmark {
        id: "matmul/coop/e5m2-f32",
        describe: "matrix product on matrix units, FP8 (E5M2) inputs with f32 sums",
        kind: Kind::MatrixProduct { input: Element::E5m2, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderFloat8],
        measures: Measures::Arithmetic { format: "fp8_mx_acc32", published: Some("fp8_gemm_tflops") },
        bounds: &[Bound::Peak("peak/coop/e5m2-f32")],
    },
    Benchmark {
        id: "matmul/coop/f32",
        describe: "matrix product on matrix units, f32 inputs with f32 sums",
        kind: Kind::MatrixProduct { input: Element::F32, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix],
        measures: Measures::Arithmetic { format: "fp32_mx", published: None },
        bounds: &[Bound::Peak("peak/coop/f32"), Bound::OrdinaryUnits("matmul/f32")],
    },
    Benchmark {
        id: "matmul/coop/i8-i32",
        describe: "matrix product on matrix units, i8 inputs with i32 sums",
        kind: Kind::MatrixProduct { input: Element::I8, accumulator: Element::I32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders],
        measures: Measures::Arithmetic { format: "int8_mx", published: None },
        bounds: &[Bound::Peak("peak/coop/i8-i32"), Bound::OrdinaryUnits("matmul/i8-i32")],
    },
];
