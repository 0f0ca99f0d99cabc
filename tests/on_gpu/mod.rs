//! A suite on the default adapter, with kernels that may be broken on purpose.

#![allow(dead_code, reason = "not every test file uses all of it")]

use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use gpu_assay::adapter::{Backend, select};
use gpu_assay::device::{Gpu, Source, enumerate};
use gpu_assay::kernel::Variant;
use gpu_assay::measure::ShaderChecks;
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::suite::Suite;
use gpu_assay::tune::Cache;

use crate::adapter;
use crate::trials::{Missing, is_required};

/// What is timed has the GPU to itself; answers are checked side by side.
static GPU: RwLock<()> = RwLock::new(());

pub(crate) fn plan() -> Plan {
    Plan { tune: Tune::Off, ..Plan::new(Effort::Quick) }
}

/// What is missing for `id` to run. With `REQUIRE_MATRIX_UNITS=1` the device is a lavapipe that has them, so that nothing of theirs may be left out, but
/// for the types that it has not learnt yet.
pub(crate) fn unsupported(id: &str, why: &str) -> Missing {
    let unknown_to_lavapipe = ["coop/f32", "bf16-f32", "e4m3-f32", "e5m2-f32"];
    let is_expected = !id.contains("coop") || unknown_to_lavapipe.iter().any(|types| id.ends_with(types));
    assert!(is_expected || !is_required("REQUIRE_MATRIX_UNITS"), "REQUIRE_MATRIX_UNITS=1, but {id}: {why}");
    Missing::new(why)
}

pub(crate) fn open(shaders: ShaderChecks, source: Source) -> Result<Gpu, Missing> {
    adapter::answers(&Backend::NATIVE)?;
    let mut found = enumerate(&Backend::NATIVE);
    let adapters: Vec<_> = found.iter().map(|found| found.adapter.clone()).collect();
    let index = select(&adapters, None, None).expect("an adapter answers");
    Ok(Gpu::open(found.swap_remove(index), shaders, plan().submission_s, source).expect("the device opens"))
}

/// What `test` finds with kernels from `source`, beside other tests.
pub(crate) fn checked<T>(
    shaders: ShaderChecks,
    source: Source,
    test: impl FnOnce(&mut Suite<'_>) -> T,
) -> Result<T, Missing> {
    let _beside = GPU.read().unwrap_or_else(PoisonError::into_inner);
    on(shaders, source, test)
}

/// The same for what is timed: alone.
pub(crate) fn timed<T>(source: Source, test: impl FnOnce(&mut Suite<'_>) -> T) -> Result<T, Missing> {
    let _alone = alone();
    on(ShaderChecks::Unchecked, source, test)
}

pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    GPU.write().unwrap_or_else(PoisonError::into_inner)
}

fn on<T>(shaders: ShaderChecks, source: Source, test: impl FnOnce(&mut Suite<'_>) -> T) -> Result<T, Missing> {
    let mut gpu = open(shaders, source)?;
    let plan = Plan { shaders, ..plan() };
    Ok(test(&mut Suite::new(&mut gpu, &plan, &|| false, &|_| {}, &mut Cache::none())))
}

/// The text of `variant` with `from` replaced.
pub(crate) fn replaced(variant: &Variant, from: &str, to: &str) -> String {
    let text = variant.wgsl();
    assert!(text.contains(from), "{} has no `{from}` to break", variant.shader().unwrap_or_default());
    text.replace(from, to)
}
