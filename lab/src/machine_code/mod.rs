//! What machine code consists of: instructions by kind, and the loop that a kernel spends its time in.

mod amd;
mod intel;
mod loops;
mod nvidia;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The three texts that Mesa's compilers print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Dialect {
    /// Of NAK, NVK's compiler.
    Nvidia,
    /// LLVM's disassembly of what RADV's ACO made.
    Amd,
    /// Of ANV's compiler.
    Intel,
}

/// What an instruction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// So many multiply-adds in each invocation: 2 where packed or dual, 4 for a dot product of bytes.
    MultiplyAdd(u32),
    /// A product on matrix units.
    Matrix,
    Move,
    /// Hands a value to other invocations of the subgroup, by the path of workgroup memory.
    Shuffle,
    /// Between number formats.
    Conversion,
    Load(Access),
    Store(Access),
    /// Waits for an earlier one, or does nothing.
    Wait,
    /// Integer arithmetic, comparisons, branches, barriers.
    Other,
}

/// Which memory, and how many bits for each invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Access {
    pub(crate) space: Space,
    pub(crate) bits: u32,
}

/// Which memory an access goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    /// Buffers.
    Global,
    /// Workgroup memory.
    Workgroup,
    /// Uniforms and descriptors.
    Constant,
    /// Spilled registers.
    Scratch,
}

/// A line of assembly that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line<'a> {
    Label(&'a str),
    Instruction(Kind, Flow<'a>),
}

/// The place at which a program goes on after an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow<'a> {
    /// At the next one.
    On,
    /// At a label.
    Jump(&'a str),
    /// At a label or at the next one.
    Branch(&'a str),
    /// Nowhere.
    End,
}

/// Counts over a stretch of machine code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) instructions: u32,
    /// Multiply-adds; packed, dual and dot-product instructions count what they do.
    pub(crate) multiply_adds: u32,
    /// The instructions that do them.
    #[serde(default)]
    pub(crate) arithmetic: u32,
    pub(crate) matrix: u32,
    pub(crate) moves: u32,
    #[serde(default)]
    pub(crate) shuffles: u32,
    pub(crate) conversions: u32,
    pub(crate) waits: u32,
    /// Count by space and width, such as `global 128`.
    pub(crate) loads: BTreeMap<String, u32>,
    pub(crate) stores: BTreeMap<String, u32>,
}

impl Profile {
    fn of(kinds: &[&Kind]) -> Self {
        let mut profile = Self { instructions: u32::try_from(kinds.len()).unwrap_or(u32::MAX), ..Self::default() };
        for kind in kinds {
            match kind {
                Kind::MultiplyAdd(count) => {
                    profile.multiply_adds += count;
                    profile.arithmetic += 1;
                }
                Kind::Matrix => profile.matrix += 1,
                Kind::Move => profile.moves += 1,
                Kind::Shuffle => profile.shuffles += 1,
                Kind::Conversion => profile.conversions += 1,
                Kind::Load(access) => *profile.loads.entry(access.name()).or_default() += 1,
                Kind::Store(access) => *profile.stores.entry(access.name()).or_default() += 1,
                Kind::Wait => profile.waits += 1,
                Kind::Other => {}
            }
        }
        profile
    }

    /// Multiply-adds per instruction.
    pub(crate) fn density(&self) -> f64 {
        f64::from(self.multiply_adds) / f64::from(self.instructions.max(1))
    }
}

impl Access {
    fn name(self) -> String {
        let space = match self.space {
            Space::Global => "global",
            Space::Workgroup => "workgroup",
            Space::Constant => "constant",
            Space::Scratch => "scratch",
        };
        format!("{space} {}", self.bits)
    }
}

/// The whole program and its hot loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Analysis {
    pub(crate) program: Profile,
    /// The innermost loop with the most arithmetic; `None` where no loop computes.
    pub(crate) hot_loop: Option<Profile>,
    /// What the next loop out does beside it; empty where there is none.
    pub(crate) around: Profile,
}

/// Counts what `text` consists of.
pub(crate) fn analyse(dialect: Dialect, text: &str) -> Analysis {
    let lines = match dialect {
        Dialect::Nvidia => nvidia::parse(text),
        Dialect::Amd => amd::parse(text),
        Dialect::Intel => intel::parse(text),
    };
    let profile = |stretches: &[Range<usize>]| {
        let lines = stretches.iter().flat_map(|range| &lines[range.clone()]);
        let kinds: Vec<&Kind> = lines
            .filter_map(|line| match line {
                Line::Instruction(kind, _) => Some(kind),
                Line::Label(_) => None,
            })
            .collect();
        Profile::of(&kinds)
    };
    let inner = loops::innermost(&lines).into_iter().map(|one| (profile(&one.body), profile(&one.around)));
    let hot = inner.filter(|(body, _)| work(body) > 0).max_by_key(|(body, _)| work(body));
    let (hot_loop, around) = hot.map_or((None, Profile::default()), |(body, around)| (Some(body), around));
    Analysis { program: profile(std::slice::from_ref(&(0..lines.len()))), hot_loop, around }
}

/// A matrix instruction does at least what sixteen others do.
fn work(profile: &Profile) -> u32 {
    profile.multiply_adds + 16 * profile.matrix
}

#[cfg(test)]
mod tests;
