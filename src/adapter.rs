//! What a GPU adapter says of itself, as plain data without any GPU library's types, and how one is chosen from several.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One way to reach one GPU: the same card appears once for each backend that drives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The device's memory, where its driver tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
}

/// Kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Half-precision arithmetic and storage in shaders.
    ShaderF16,
    /// Double-precision arithmetic in shaders.
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
        })
    }
}

/// Limits of a device, in bytes, invocations or workgroups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// Size of its largest heap, in bytes.
    pub heap_bytes: u64,
    /// What nobody used of it when the device was looked at, in bytes; absent where the driver does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
}

/// Benchmarks take no more than this part of what is free: other programs go on.
const SPARE_PART: u64 = 4;

impl Memory {
    /// What benchmarks may take, in bytes: a quarter of what is free, or of the heap where only that is told.
    pub fn spare_bytes(&self) -> u64 {
        self.free_bytes.unwrap_or(self.heap_bytes) / SPARE_PART
    }
}

/// A matrix product that the device's matrix units do in one instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

    /// Whether `self` and `other` look like the same card seen through two backends.
    ///
    /// Vulkan and Direct3D 12 give the same PCI ids. Metal and GL give none, and GL decorates the name.
    fn same_card(&self, other: &Self) -> bool {
        if self.backend == other.backend {
            return false;
        }
        let ids = |adapter: &Self| (adapter.vendor_id, adapter.device_id);
        let named = self.name.starts_with(&other.name) || other.name.starts_with(&self.name);
        ids(self) == ids(other) && ids(self) != (0, 0) || named
    }
}

/// Names that software renderers go by where they do not say that they are processors.
const SOFTWARE_NAMES: [&str; 4] = ["llvmpipe", "lavapipe", "swiftshader", "microsoft basic render"];

/// Whether an adapter of this kind and name is a software renderer.
pub fn is_software(kind: AdapterKind, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    kind == AdapterKind::Software || SOFTWARE_NAMES.iter().any(|software| name.contains(software))
}

/// Why no single adapter could be chosen.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SelectError {
    /// Nothing answers at all.
    #[error(
        "no GPU adapter answers{}. Run `scripts/setup` to install a software Vulkan driver, or install the driver of your GPU \
         (in a container: pass the GPU through and set NVIDIA_DRIVER_CAPABILITIES=all)",
        .0.map(|backend| format!(" through {backend}; `gpu-assay devices` lists those of other backends")).unwrap_or_default()
    )]
    None(Option<Backend>),
    /// The query fits nothing.
    #[error("no adapter fits `{query}`; there are:\n{list}")]
    NoMatch {
        /// What was asked for.
        query: String,
        /// The adapters, one a line.
        list: String,
    },
    /// The query fits several cards.
    #[error("`{query}` fits more than one adapter; name one by its index:\n{list}")]
    Ambiguous {
        /// What was asked for.
        query: String,
        /// The adapters that fit, one a line.
        list: String,
    },
}

/// The index of the adapter to use.
///
/// `query` is an index or a part of a name. A card that several backends reach counts once, through the preferred one.
/// Without a query: discrete, integrated, virtual, unknown, and a software renderer only where there is nothing else.
///
/// # Errors
/// Where nothing answers, nothing fits, or more than one card does.
pub fn select(adapters: &[Adapter], query: Option<&str>, backend: Option<Backend>) -> Result<usize, SelectError> {
    let candidates: Vec<usize> =
        (0..adapters.len()).filter(|&i| backend.is_none_or(|wanted| adapters[i].backend == wanted)).collect();
    if candidates.is_empty() {
        return Err(SelectError::None(backend));
    }
    let Some(query) = query else {
        let rank = |&i: &usize| (adapters[i].software, adapters[i].kind, adapters[i].backend, i);
        return candidates.into_iter().min_by_key(rank).ok_or(SelectError::None(backend));
    };
    if let Ok(index) = query.parse::<usize>() {
        return candidates
            .contains(&index)
            .then_some(index)
            .ok_or_else(|| SelectError::NoMatch { query: query.to_owned(), list: list(adapters, &candidates) });
    }
    let wanted = query.to_lowercase();
    let named: Vec<usize> =
        candidates.iter().copied().filter(|&i| adapters[i].name.to_lowercase().contains(&wanted)).collect();
    let preferred: Vec<usize> = named.iter().copied().filter(|&i| !has_preferred_twin(adapters, &named, i)).collect();
    match preferred[..] {
        [] => Err(SelectError::NoMatch { query: query.to_owned(), list: list(adapters, &candidates) }),
        [index] => Ok(index),
        _ => Err(SelectError::Ambiguous { query: query.to_owned(), list: list(adapters, &preferred) }),
    }
}

/// Whether the card of adapter `index` is also among `others` through a backend that goes before.
fn has_preferred_twin(adapters: &[Adapter], others: &[usize], index: usize) -> bool {
    let adapter = &adapters[index];
    others.iter().any(|&i| adapters[i].backend < adapter.backend && adapters[i].same_card(adapter))
}

fn list(adapters: &[Adapter], indices: &[usize]) -> String {
    let line = |&i: &usize| format!("  {i}  {} ({}, {})", adapters[i].name, adapters[i].kind, adapters[i].backend);
    indices.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str, kind: AdapterKind, backend: Backend, ids: (u32, u32)) -> Adapter {
        Adapter {
            name: name.to_owned(),
            vendor_id: ids.0,
            device_id: ids.1,
            pci_address: None,
            kind,
            software: is_software(kind, name),
            backend,
            driver: String::new(),
            driver_info: String::new(),
            subgroup_size: [32, 32],
            features: vec![],
            limits: Limits {
                buffer_bytes: 1 << 31,
                storage_binding_bytes: 1 << 31,
                storage_bindings: 8,
                workgroup_memory_bytes: 32768,
                workgroup_invocations: 1024,
                workgroups_per_dimension: 65535,
            },
            cooperative_matrix: vec![],
            memory: None,
        }
    }

    fn machine() -> Vec<Adapter> {
        use AdapterKind::{Discrete, Integrated, Software};
        vec![
            adapter("llvmpipe (LLVM 15)", Software, Backend::Vulkan, (0x10005, 0)),
            adapter("Intel(R) UHD Graphics", Integrated, Backend::Vulkan, (0x8086, 0x9bc4)),
            adapter("NVIDIA A100-SXM4-40GB", Discrete, Backend::Gl, (0, 0)),
            adapter("NVIDIA A100-SXM4-40GB", Discrete, Backend::Vulkan, (0x10de, 0x20b0)),
        ]
    }

    #[test]
    fn without_a_query_the_discrete_card_wins_through_the_preferred_backend() {
        assert_eq!(select(&machine(), None, None), Ok(3), "discrete before integrated, Vulkan before GL");
        assert_eq!(select(&machine()[..2], None, None), Ok(1), "integrated before software");
        assert_eq!(select(&machine()[..1], None, None), Ok(0), "software where there is nothing else");
        assert_eq!(select(&[], None, None), Err(SelectError::None(None)), "nothing at all");
    }

    #[test]
    fn a_name_part_finds_one_card_whatever_backends_show_it() {
        assert_eq!(select(&machine(), Some("a100"), None), Ok(3), "one card, two backends");
        assert_eq!(select(&machine(), Some("a100"), Some(Backend::Gl)), Ok(2), "the backend asked for");
        assert_eq!(select(&machine(), Some("1"), None), Ok(1), "an index");
        assert!(matches!(select(&machine(), Some("radeon"), None), Err(SelectError::NoMatch { .. })), "no such name");
        assert!(matches!(select(&machine(), Some("9"), None), Err(SelectError::NoMatch { .. })), "no such index");
    }

    #[test]
    fn two_cards_of_one_name_are_ambiguous() {
        let mut adapters = machine();
        adapters.push(adapters[3].clone());
        let error = select(&adapters, Some("a100"), None).expect_err("two cards fit");
        assert!(error.to_string().contains("3  NVIDIA") && error.to_string().contains("4  NVIDIA"), "{error}");
    }

    #[test]
    fn a_slug_is_safe_in_a_file_name() {
        assert_eq!(machine()[0].slug(), "llvmpipe-llvm-15", "words joined by dashes");
        assert_eq!(adapter("../..", AdapterKind::Unknown, Backend::Gl, (0, 0)).slug(), "unnamed", "no path parts");
    }
}
