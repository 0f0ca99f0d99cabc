//! A kernel that a driver refuses costs that kernel and not the device: wgpu would take the refusal for the device's loss.

#![expect(unsafe_code, reason = "Vulkan is called beside wgpu")]

#[cfg(not(target_vendor = "apple"))]
mod adapter;
mod trials;

use std::process::ExitCode;

fn main() -> ExitCode {
    trials::run(trials::trials![
        #[cfg(not(target_vendor = "apple"))]
        on_vulkan::a_kernel_that_the_driver_refuses_is_refused_and_the_device_is_not_lost,
    ])
}

#[cfg(not(target_vendor = "apple"))]
mod on_vulkan {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, OnceLock};

    use ash::vk;
    use gpu_assay::adapter::Backend;
    use gpu_assay::benchmark::Benchmark;
    use gpu_assay::device::{compile, descriptor, enumerate, vulkan};
    use gpu_assay::kernel::Target;
    use gpu_assay::measure::ShaderChecks;

    use crate::adapter::answers;
    use crate::trials::Tested;

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

    pub(crate) fn a_kernel_that_the_driver_refuses_is_refused_and_the_device_is_not_lost() -> Tested {
        answers(&[Backend::Vulkan])?;
        let found = enumerate(&[Backend::Vulkan]).swap_remove(0);
        // SAFETY: a device as the product opens it, but for what it says of pipelines.
        let opened = unsafe {
            vulkan::open(
                found.handle(),
                &descriptor(found.handle()),
                ShaderChecks::Unchecked,
                &[],
                |instance, physical, info| {
                    let device = instance.create_device(physical, &info, None)?;
                    DRIVER.set(device.fp_v1_0().create_compute_pipelines).expect("one device");
                    Ok(vulkan::with_pipelines_by(&device, refusing))
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
        Ok(())
    }
}
