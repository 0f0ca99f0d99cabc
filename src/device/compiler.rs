//! Kernels become pipelines: when they are wanted, or on another thread before.

use std::cell::RefCell;
use std::collections::HashMap;

use super::ahead::Ahead;
use super::group_matrices::of_workgroup;
use super::spirv;
use super::watched::Watched;
use crate::kernel::{Shape, Variant};
use crate::measure::{Fault, ShaderChecks};

/// Gives the WGSL text of a variant: [`Variant::wgsl`], or in tests a text that was broken on purpose.
pub type Source = fn(&Variant) -> String;

/// Compiles the kernels of one device, each once.
pub(super) struct Compiler {
    device: Watched,
    shaders: ShaderChecks,
    source: Source,
    pipelines: RefCell<HashMap<String, wgpu::ComputePipeline>>,
    ahead: RefCell<Ahead>,
}

impl Compiler {
    pub(super) fn new(device: Watched, shaders: ShaderChecks, source: Source) -> Self {
        Self { device, shaders, source, pipelines: RefCell::default(), ahead: RefCell::default() }
    }

    /// The text of `variant`.
    pub(super) fn text(&self, variant: &Variant) -> String {
        (self.source)(variant)
    }

    /// The pipeline of `variant`, compiled once.
    pub(super) fn pipeline(&self, variant: &Variant) -> Result<wgpu::ComputePipeline, Fault> {
        let text = self.text(variant);
        if let Some(pipeline) = self.pipelines.borrow().get(&text) {
            return Ok(pipeline.clone());
        }
        match self.end() {
            Some((known, made)) if known == text => made,
            _ => {
                let pipeline = self.fresh_pipeline(variant, &text)?;
                self.pipelines.borrow_mut().insert(text, pipeline.clone());
                Ok(pipeline)
            }
        }
    }

    /// A new pipeline of `variant`, of which `text` is the text.
    pub(super) fn fresh_pipeline(&self, variant: &Variant, text: &str) -> Result<wgpu::ComputePipeline, Fault> {
        fresh(&self.device, self.shaders, variant, text)
    }

    /// Begins to compile `variant` on another thread; [`Self::pipeline`] waits for it. Nothing happens where it is compiled, or another one still is.
    pub(super) fn begin(&self, variant: &Variant) {
        let text = self.text(variant);
        if variant.shader().is_none() || self.pipelines.borrow().contains_key(&text) {
            return;
        }
        let (device, shaders, variant) = (self.device.clone(), self.shaders, *variant);
        self.ahead.borrow_mut().begin(text, move |text| fresh(&device, shaders, &variant, text));
    }

    /// Waits until nothing is compiled on another thread, and keeps what came of it.
    pub(super) fn end(&self) -> Option<(String, Result<wgpu::ComputePipeline, Fault>)> {
        let (text, made) = self.ahead.borrow_mut().end()?;
        if let Ok(pipeline) = &made {
            self.pipelines.borrow_mut().insert(text.clone(), pipeline.clone());
        }
        Some((text, made))
    }
}

/// A new pipeline of `variant`, of which `text` is the text.
fn fresh(
    device: &Watched,
    shaders: ShaderChecks,
    variant: &Variant,
    text: &str,
) -> Result<wgpu::ComputePipeline, Fault> {
    let compiled = device.guarded(|| compile(device, variant, text, shaders));
    let refused = |why: String| {
        let (file, prelude) = (variant.shader().unwrap_or_default(), variant.prelude_lines());
        Fault::KernelRefused(format!("shaders/{file} (after {prelude} lines of prelude): {why}"))
    };
    match compiled {
        Ok(outcome) => outcome.map_err(refused),
        Err(Fault::CallRefused(why)) => Err(refused(why)),
        Err(other) => Err(other),
    }
}

/// The pipeline of `variant` with the WGSL `text`, as it is measured. Errors of the device go to its error scopes.
///
/// # Errors
/// What is wrong with the text of a kernel that is not given to wgpu as WGSL, and what the driver says that refuses one.
pub fn compile(
    device: &wgpu::Device,
    variant: &Variant,
    text: &str,
    checks: ShaderChecks,
) -> Result<wgpu::ComputePipeline, String> {
    let label = format!("{} {}", variant.benchmark.id, variant.shape);
    let checked = checks == ShaderChecks::Checked;
    #[cfg(not(target_vendor = "apple"))]
    let taken = super::vulkan::takes_spirv(device);
    #[cfg(target_vendor = "apple")]
    let taken: Option<spirv::TakesSpirv> = None;
    let (module, layout) = match taken {
        Some(how) => {
            let kernel = spirv::kernel(text, variant.packed(), checks, how.unroll && !checked)?;
            let words = match variant.shape {
                // What naga checks is where a load begins, and these reach over a whole tile.
                Shape::GroupFragments(_) if checked => {
                    return Err("matrices of a workgroup cannot be had with run-time checks (--checked)".to_owned());
                }
                Shape::GroupFragments(fragments) => of_workgroup(&kernel.words, &fragments),
                _ => kernel.words,
            };
            (passed_through(device, &label, &words), Some(layout_of(device, &kernel.bindings)))
        }
        None if variant.packed().is_some() => return Err("fragments of its types need Vulkan 1.3".to_owned()),
        None => (trusted(device, &label, text, checked), None),
    };
    let descriptor = wgpu::ComputePipelineDescriptor {
        // A pipeline that the driver refuses is none, and has no name.
        label: None,
        layout: layout.as_ref(),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: &[],
            zero_initialize_workgroup_memory: checked,
        },
        cache: None,
    };
    #[cfg(not(target_vendor = "apple"))]
    return super::refusals::asked(|| device.create_compute_pipeline(&descriptor));
    #[cfg(target_vendor = "apple")]
    Ok(device.create_compute_pipeline(&descriptor))
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

/// The layout of `bindings`, which wgpu reads out of WGSL but not out of SPIR-V.
fn layout_of(device: &wgpu::Device, bindings: &[(u32, Option<bool>)]) -> wgpu::PipelineLayout {
    let kind = |read_only: Option<bool>| {
        read_only.map_or(wgpu::BufferBindingType::Uniform, |read_only| wgpu::BufferBindingType::Storage { read_only })
    };
    let entries: Vec<_> = bindings
        .iter()
        .map(|&(binding, read_only)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty: kind(read_only), has_dynamic_offset: false, min_binding_size: None },
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
