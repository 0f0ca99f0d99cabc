//! LLVM's text for AMD: `BB3:`, `v_fma_f32 v1, v2, v3, v1 ; encoding`; dual instructions are two, divided by `::`.

use super::{Access, Flow, Kind, Line, Space};

pub(super) fn parse(text: &str) -> Vec<Line<'_>> {
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(text) = lines.next() {
        match unnamed(text) {
            Some(encoding) => {
                found.push(Line::Instruction(kind_of_encoding(encoding), Flow::On));
                if is_long(encoding) {
                    lines.next();
                }
            }
            None => found.extend(line(text)),
        }
    }
    found
}

/// The encoding of an instruction that LLVM cannot name, of which it prints one word a line.
fn unnamed(line: &str) -> Option<&str> {
    line.contains("invalid instruction").then(|| line.rsplit(';').next().unwrap_or_default().trim())
}

/// Whether a second word follows: of the vector instructions with three operands.
fn is_long(encoding: &str) -> bool {
    ["d4", "d5", "d6", "d7"].iter().any(|start| encoding.starts_with(start))
}

/// Moves of halves have no name before LLVM knows that registers have halves.
fn kind_of_encoding(encoding: &str) -> Kind {
    if encoding.starts_with("d59c") { Kind::Move } else { kind("") }
}

fn line(line: &str) -> Option<Line<'_>> {
    let code = line.split(';').next().unwrap_or_default().trim();
    if let Some(label) = code.strip_suffix(':') {
        return Some(Line::Label(label));
    }
    let mut words = code.split_whitespace();
    let mnemonic = words.next()?;
    // RADV's own remarks stand in brackets.
    if mnemonic.starts_with('(') {
        return None;
    }
    let flow = match (mnemonic, words.next()) {
        ("s_branch", Some(label)) => Flow::Jump(label),
        (_, Some(label)) if mnemonic.starts_with("s_cbranch") => Flow::Branch(label),
        ("s_endpgm", _) => Flow::End,
        _ => Flow::On,
    };
    Some(Line::Instruction(if mnemonic.starts_with("v_dual_") { dual(code) } else { kind(mnemonic) }, flow))
}

/// `v_dual_fmac_f32 …:: v_dual_fmac_f32 …` is one instruction.
fn dual(code: &str) -> Kind {
    let halves = code.split("::").map(|half| half.split_whitespace().next().unwrap_or_default());
    let arithmetic = halves.filter(|half| half.contains("_fma")).count();
    match u32::try_from(arithmetic).unwrap_or(0) {
        0 => Kind::Move,
        count => Kind::MultiplyAdd(count),
    }
}

fn kind(mnemonic: &str) -> Kind {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| mnemonic.starts_with(prefix));
    if starts(&["v_wmma", "v_swmmac", "v_mfma", "v_smfma"]) {
        Kind::Matrix
    } else if starts(&["v_dot4"]) {
        Kind::MultiplyAdd(4)
    } else if starts(&["v_pk_fma"]) {
        Kind::MultiplyAdd(2)
    } else if starts(&["v_fma", "v_mac", "v_mad_f"]) {
        Kind::MultiplyAdd(1)
    } else if starts(&["v_mov", "s_mov", "v_accvgpr"]) {
        Kind::Move
    } else if starts(&["v_cvt"]) {
        Kind::Conversion
    } else if starts(&["s_wait", "s_delay_alu", "s_nop"]) {
        Kind::Wait
    } else {
        access(mnemonic)
    }
}

fn access(mnemonic: &str) -> Kind {
    let space = match mnemonic.split('_').next() {
        Some("ds") => Space::Workgroup,
        Some("buffer" | "global" | "flat") => Space::Global,
        Some("scratch") => Space::Scratch,
        Some("s") => Space::Constant,
        _ => return Kind::Other,
    };
    let access = Access { space, bits: bits(mnemonic) };
    if mnemonic.contains("_load") || mnemonic.contains("_read") {
        Kind::Load(access)
    } else if mnemonic.contains("_store") || mnemonic.contains("_write") {
        Kind::Store(access)
    } else {
        Kind::Other
    }
}

/// `b128`, `dwordx4`, `dword`, `u16`, `ushort`, `short_d16`; `ds_load_2addr_b64` brings two.
fn bits(mnemonic: &str) -> u32 {
    let one = mnemonic.split('_').find_map(|part| match part {
        "dword" => Some(32),
        "short" | "ushort" | "sshort" => Some(16),
        "byte" | "ubyte" | "sbyte" => Some(8),
        _ => match part.strip_prefix("dwordx") {
            Some(count) => count.parse::<u32>().ok().map(|count| 32 * count),
            None => part.trim_start_matches(['b', 'u', 'i']).parse().ok(),
        },
    });
    let addresses =
        if mnemonic.contains("2addr") || mnemonic.contains("read2") || mnemonic.contains("write2") { 2 } else { 1 };
    one.unwrap_or(0) * addresses
}
