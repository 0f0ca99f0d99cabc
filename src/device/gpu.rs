//! An opened device: creation, buffers, waiting.

use std::rc::Rc;
use std::thread;
use std::time::Duration;

use super::adapters::{FEATURES, Found, features};
use super::compiler::{Compiler, Source};
use super::pipelines::PipelineSession;
use super::session::GpuSession;
use super::transfer::TransferSession;
use super::watched::Watched;
use crate::adapter::Adapter;
use crate::measure::{Device, Fault, Session, ShaderChecks};
use crate::problem::{Overhead, OverheadKind, Problem};
use crate::units::Seconds;

/// Longest wait for a submission of a card, none of which is meant to last a second; a software renderer may spend many of it compiling.
const HANG: Duration = Duration::from_secs(20);
const HANG_IN_SOFTWARE: Duration = Duration::from_secs(60);

/// How often a fresh device is asked for after a loss, and the pause between: a driver that resets a card takes a moment.
const ATTEMPTS: usize = 4;
const PAUSE: Duration = Duration::from_secs(1);

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
    pub(super) device: Watched,
    pub(super) compiler: Compiler,
    pub(super) queue: wgpu::Queue,
    pub(super) submission: Seconds,
    pub(super) workgroups_per_dimension: u32,
    /// Bits of a timestamp that count.
    pub(super) timestamp_bits: u32,
    /// How long a submission may take.
    patience: Duration,
}

impl Gpu {
    /// Opens a device with all of the adapter's limits and the features that a benchmark here can use.
    ///
    /// Submissions are kept shorter than `submission`. Kernels come from `source`.
    ///
    /// # Errors
    /// Fails if the driver refuses to create a device.
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
            Problem::Transfer(transfer) => Box::new(TransferSession::new(open, transfer)?),
            Problem::Overhead(Overhead { what: OverheadKind::PipelineCold | OverheadKind::PipelineWarm, .. }) => {
                Box::new(PipelineSession::new(open, *problem)?)
            }
            _ => Box::new(GpuSession::new(open, *problem)?),
        })
    }

    fn recover(&mut self) -> Result<(), Fault> {
        let mut attempt = OpenDevice::create(&self.found, self.settings);
        for _ in 1..ATTEMPTS {
            if attempt.is_ok() {
                break;
            }
            thread::sleep(PAUSE);
            attempt = OpenDevice::create(&self.found, self.settings);
        }
        self.open = Rc::new(attempt?);
        Ok(())
    }
}

impl OpenDevice {
    fn create(found: &Found, settings: Settings) -> Result<Self, Fault> {
        let descriptor = descriptor(&found.handle);
        let name = &found.adapter.name;
        let refused = |error: String| Fault::NoDevice(format!("{name} refuses to create a device: {error}"));
        let (device, queue) = request(&found.handle, &descriptor, settings.shaders).map_err(refused)?;
        let device = Watched::new(device);
        Ok(Self {
            compiler: Compiler::new(device.clone(), settings.shaders, settings.source),
            device,
            queue,
            submission: settings.submission,
            workgroups_per_dimension: found.adapter.limits.workgroups_per_dimension,
            timestamp_bits: timestamp_bits(&found.handle),
            patience: if found.adapter.software { HANG_IN_SOFTWARE } else { HANG },
        })
    }

    /// A buffer of `size` bytes.
    pub(super) fn buffer(&self, label: &str, size: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, Fault> {
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        self.device.guarded(|| self.device.create_buffer(&descriptor))
    }

    /// Waits until the queue is empty.
    pub(super) fn wait(&self) -> Result<(), Fault> {
        let outcome = self.device.poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(self.patience) });
        self.device.alive()?;
        outcome.map(|_| ()).map_err(|_| Fault::Hang(self.patience.as_secs()))
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
    // Without a name of their own in the record: both only widen how something is timed.
    let beside = wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS | wgpu::Features::MAPPABLE_PRIMARY_BUFFERS;
    let wanted = FEATURES.into_iter().fold(beside, |all, (flag, _)| all | flag);
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

/// A device with what wgpu leaves out, where that can be had: types of matrices, and no bounds checks of the driver's unless they are wanted.
fn request(
    adapter: &wgpu::Adapter,
    descriptor: &wgpu::DeviceDescriptor<'_>,
    shaders: ShaderChecks,
) -> Result<(wgpu::Device, wgpu::Queue), String> {
    #[cfg(not(target_vendor = "apple"))]
    {
        #[expect(
            unsafe_code,
            reason = "the driver is asked for what it offers; tests run the kernels with checks on as well"
        )]
        let opened = unsafe {
            super::vulkan::open(adapter, descriptor, shaders, &[], |instance, device, info| {
                instance.create_device(device, &info, None)
            })
        };
        if let Some(outcome) = opened {
            return outcome;
        }
    }
    #[cfg(target_vendor = "apple")]
    let _ = shaders;
    pollster::block_on(adapter.request_device(descriptor)).map_err(|error| error.to_string())
}
