//! Compiles kernels with the driver that answers here, and asks it what became of them.
//!
//! The pipelines are wgpu's own, made by the very function that the product measures with. What wgpu does not ask for are the
//! statistics and the assembly: its table of Vulkan functions gets one that sets the flags of `VK_KHR_pipeline_executable_properties`
//! and reads the answers before it returns.
#![expect(unsafe_code, reason = "Vulkan is called beside wgpu")]

use std::ffi::CStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, anyhow, bail};
use ash::vk;
use gpu_assay::device;
use gpu_assay::kernel::Variant;
use gpu_assay::measure::ShaderChecks;

use crate::executable::Executable;

/// A device of the first Vulkan adapter, whose pipelines are captured.
pub(crate) struct Driver {
    /// Name of the adapter.
    pub(crate) adapter: gpu_assay::adapter::Adapter,
    device: wgpu::Device,
}

/// What the captured function needs: the driver's own one, and where to ask.
struct Captured {
    create: vk::PFN_vkCreateComputePipelines,
    executables: ash::khr::pipeline_executable_properties::Device,
}

static CAPTURED: OnceLock<Captured> = OnceLock::new();
static LAST: Mutex<Option<Executable>> = Mutex::new(None);

impl Driver {
    /// Opens the adapter that the Vulkan loader finds.
    ///
    /// # Errors
    /// Fails if there is none, or its driver does not tell about its executables.
    pub(crate) fn open() -> anyhow::Result<Self> {
        let found = device::enumerate(&[gpu_assay::adapter::Backend::Vulkan]);
        let found = found.into_iter().next().context("no Vulkan adapter answers: is the chip's driver installed?")?;
        let descriptor = device::descriptor(found.handle());
        let extension = [ash::khr::pipeline_executable_properties::NAME];
        // SAFETY: the product's kernels on the product's device; nothing executes.
        let opened = unsafe {
            device::vulkan::open(found.handle(), &descriptor, ShaderChecks::Unchecked, &extension, create_captured)
        };
        let opened = opened.context("the adapter is not Vulkan's")?;
        let (device, _) = opened.map_err(|error| anyhow!("the driver refuses to create a device: {error}"))?;
        // What follows from an error that was reported must not end the process.
        device.on_uncaptured_error(std::sync::Arc::new(|_| {}));
        Ok(Self { adapter: found.adapter, device })
    }

    /// Compiles `variant` with the WGSL `text`.
    ///
    /// # Errors
    /// What wgpu or the driver objects to.
    pub(crate) fn compile(&self, variant: &Variant, text: &str, checks: ShaderChecks) -> anyhow::Result<Executable> {
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let scopes = [wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Validation]
            .map(|filter| self.device.push_error_scope(filter));
        let compiled = device::compile(&self.device, variant, text, checks);
        // Every scope has to end, in the reverse order of their beginning.
        let errors: Vec<_> = scopes.into_iter().rev().filter_map(|scope| pollster::block_on(scope.pop())).collect();
        if let Some(error) = errors.first() {
            bail!("{error}");
        }
        compiled.map_err(|error| anyhow!(error))?;
        LAST.lock().unwrap_or_else(PoisonError::into_inner).take().context("the driver gave no executable")
    }
}

/// A device that tells about its executables, with the function replaced.
fn create_captured(
    instance: &ash::Instance,
    physical: vk::PhysicalDevice,
    info: vk::DeviceCreateInfo<'_>,
) -> Result<ash::Device, vk::Result> {
    let mut telling =
        vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default().pipeline_executable_info(true);
    let info = info.push_next(&mut telling);
    // SAFETY: the caller's structure with a feature of the extension that it was asked to add.
    let made = unsafe { instance.create_device(physical, &info, None) }?;
    let captured = Captured {
        create: made.fp_v1_0().create_compute_pipelines,
        executables: ash::khr::pipeline_executable_properties::Device::new(instance, &made),
    };
    // One driver per process.
    CAPTURED.set(captured).map_err(|_| vk::Result::ERROR_INITIALIZATION_FAILED)?;
    Ok(device::vulkan::with_pipelines_by(&made, create_and_capture))
}

/// Stands in for `vkCreateComputePipelines`; wgpu makes one pipeline a call.
unsafe extern "system" fn create_and_capture(
    device: vk::Device,
    cache: vk::PipelineCache,
    count: u32,
    infos: *const vk::ComputePipelineCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    pipelines: *mut vk::Pipeline,
) -> vk::Result {
    let Some(captured) = CAPTURED.get() else { return vk::Result::ERROR_INITIALIZATION_FAILED };
    // SAFETY: the caller passes `count` of them, as Vulkan demands.
    let infos = unsafe { std::slice::from_raw_parts(infos, count as usize) };
    let asking = infos.iter().map(|info| {
        info.flags(
            info.flags
                | vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR
                | vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR,
        )
    });
    let asking: Vec<_> = asking.collect();
    // SAFETY: the caller's arguments with flags added; the pipeline is asked about right after it was made.
    unsafe {
        let result = (captured.create)(device, cache, count, asking.as_ptr(), allocator, pipelines);
        if result == vk::Result::SUCCESS {
            *LAST.lock().unwrap_or_else(PoisonError::into_inner) = ask(captured, *pipelines).ok();
        }
        result
    }
}

/// Statistics and texts of a compute pipeline's only executable.
///
/// # Safety
/// The pipeline must have been made with the capturing flags.
unsafe fn ask(captured: &Captured, pipeline: vk::Pipeline) -> Result<Executable, vk::Result> {
    let info = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline);
    let name = vk::PipelineInfoKHR::default().pipeline(pipeline);
    // SAFETY: as this function's; the texts are asked for twice, first for their sizes.
    unsafe {
        let subgroup_size = captured.executables.get_pipeline_executable_properties(&name)?[0].subgroup_size;
        let statistics = captured.executables.get_pipeline_executable_statistics(&info)?;
        let statistics = statistics.iter().map(|one| (text(&one.name), value(one))).collect();
        let mut representations = captured.executables.get_pipeline_executable_internal_representations(&info)?;
        let mut room: Vec<Vec<u8>> = representations.iter().map(|one| vec![0; one.data_size]).collect();
        for (one, room) in representations.iter_mut().zip(&mut room) {
            one.p_data = room.as_mut_ptr().cast();
        }
        let mut count = u32::try_from(representations.len()).unwrap_or(u32::MAX);
        let fetch = captured.executables.fp().get_pipeline_executable_internal_representations_khr;
        fetch(captured.executables.device(), &raw const info, &raw mut count, representations.as_mut_ptr()).result()?;
        let texts = representations.iter().zip(&room);
        let texts = texts.map(|(one, room)| (text(&one.name), String::from_utf8_lossy(room).replace('\0', "")));
        Ok(Executable { subgroup_size, statistics, texts: texts.collect() })
    }
}

fn text(name: &[std::ffi::c_char]) -> String {
    // SAFETY: the driver ends its strings, as Vulkan demands.
    unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned()
}

#[expect(clippy::cast_precision_loss, reason = "counts of instructions and registers are small")]
fn value(statistic: &vk::PipelineExecutableStatisticKHR<'_>) -> f64 {
    // SAFETY: the format says which member of the union was written.
    unsafe {
        match statistic.format {
            vk::PipelineExecutableStatisticFormatKHR::BOOL32 => f64::from(statistic.value.b32),
            vk::PipelineExecutableStatisticFormatKHR::INT64 => statistic.value.i64 as f64,
            vk::PipelineExecutableStatisticFormatKHR::UINT64 => statistic.value.u64 as f64,
            _ => statistic.value.f64,
        }
    }
}
