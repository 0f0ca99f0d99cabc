//! What a GPU adapter says of itself, as plain data without any GPU library's types, and how one is chosen from several.

mod cards;
mod choice;
mod query;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use cards::{equal_cards, forget_shared_addresses};
pub use choice::{SelectError, handle, select};

/// One way to reach one GPU: the same card appears once for each backend that drives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Adapter {
    /// Name as the driver reports it.
    pub name: String,
    /// PCI vendor id, or the backend's own number where it has none (Metal and GL give 0).
    pub vendor_id: u32,
    /// PCI device id, with the same caveat.
    pub device_id: u32,
    /// PCI address such as `0000:01:00.0`, where the driver tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pci_address: Option<String>,
    /// UUID of the device such as `0116022a-9cd6-b0a9-6212-4cf5de3361a9`, where the driver tells it (Vulkan's `deviceUUID`; NVIDIA's tools write
    /// `GPU-` before it).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// Discrete, integrated, virtual, software or unknown.
    pub kind: AdapterKind,
    /// Whether a processor computes in place of a GPU. Such a device is measured and marked, and gets no verdict.
    pub software: bool,
    /// API through which the adapter is reached.
    pub backend: Backend,
    /// Driver name.
    pub driver: String,
    /// Driver version and build, as the driver words it.
    pub driver_info: String,
    /// Smallest and largest number of invocations in a subgroup.
    pub subgroup_size: [u32; 2],
    /// Optional features that a benchmark here can use.
    pub features: Vec<Feature>,
    /// Limits that decide which problems and variants fit.
    pub limits: Limits,
    /// Cooperative-matrix shapes (M×N×K, input and accumulator type) that the driver lists.
    pub cooperative_matrix: Vec<MatrixShape>,
    /// Matrices that a workgroup can hold together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workgroup_matrix: Vec<WorkgroupMatrix>,
    /// The device's memory, where its driver tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
}

impl Adapter {
    /// The PCI id as lists write it: `10de:20b2`.
    pub fn pci_id(&self) -> String {
        format!("{:04x}:{:04x}", self.vendor_id, self.device_id)
    }
}

/// Kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A card with memory of its own.
    Discrete,
    /// Shares memory with the processor.
    Integrated,
    /// A GPU lent to a virtual machine.
    Virtual,
    /// The driver does not say.
    Unknown,
    /// Software rendering on the processor.
    Software,
}

/// API that reaches a device; the order is the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Vulkan.
    Vulkan,
    /// Metal.
    Metal,
    /// Direct3D 12.
    Dx12,
    /// OpenGL or OpenGL ES.
    Gl,
}

impl Backend {
    /// Every backend, by preference.
    pub const ALL: [Self; 4] = [Self::Vulkan, Self::Metal, Self::Dx12, Self::Gl];

    /// The backends that drivers are made for today.
    pub const NATIVE: [Self; 3] = [Self::Vulkan, Self::Metal, Self::Dx12];
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Dx12 => "dx12",
            Self::Gl => "gl",
        })
    }
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Unknown => "unknown",
            Self::Software => "software",
        })
    }
}

/// An optional device feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// f16 arithmetic and storage in shaders.
    ShaderF16,
    /// f64 arithmetic in shaders.
    ShaderF64,
    /// 64-bit integers in shaders.
    ShaderInt64,
    /// Subgroup operations.
    Subgroup,
    /// GPU timestamps at the ends of a pass.
    TimestampQuery,
    /// Cooperative matrices (matrix units).
    CooperativeMatrix,
    /// Shaders in the driver's own format.
    PassthroughShaders,
    /// BF16 in shaders and in their cooperative matrices (`VK_KHR_shader_bfloat16`).
    ShaderBfloat16,
    /// FP8 in shaders and in their cooperative matrices (`VK_EXT_shader_float8`).
    ShaderFloat8,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ShaderF16 => "shader-f16",
            Self::ShaderF64 => "shader-f64",
            Self::ShaderInt64 => "shader-int64",
            Self::Subgroup => "subgroup",
            Self::TimestampQuery => "timestamp-query",
            Self::CooperativeMatrix => "cooperative-matrix",
            Self::PassthroughShaders => "passthrough-shaders",
            Self::ShaderBfloat16 => "shader-bfloat16",
            Self::ShaderFloat8 => "shader-float8",
        })
    }
}

/// Limits of a device, in bytes, invocations or workgroups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Limits {
    /// Largest buffer, in bytes.
    pub buffer_bytes: u64,
    /// Largest part of a buffer that a shader can be given as one storage binding, in bytes.
    pub storage_binding_bytes: u64,
    /// Storage bindings of one shader.
    pub storage_bindings: u32,
    /// Memory shared by a workgroup, in bytes.
    pub workgroup_memory_bytes: u32,
    /// Invocations in a workgroup.
    pub workgroup_invocations: u32,
    /// Workgroups in each dimension of a dispatch.
    pub workgroups_per_dimension: u32,
}

impl Limits {
    /// The largest array a shader can be given, in bytes.
    pub fn array_bytes(&self) -> u64 {
        self.buffer_bytes.min(self.storage_binding_bytes)
    }
}

/// Memory that buffers of the device lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Memory {
    /// Size of its largest heap, in bytes.
    pub heap_bytes: u64,
    /// Bytes of it that were free when the device was looked at; absent if the driver does not report them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
}

/// Benchmarks take no more than this part of what is free: other programs go on.
const SPARE_PART: u64 = 4;

impl Memory {
    /// The largest heap in gigabytes of a billion bytes, as makers count.
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory as gigabytes")]
    pub fn heap_gb(&self) -> f64 {
        self.heap_bytes as f64 * 1e-9
    }

    /// Bytes that benchmarks may take: a quarter of the free memory, or of the heap if only its size is known.
    pub fn spare_bytes(&self) -> u64 {
        self.free_bytes.unwrap_or(self.heap_bytes) / SPARE_PART
    }
}

/// A matrix product that the device's matrix units do in one instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MatrixShape {
    /// Rows of A and C.
    pub m: u32,
    /// Columns of B and C.
    pub n: u32,
    /// Columns of A, rows of B.
    pub k: u32,
    /// Type of A and B.
    pub input: String,
    /// Type of the accumulator.
    pub accumulator: String,
}

/// A matrix product that the invocations of a workgroup do together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkgroupMatrix {
    /// Granularity of the sizes M, N and K.
    pub granularity: [u32; 3],
    /// Type of A and B.
    pub input: String,
    /// Type of the accumulator.
    pub accumulator: String,
    /// Invocations of the workgroup.
    pub invocations: u32,
    /// None of the sizes may be larger.
    pub largest_side: u32,
    /// Bytes of workgroup memory that the driver keeps for itself.
    pub reserved_bytes: u32,
}

impl fmt::Display for MatrixShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{} {}→{}", self.m, self.n, self.k, self.input, self.accumulator)
    }
}

impl Adapter {
    /// Whether the device has `feature`.
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Whether kernels can be given in SPIR-V, with types that WGSL does not have.
    pub fn takes_spirv(&self) -> bool {
        self.backend == Backend::Vulkan && self.features.contains(&Feature::PassthroughShaders)
    }

    /// Invocations of a subgroup, where there are subgroups and all have the same size.
    pub fn lanes(&self) -> Option<u32> {
        let [least, most] = self.subgroup_size;
        (least == most && least > 1 && self.has(Feature::Subgroup)).then_some(least)
    }

    /// A word for file names: lower-case letters and digits of the name, joined by dashes, at most 40 characters.
    pub fn slug(&self) -> String {
        let words = self.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
        let short = slug.get(..40).unwrap_or(&slug).trim_end_matches('-');
        if short.is_empty() { "unnamed".to_owned() } else { short.to_owned() }
    }

    /// A warning about the API's compiler, and what to do about it. Direct3D 12 compiles with FXC if it finds no DXC, and then has
    /// nothing of shader model 6.
    pub fn compiler_warning(&self) -> Option<&'static str> {
        let has_model_6 =
            [Feature::Subgroup, Feature::ShaderInt64, Feature::ShaderF16].iter().any(|one| self.has(*one));
        (self.backend == Backend::Dx12 && !has_model_6).then_some(
            "Direct3D 12 found no dxcompiler.dll: FXC compiles, which has no half precision and no subgroups and takes minutes. Put dxcompiler.dll \
             (1.8.2502 or later) beside this program, or take --backend vulkan",
        )
    }

    /// The driver and its version; one of the two may be empty.
    pub fn whole_driver(&self) -> String {
        format!("{} {}", self.driver.trim(), self.driver_info.trim()).trim().to_owned()
    }

    /// Identity of the card among others of its name: its PCI address, its UUID, or both.
    pub fn place(&self) -> Option<String> {
        let address = self.pci_address.iter().map(|address| format!("PCI {address}"));
        let parts: Vec<String> = address.chain(self.uuid.iter().map(|uuid| format!("UUID {uuid}"))).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// Names that software renderers go by where they do not say that they are processors.
const SOFTWARE_NAMES: [&str; 4] = ["llvmpipe", "lavapipe", "swiftshader", "microsoft basic render"];

/// Whether an adapter of this kind and name is a software renderer.
pub fn is_software(kind: AdapterKind, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    kind == AdapterKind::Software || SOFTWARE_NAMES.iter().any(|software| name.contains(software))
}

#[cfg(test)]
pub(crate) mod made;

#[cfg(test)]
mod tests {
    use super::made::adapter;
    use super::{Adapter, AdapterKind, Backend, Feature};

    #[test]
    fn a_slug_is_safe_in_a_file_name() {
        let slug = |name| adapter(name, AdapterKind::Unknown, Backend::Gl, (0, 0)).slug();
        assert_eq!(slug("llvmpipe (LLVM 15)"), "llvmpipe-llvm-15", "words joined by dashes");
        assert_eq!(slug("../.."), "unnamed", "no path parts");
    }

    #[test]
    fn direct3d_without_dxc_is_told_by_what_it_lacks() {
        let warned = |backend, features: &[Feature]| {
            let made = adapter("NVIDIA GeForce RTX 4090", AdapterKind::Discrete, backend, (0x10de, 0x2684));
            Adapter { features: features.to_vec(), ..made }.compiler_warning().is_some()
        };
        assert!(warned(Backend::Dx12, &[Feature::TimestampQuery]), "shader model 5.1");
        assert!(!warned(Backend::Dx12, &[Feature::Subgroup]), "shader model 6");
        assert!(!warned(Backend::Vulkan, &[]), "another API has another compiler");
    }
}
