//! Prints GFLOP/s of burn's f32 product for each edge given, after its own tuning: the best of some batches by the wall clock.

use std::time::Instant;

use burn_tensor::backend::Backend;
use burn_tensor::{Distribution, Tensor};
use burn_wgpu::{Wgpu, WgpuDevice};

fn main() {
    let device = WgpuDevice::default();
    for edge in std::env::args().skip(1).map(|edge| edge.parse::<usize>().expect("an edge")) {
        let random = || Tensor::<Wgpu, 2>::random([edge, edge], Distribution::Uniform(-1.0, 1.0), &device);
        let (a, b) = (random(), random());
        let start = Instant::now();
        for _ in 0..3 {
            let _ = a.clone().matmul(b.clone()).into_data();
        }
        let tuning = start.elapsed();
        let mut best = f64::INFINITY;
        for _ in 0..10 {
            let start = Instant::now();
            let products: Vec<_> = (0..5).map(|_| a.clone().matmul(b.clone())).collect();
            Wgpu::<f32, i32>::sync(&device).expect("the device finishes");
            best = best.min(start.elapsed().as_secs_f64() / 5.0);
            drop(products);
        }
        let operations = 2.0 * (edge as f64).powi(3);
        println!("{edge} {:.2} tuning {:.1} s", operations / best / 1e9, tuning.as_secs_f64());
    }
}
