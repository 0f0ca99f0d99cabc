//! NAK's text: blocks such as `block.u 3 L4 [2] -> {`, instructions such as `r1 = ffma.ftz r2 r3 r1 // delay=1`.

use super::{Access, Flow, Kind, Line, Space};

pub(super) fn parse(text: &str) -> Vec<Line<'_>> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Line<'_>> {
    let line = line.split("//").next().unwrap_or_default().trim();
    if line.starts_with("block") {
        return line.split_whitespace().nth(2).map(Line::Label);
    }
    if line.is_empty() || line.starts_with('}') {
        return None;
    }
    let operation = line.split_once(" = ").map_or(line, |(_, right)| right);
    let predicated = operation.starts_with('@');
    let mut words = operation.split_whitespace().skip_while(|word| word.starts_with('@'));
    let mnemonic = words.next()?;
    let operands: Vec<&str> = words.collect();
    let flow = match (mnemonic, &operands[..]) {
        ("bra", ["pT", label] | [label]) if !predicated => Flow::Jump(label),
        ("bra", [.., label]) => Flow::Branch(label),
        ("exit", _) if !predicated => Flow::End,
        _ => Flow::On,
    };
    Some(Line::Instruction(kind(mnemonic), flow))
}

fn kind(mnemonic: &str) -> Kind {
    let mut parts = mnemonic.split('.');
    match parts.next().unwrap_or_default() {
        "ffma" | "dfma" => Kind::MultiplyAdd(1),
        "hfma2" => Kind::MultiplyAdd(2),
        "idp4" => Kind::MultiplyAdd(4),
        "hmma" | "imma" => Kind::Matrix,
        "mov" => Kind::Move,
        "shfl" => Kind::Shuffle,
        "f2f" | "f2i" | "i2f" | "i2i" => Kind::Conversion,
        "nop" => Kind::Wait,
        "ldc" => Kind::Load(Access { space: Space::Constant, bits: bits(mnemonic) }),
        "ldsm" => Kind::Load(Access { space: Space::Workgroup, bits: matrix_bits(mnemonic) }),
        "ld" => Kind::Load(Access { space: space(parts.next()), bits: bits(mnemonic) }),
        "st" => Kind::Store(Access { space: space(parts.next()), bits: bits(mnemonic) }),
        _ => Kind::Other,
    }
}

fn space(name: Option<&str>) -> Space {
    match name {
        Some("shared") => Space::Workgroup,
        Some("local") => Space::Scratch,
        _ => Space::Global,
    }
}

/// From the last part: `b128`, `u16`.
fn bits(mnemonic: &str) -> u32 {
    let width = |part: &str| part.trim_start_matches(['b', 'u', 'i', 's']).parse().ok();
    mnemonic.rsplit('.').find_map(width).unwrap_or(0)
}

/// `ldsm…x4` brings an invocation one register of each of four 8×8 matrices.
fn matrix_bits(mnemonic: &str) -> u32 {
    let count = mnemonic.split('.').find_map(|part| part.strip_prefix('x')?.parse::<u32>().ok());
    32 * count.unwrap_or(1)
}
