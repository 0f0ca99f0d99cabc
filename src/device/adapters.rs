//! Enumeration of adapters, and their description in this project's own terms.

use crate::adapter::{
    Adapter, AdapterKind, Backend, Feature, Limits, MatrixShape, Memory, forget_shared_addresses, is_software,
};

/// A Vulkan device and its driver, by what is harmless to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// What the device calls itself.
    pub device: String,
    /// What its driver calls itself, with its version.
    pub driver: String,
    /// Device, driver and build, in one line.
    pub identity: String,
}

/// An adapter and its description.
#[derive(Debug)]
pub struct Found {
    pub(super) handle: wgpu::Adapter,
    /// What the adapter says of itself.
    pub adapter: Adapter,
}

impl Found {
    /// wgpu's own adapter.
    pub fn handle(&self) -> &wgpu::Adapter {
        &self.handle
    }
}

/// Every adapter of `backends` that this platform has, in the order the drivers give; those of one backend stand together, GL last.
pub fn enumerate(backends: &[Backend]) -> Vec<Found> {
    enumerate_with(backends, &mut |_| true)
}

/// The same, without the devices of Vulkan drivers that `may` not be asked all that it takes to describe them.
pub fn enumerate_with(backends: &[Backend], may: &mut dyn FnMut(&Driver) -> bool) -> Vec<Found> {
    let flag = |backend: &Backend| match backend {
        Backend::Vulkan => wgpu::Backends::VULKAN,
        Backend::Metal => wgpu::Backends::METAL,
        Backend::Dx12 => wgpu::Backends::DX12,
        Backend::Gl => wgpu::Backends::GL,
    };
    let backends = backends.iter().map(flag).fold(wgpu::Backends::empty(), |all, flag| all | flag);
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        // No validation layers: they would be timed with the kernels. Drivers that have not passed the conformance tests are
        // listed too; every answer is checked anyway.
        flags: wgpu::InstanceFlags::ALLOW_UNDERLYING_NONCOMPLIANT_ADAPTER,
        backend_options: wgpu::BackendOptions {
            // Windows looks for dxcompiler.dll beside the program first; without it FXC compiles.
            dx12: wgpu::Dx12BackendOptions { shader_compiler: wgpu::Dx12Compiler::Auto, ..Default::default() },
            ..Default::default()
        },
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let (of_some, others) = allowed(&instance, backends, may);
    let listed = pollster::block_on(instance.enumerate_adapters(others));
    let adapters = of_some.into_iter().chain(listed);
    let describe = |handle| Some(Found { adapter: describe(&handle)?, handle });
    let mut found: Vec<Found> = adapters.filter_map(describe).collect();
    forget_shared_addresses(&mut found.iter_mut().map(|found| &mut found.adapter).collect::<Vec<_>>());
    found
}

/// The Vulkan adapters that may be listed, where others may not, and the backends that wgpu may list as they are.
fn allowed(
    instance: &wgpu::Instance,
    backends: wgpu::Backends,
    may: &mut dyn FnMut(&Driver) -> bool,
) -> (Vec<wgpu::Adapter>, wgpu::Backends) {
    #[cfg(not(target_vendor = "apple"))]
    if let Some(some) = super::drivers::adapters(instance, may) {
        return (some, backends - wgpu::Backends::VULKAN);
    }
    #[cfg(target_vendor = "apple")]
    let _ = (instance, may);
    (Vec::new(), backends)
}

/// `None` for a backend that computes nothing here (the browser's, wgpu's own no-op).
fn describe(handle: &wgpu::Adapter) -> Option<Adapter> {
    let info = handle.get_info();
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
        wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
        wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
        wgpu::DeviceType::Cpu => AdapterKind::Software,
        wgpu::DeviceType::Other => AdapterKind::Unknown,
    };
    let backend = match info.backend {
        wgpu::Backend::Vulkan => Backend::Vulkan,
        wgpu::Backend::Metal => Backend::Metal,
        wgpu::Backend::Dx12 => Backend::Dx12,
        wgpu::Backend::Gl => Backend::Gl,
        wgpu::Backend::Noop | wgpu::Backend::BrowserWebGpu => return None,
    };
    let offered = features(handle);
    let (pci_address, uuid) = place(handle, info.device_pci_bus_id);
    Some(Adapter {
        software: is_software(kind, &info.name),
        name: info.name,
        vendor_id: info.vendor,
        device_id: info.device,
        pci_address,
        uuid,
        kind,
        backend,
        driver: info.driver,
        driver_info: info.driver_info,
        subgroup_size: [info.subgroup_min_size, info.subgroup_max_size],
        features: named(handle, offered),
        limits: limits(&handle.limits()),
        cooperative_matrix: matrix_shapes(handle),
        workgroup_matrix: workgroup_matrices(handle),
        memory: memory(handle),
    })
}

/// PCI address and UUID, where the driver tells them; `known` is the address that wgpu found.
fn place(handle: &wgpu::Adapter, known: String) -> (Option<String>, Option<String>) {
    let known = Some(known).filter(|address| !address.is_empty());
    #[cfg(not(target_vendor = "apple"))]
    if let Some(place) = super::place::of(handle) {
        return (place.pci_address.or(known), place.uuid);
    }
    #[cfg(target_vendor = "apple")]
    let _ = handle;
    (known, None)
}

/// wgpu's flags for the features that matter here.
pub(super) const FEATURES: [(wgpu::Features, Feature); 7] = [
    (wgpu::Features::SHADER_F16, Feature::ShaderF16),
    (wgpu::Features::SHADER_F64, Feature::ShaderF64),
    (wgpu::Features::SHADER_INT64, Feature::ShaderInt64),
    (wgpu::Features::SUBGROUP, Feature::Subgroup),
    (wgpu::Features::TIMESTAMP_QUERY, Feature::TimestampQuery),
    (wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX, Feature::CooperativeMatrix),
    (wgpu::Features::PASSTHROUGH_SHADERS, Feature::PassthroughShaders),
];

const MATRICES: wgpu::Features = wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX;

/// What an adapter offers, without what its driver would then refuse.
pub(super) fn features(handle: &wgpu::Adapter) -> wgpu::Features {
    let offered = handle.features();
    #[cfg(not(target_vendor = "apple"))]
    if offered.contains(MATRICES) && super::vulkan::has_cooperative_matrices(handle) == Some(false) {
        return offered - MATRICES;
    }
    offered
}

/// The features here among those `offered`, and those that wgpu does not know.
fn named(handle: &wgpu::Adapter, offered: wgpu::Features) -> Vec<Feature> {
    let known = FEATURES.into_iter().filter(|(flag, _)| offered.contains(*flag)).map(|(_, name)| name);
    #[cfg(not(target_vendor = "apple"))]
    let known = known.chain(super::narrow::Narrow::of(handle).features());
    #[cfg(target_vendor = "apple")]
    let _ = handle;
    known.collect()
}

fn limits(limits: &wgpu::Limits) -> Limits {
    Limits {
        buffer_bytes: limits.max_buffer_size,
        storage_binding_bytes: limits.max_storage_buffer_binding_size,
        storage_bindings: limits.max_storage_buffers_per_shader_stage,
        workgroup_memory_bytes: limits.max_compute_workgroup_storage_size,
        workgroup_invocations: limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x),
        workgroups_per_dimension: limits.max_compute_workgroups_per_dimension,
    }
}

/// The matrices of workgroups that the driver lists, where it has matrix units for kernels here.
fn workgroup_matrices(handle: &wgpu::Adapter) -> Vec<crate::adapter::WorkgroupMatrix> {
    #[cfg(not(target_vendor = "apple"))]
    if features(handle).contains(MATRICES | wgpu::Features::PASSTHROUGH_SHADERS) {
        return super::matrix2::workgroup_matrices(handle);
    }
    Vec::new()
}

/// The device's memory, where the API tells of it.
fn memory(handle: &wgpu::Adapter) -> Option<Memory> {
    #[cfg(not(target_vendor = "apple"))]
    return super::memory::memory(handle);
    #[cfg(target_vendor = "apple")]
    {
        let _ = handle;
        None
    }
}

/// The shapes that the driver lists, where it offers the feature: RADV lists shapes for cards that have none.
fn matrix_shapes(handle: &wgpu::Adapter) -> Vec<MatrixShape> {
    if !features(handle).contains(MATRICES) {
        return Vec::new();
    }
    #[cfg(not(target_vendor = "apple"))]
    if let Some(shapes) = super::vulkan::matrix_shapes(handle) {
        return shapes;
    }
    let name = |scalar: wgpu::CooperativeScalarType| format!("{scalar:?}").to_lowercase();
    let shape = |properties: wgpu::CooperativeMatrixProperties| MatrixShape {
        m: properties.m_size,
        n: properties.n_size,
        k: properties.k_size,
        input: name(properties.ab_type),
        accumulator: name(properties.cr_type),
    };
    handle.cooperative_matrix_properties().into_iter().map(shape).collect()
}
