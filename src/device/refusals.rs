//! Kernels that a driver refuses to compile. wgpu takes every error of `vkCreateComputePipelines` for the loss of the device, and forgets which
//! it was (gfx-rs/wgpu, issue 10027). Drivers do refuse: NVIDIA's over private memory, and most likely over some matrices of workgroups. So the
//! function in a device's table notes the error, and wgpu gets a pipeline that is none.
#![expect(unsafe_code, reason = "Vulkan is called beside wgpu")]

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ash::vk;

use super::vulkan::with_pipelines_by;

/// The drivers' own functions. A device's entry outlives it, until another one has its handle.
static OWN: Mutex<Option<HashMap<vk::Device, vk::PFN_vkCreateComputePipelines>>> = Mutex::new(None);

thread_local! {
    /// What the driver said of the last pipeline that it refused on this thread.
    static REFUSED: Cell<Option<vk::Result>> = const { Cell::new(None) };
}

/// `device`, which notes what it refuses.
pub(super) fn noting(device: &ash::Device) -> ash::Device {
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    own.get_or_insert_default().insert(device.handle(), device.fp_v1_0().create_compute_pipelines);
    with_pipelines_by(device, create)
}

/// Runs `make`, which is to make one pipeline by wgpu.
///
/// # Errors
/// What the driver said where it refuses. What `make` gave is no pipeline then.
pub(super) fn asked<T>(make: impl FnOnce() -> T) -> Result<T, String> {
    REFUSED.take();
    let made = make();
    REFUSED.take().map_or(Ok(made), |why| Err(format!("the driver refuses to compile it ({why:?})")))
}

/// Stands in for `vkCreateComputePipelines`.
unsafe extern "system" fn create(
    device: vk::Device,
    cache: vk::PipelineCache,
    count: u32,
    infos: *const vk::ComputePipelineCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    pipelines: *mut vk::Pipeline,
) -> vk::Result {
    let own = OWN.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|own| own.get(&device).copied());
    let Some(own) = own else { return vk::Result::ERROR_INITIALIZATION_FAILED };
    // SAFETY: the caller's arguments, to the function of their device.
    let result = unsafe { own(device, cache, count, infos, allocator, pipelines) };
    if result == vk::Result::ERROR_DEVICE_LOST || result.as_raw() >= 0 {
        return result;
    }
    REFUSED.set(Some(result));
    for place in 0..count as usize {
        // SAFETY: the caller has room for `count`. A handle of none may be destroyed like any other.
        unsafe { pipelines.add(place).write(vk::Pipeline::null()) };
    }
    vk::Result::SUCCESS
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, OnceLock};

    use super::super::{compile, descriptor, enumerate, vulkan};
    use super::*;
    use crate::adapter::Backend;
    use crate::benchmark::Benchmark;
    use crate::kernel::Target;
    use crate::measure::ShaderChecks;

    static DRIVER: OnceLock<vk::PFN_vkCreateComputePipelines> = OnceLock::new();
    static REFUSES: AtomicBool = AtomicBool::new(false);

    /// A driver that refuses every kernel for a while.
    unsafe extern "system" fn refusing(
        device: vk::Device,
        cache: vk::PipelineCache,
        count: u32,
        infos: *const vk::ComputePipelineCreateInfo<'_>,
        allocator: *const vk::AllocationCallbacks<'_>,
        pipelines: *mut vk::Pipeline,
    ) -> vk::Result {
        if REFUSES.load(Ordering::SeqCst) {
            return vk::Result::ERROR_UNKNOWN;
        }
        let driver = DRIVER.get().expect("the device was made");
        // SAFETY: the caller's arguments.
        unsafe { driver(device, cache, count, infos, allocator, pipelines) }
    }

    #[test]
    fn a_kernel_that_the_driver_refuses_is_refused_and_the_device_is_not_lost() {
        let Some(found) = enumerate(&[Backend::Vulkan]).into_iter().next() else {
            assert!(std::env::var_os("REQUIRE_GPU").is_none_or(|value| value != "1"), "no Vulkan adapter answers");
            return eprintln!("*** NOT TESTED: no Vulkan adapter answers ***");
        };
        // SAFETY: a device as the product opens it, but for what it says of pipelines.
        let opened = unsafe {
            vulkan::open(
                &found.handle,
                &descriptor(&found.handle),
                ShaderChecks::Unchecked,
                &[],
                |instance, physical, info| {
                    let device = instance.create_device(physical, &info, None)?;
                    DRIVER.set(device.fp_v1_0().create_compute_pipelines).expect("one device");
                    Ok(with_pipelines_by(&device, refusing))
                },
            )
        };
        let (device, _queue) = opened.expect("it is Vulkan's").expect("the device opens");
        let lost = Arc::new(AtomicBool::new(false));
        let note = Arc::clone(&lost);
        device.set_device_lost_callback(move |_, _| note.store(true, Ordering::SeqCst));
        let seeds = Benchmark::by_id("memory/copy").expect("a benchmark").seeds(&Target::common());
        let made = |refuses| {
            REFUSES.store(refuses, Ordering::SeqCst);
            compile(&device, &seeds[0], &seeds[0].wgsl(), ShaderChecks::Unchecked)
        };
        let refused = made(true).expect_err("the driver refuses");
        assert!(refused.contains("ERROR_UNKNOWN"), "{refused}");
        assert!(made(false).is_ok(), "the next one is taken");
        device.poll(wgpu::PollType::Poll).expect("nothing waits");
        assert!(!lost.load(Ordering::SeqCst), "the device is there");
    }
}
