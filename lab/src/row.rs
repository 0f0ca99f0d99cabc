//! What became of one kernel on one chip.

use serde::{Deserialize, Serialize};

use crate::chips::Chip;
use crate::executable::Executable;
use crate::machine_code::{Dialect, Profile, analyse};

/// One kernel in one shape on one chip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) kernel: String,
    pub(crate) variant: String,
    pub(crate) chip: String,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

/// How compiling ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Compiled(Code),
    /// The chip cannot run it: why.
    Unsupported(String),
    /// It should have compiled: what happened.
    Failed(String),
}

/// The machine code of a kernel, in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Code {
    /// Invocations in a subgroup, as compiled.
    pub(crate) subgroup_size: u32,
    /// Instructions of the whole program.
    pub(crate) program: u32,
    /// Whether `profile` is of a loop, or of the whole program because no loop computes.
    pub(crate) is_loop: bool,
    pub(crate) profile: Profile,
    /// What the next loop out does beside it: of a product whose step along K is a loop of its own, filling the tiles.
    #[serde(default)]
    pub(crate) around: Profile,
    /// Vector registers of an invocation.
    pub(crate) registers: u32,
    /// Registers written to memory or read back.
    pub(crate) spills: u32,
    /// Scratch memory of an invocation, in bytes.
    pub(crate) scratch: u32,
    /// Workgroup memory, in bytes.
    pub(crate) workgroup_memory: u32,
    /// Subgroups that a multiprocessor (NVIDIA) or SIMD (AMD) keeps in flight; Intel's compiler does not tell.
    pub(crate) occupancy: Option<u32>,
}

impl Row {
    /// `matmul/f32 64x64x16/8x8`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.kernel, self.variant)
    }

    pub(crate) fn code(&self) -> Option<&Code> {
        match &self.outcome {
            Outcome::Compiled(code) => Some(code),
            Outcome::Unsupported(_) | Outcome::Failed(_) => None,
        }
    }
}

/// Reads what the driver of `chip` told; `workgroup_memory` in bytes, for a driver that does not tell.
///
/// # Errors
/// Fails if the text is not understood: it has another number of instructions than the driver says.
pub(crate) fn read(chip: Chip, executable: &Executable, workgroup_memory: u64) -> Result<Code, String> {
    let names: Names = match chip.dialect() {
        Dialect::Nvidia => NVIDIA,
        Dialect::Amd => AMD,
        Dialect::Intel => INTEL,
    };
    let text = executable.text(names.assembly).ok_or_else(|| format!("the driver gave no `{}`", names.assembly))?;
    let analysis = analyse(chip.dialect(), text);
    let told = executable.sum(&[names.instructions]);
    let counted = analysis.program.instructions;
    // Intel's compiler counts before it puts in most of what waits, though not the fences; AMD's disassembler shows padding.
    let least = if chip.dialect() == Dialect::Intel { counted - analysis.program.waits } else { counted };
    let tolerance = 4 + told / 20;
    if told + tolerance < least || told > counted + tolerance {
        return Err(format!("the assembly was read as {counted} instructions, the driver says {told}"));
    }
    let memory = executable.sum(&[names.workgroup_memory]);
    let is_loop = analysis.hot_loop.is_some();
    Ok(Code {
        subgroup_size: executable.subgroup_size,
        program: counted,
        is_loop,
        profile: analysis.hot_loop.unwrap_or(analysis.program),
        around: analysis.around,
        registers: executable.sum(&[names.registers]),
        spills: executable.sum(names.spills),
        scratch: executable.sum(&[names.scratch]),
        workgroup_memory: if memory > 0 { memory } else { u32::try_from(workgroup_memory).unwrap_or(u32::MAX) },
        occupancy: (!names.occupancy.is_empty()).then(|| executable.sum(&[names.occupancy])),
    })
}

/// What each driver calls its statistics.
struct Names {
    assembly: &'static str,
    instructions: &'static str,
    registers: &'static str,
    spills: &'static [&'static str],
    scratch: &'static str,
    workgroup_memory: &'static str,
    occupancy: &'static str,
}

const NVIDIA: Names = Names {
    assembly: "NAK assembly",
    instructions: "Instruction count",
    registers: "Number of GPRs",
    spills: &["Spills to memory", "Fills from memory"],
    scratch: "SLM size",
    workgroup_memory: "",
    occupancy: "Max warps/SM",
};

const AMD: Names = Names {
    assembly: "Assembly",
    instructions: "Instructions",
    registers: "VGPRs",
    spills: &["Spilled VGPRs", "Spilled SGPRs"],
    scratch: "Scratch size",
    workgroup_memory: "LDS size",
    occupancy: "Subgroups per SIMD",
};

const INTEL: Names = Names {
    assembly: "GEN Assembly",
    instructions: "Instructions",
    registers: "Max live registers",
    spills: &["Spills", "Fills"],
    scratch: "Scratch Memory Size",
    workgroup_memory: "Workgroup Memory Size",
    occupancy: "",
};
