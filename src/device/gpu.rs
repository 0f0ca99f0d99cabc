//! An opened device: creation, errors, and pipelines.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::adapters::{FEATURES, Found, features};
use super::bytes;
use super::pipelines::PipelineSession;
use super::session::GpuSession;
use super::transfer::TransferSession;
use crate::adapter::Adapter;
use crate::kernel::Variant;
use crate::measure::{Device, Fault, Session, ShaderChecks};
use crate::problem::{Overhead, Problem};
use crate::units::Seconds;

/// Longest wait for a submission; a software renderer may spend seconds of it compiling.
const HANG: Duration = Duration::from_secs(60);

/// Gives the WGSL text of a variant: [`Variant::wgsl`], or in tests a text that was broken on purpose.
pub type Source = fn(&Variant) -> String;

/// A GPU that can be measured.
pub struct Gpu {
    found: Found,
    settings: Settings,
    open: Rc<OpenDevice>,
}

#[derive(Clone, Copy)]
struct Settings {
    shaders: ShaderChecks,
    submission: Seconds,
    source: Source,
}

/// What the sessions of one device share.
pub(super) struct OpenDevice {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) submission: Seconds,
    pub(super) workgroups_per_dimension: u32,
    /// Bits of a timestamp that count.
    pub(super) timestamp_bits: u32,
    settings: Settings,
    lost: Arc<Mutex<Option<String>>>,
    pipelines: RefCell<HashMap<String, wgpu::ComputePipeline>>,
}

impl Gpu {
    /// Opens a device with all of the adapter's limits and the features that a benchmark here can use.
    ///
    /// Submissions are kept shorter than `submission`. Kernels come from `source`.
    ///
    /// # Errors
    /// Where the driver refuses to create a device.
    pub fn open(found: Found, shaders: ShaderChecks, submission: Seconds, source: Source) -> Result<Self, Fault> {
        let settings = Settings { shaders, submission, source };
        let open = Rc::new(OpenDevice::create(&found, settings)?);
        Ok(Self { found, settings, open })
    }
}

impl Gpu {
    /// What destroys the device as it is now, as a driver that resets it would: for tests of what follows.
    pub fn destroyer(&self) -> impl Fn() + use<> {
        let device = self.open.device.clone();
        move || device.destroy()
    }
}

impl Device for Gpu {
    fn adapter(&self) -> &Adapter {
        &self.found.adapter
    }

    fn open(&mut self, problem: &Problem) -> Result<Box<dyn Session>, Fault> {
        let open = Rc::clone(&self.open);
        Ok(match *problem {
            Problem::Transfer { direction, path, bytes } => {
                Box::new(TransferSession::new(open, direction, path, bytes)?)
            }
            Problem::Overhead { what: Overhead::PipelineCold | Overhead::PipelineWarm, .. } => {
                Box::new(PipelineSession::new(open, *problem)?)
            }
            _ => Box::new(GpuSession::new(open, *problem)?),
        })
    }

    fn recover(&mut self) -> Result<(), Fault> {
        self.open = Rc::new(OpenDevice::create(&self.found, self.settings)?);
        Ok(())
    }
}

impl OpenDevice {
    fn create(found: &Found, settings: Settings) -> Result<Self, Fault> {
        let descriptor = descriptor(&found.handle);
        let name = &found.adapter.name;
        let refused = |error: String| Fault::Lost(format!("{name} refuses to create a device: {error}"));
        let (device, queue) = request(&found.handle, &descriptor, settings.shaders).map_err(refused)?;
        let lost = Arc::new(Mutex::new(None));
        let note = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            *note.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(format!("{reason:?} {message}").trim().to_owned());
        });
        // Errors outside of a scope follow from faults that were already reported: they must not end the process.
        device.on_uncaptured_error(Arc::new(|_| {}));
        Ok(Self {
            device,
            queue,
            submission: settings.submission,
            workgroups_per_dimension: found.adapter.limits.workgroups_per_dimension,
            timestamp_bits: timestamp_bits(&found.handle),
            settings,
            lost,
            pipelines: RefCell::new(HashMap::new()),
        })
    }

    /// Runs `make` and turns whatever the device objects to into a fault.
    pub(super) fn guarded<T>(&self, make: impl FnOnce() -> T) -> Result<T, Fault> {
        let scopes = [wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Validation]
            .map(|filter| self.device.push_error_scope(filter));
        let made = make();
        let mut fault = None;
        // Scopes end in the reverse order of their beginning.
        for scope in scopes.into_iter().rev() {
            fault = fault.or(pollster::block_on(scope.pop()));
        }
        if fault.is_some() {
            // A loss is told at a poll only; what else is objected to follows from it.
            let _ = self.device.poll(wgpu::PollType::Poll);
        }
        self.alive()?;
        match fault {
            None => Ok(made),
            Some(wgpu::Error::OutOfMemory { source }) => Err(Fault::OutOfMemory(source.to_string())),
            Some(wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. }) => {
                Err(Fault::Refused(description))
            }
        }
    }

    /// A buffer of `size` bytes.
    pub(super) fn buffer(&self, label: &str, size: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, Fault> {
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        self.guarded(|| self.device.create_buffer(&descriptor))
    }

    /// Waits until the queue is empty.
    pub(super) fn wait(&self) -> Result<(), Fault> {
        let outcome = self.device.poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(HANG) });
        self.alive()?;
        outcome.map(|_| ()).map_err(|_| Fault::Hang(HANG.as_secs()))
    }

    /// Whether the device has not been lost.
    fn alive(&self) -> Result<(), Fault> {
        match &*self.lost.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(why) => Err(Fault::Lost(why.clone())),
        }
    }

    /// The pipeline of `variant`, compiled once.
    pub(super) fn pipeline(&self, variant: &Variant) -> Result<wgpu::ComputePipeline, Fault> {
        let text = self.text(variant);
        if let Some(pipeline) = self.pipelines.borrow().get(&text) {
            return Ok(pipeline.clone());
        }
        let pipeline = self.fresh_pipeline(variant, &text)?;
        self.pipelines.borrow_mut().insert(text, pipeline.clone());
        Ok(pipeline)
    }

    /// The text of `variant`.
    pub(super) fn text(&self, variant: &Variant) -> String {
        (self.settings.source)(variant)
    }

    /// A new pipeline of `variant`, of which `text` is the text.
    pub(super) fn fresh_pipeline(&self, variant: &Variant, text: &str) -> Result<wgpu::ComputePipeline, Fault> {
        let compile = || compile(&self.device, variant, text, self.settings.shaders);
        let compiled = self.guarded(compile).and_then(|outcome| outcome.map_err(Fault::Refused));
        compiled.map_err(|fault| match fault {
            Fault::Refused(why) => Fault::Refused(format!(
                "shaders/{} (after {} lines of prelude): {why}",
                variant.shader().unwrap_or_default(),
                variant.prelude_lines()
            )),
            other => other,
        })
    }
}

/// Bits of a timestamp that count; other APIs than Vulkan give all of them.
fn timestamp_bits(adapter: &wgpu::Adapter) -> u32 {
    #[cfg(not(target_vendor = "apple"))]
    if let Some(bits) = super::vulkan::timestamp_bits(adapter) {
        return bits;
    }
    #[cfg(target_vendor = "apple")]
    let _ = adapter;
    u64::BITS
}

/// What this program asks of `adapter`: all of its limits, and the features that a benchmark here can use.
pub fn descriptor(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
    let wanted =
        FEATURES.into_iter().fold(wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS, |all, (flag, _)| all | flag);
    #[expect(unsafe_code, reason = "cooperative matrices are experimental in wgpu; every answer is checked")]
    let experimental_features = unsafe { wgpu::ExperimentalFeatures::enabled() };
    wgpu::DeviceDescriptor {
        label: Some("gpu-assay"),
        required_features: wanted & features(adapter),
        required_limits: adapter.limits(),
        experimental_features,
        memory_hints: wgpu::MemoryHints::Performance,
        trace: wgpu::Trace::Off,
    }
}

/// A device without the driver's bounds checks, where that can be had and no checks are wanted.
fn request(
    adapter: &wgpu::Adapter,
    descriptor: &wgpu::DeviceDescriptor<'_>,
    shaders: ShaderChecks,
) -> Result<(wgpu::Device, wgpu::Queue), String> {
    #[cfg(not(target_vendor = "apple"))]
    if shaders == ShaderChecks::Unchecked {
        #[expect(
            unsafe_code,
            reason = "the driver is asked for what it offers; tests run the kernels with checks on as well"
        )]
        let opened = unsafe {
            super::vulkan::open(adapter, descriptor, &[], |instance, device, info| {
                instance.create_device(device, &info, None)
            })
        };
        if let Some(outcome) = opened {
            return outcome;
        }
    }
    pollster::block_on(adapter.request_device(descriptor)).map_err(|error| error.to_string())
}

/// The pipeline of `variant` with the WGSL `text`, as it is measured. Errors of the device go to its error scopes.
///
/// # Errors
/// What is wrong with the text of a kernel that is not given to wgpu as WGSL.
pub fn compile(
    device: &wgpu::Device,
    variant: &Variant,
    text: &str,
    checks: ShaderChecks,
) -> Result<wgpu::ComputePipeline, String> {
    let label = format!("{} {}", variant.benchmark.id, variant.shape);
    let checked = checks == ShaderChecks::Checked;
    let (module, layout) = match variant.bytes_in_fragments() {
        None => (trusted(device, &label, text, checked), None),
        Some(fragment) => {
            let words = bytes::spirv(text, fragment, checks)?;
            (passed_through(device, &label, &words), Some(layout_of_product(device)))
        }
    };
    Ok(device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(&label),
        layout: layout.as_ref(),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: &[],
            zero_initialize_workgroup_memory: checked,
        },
        cache: None,
    }))
}

fn trusted(device: &wgpu::Device, label: &str, text: &str, checked: bool) -> wgpu::ShaderModule {
    let source = wgpu::ShaderSource::Wgsl(text.into());
    let checks = if checked { wgpu::ShaderRuntimeChecks::checked() } else { wgpu::ShaderRuntimeChecks::unchecked() };
    #[expect(unsafe_code, reason = "the kernels are this project's own; tests run them with checks on as well")]
    unsafe {
        device.create_shader_module_trusted(wgpu::ShaderModuleDescriptor { label: Some(label), source }, checks)
    }
}

fn passed_through(device: &wgpu::Device, label: &str, words: &[u32]) -> wgpu::ShaderModule {
    // The size counts on Metal only.
    let main = wgpu::PassthroughShaderEntryPoint { name: "main".into(), workgroup_size: (1, 1, 1) };
    #[expect(unsafe_code, reason = "the words are naga's, of this project's own kernels; only types were replaced")]
    unsafe {
        device.create_shader_module_passthrough(wgpu::ShaderModuleDescriptorPassthrough {
            label: Some(label),
            entry_points: vec![main].into(),
            spirv: Some(words.into()),
            ..wgpu::ShaderModuleDescriptorPassthrough::default()
        })
    }
}

/// The bindings of a kernel with two inputs, which wgpu reads out of WGSL but not out of SPIR-V.
fn layout_of_product(device: &wgpu::Device) -> wgpu::PipelineLayout {
    let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
    let buffers = [wgpu::BufferBindingType::Uniform, storage(false), storage(true), storage(true)];
    let entries: Vec<_> = (0..)
        .zip(buffers)
        .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
            count: None,
        })
        .collect();
    let group = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries });
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&group)],
        immediate_size: 0,
    })
}
