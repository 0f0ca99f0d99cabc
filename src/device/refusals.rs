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
