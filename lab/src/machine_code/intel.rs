//! ANV's text: `mad(16) g1<1>F …`, a `send` with its message on the next line, `LABEL1:` and `while(16) JIP: LABEL1`.

use super::{Access, Flow, Kind, Line, Space};

pub(super) fn parse(text: &str) -> Vec<Line<'_>> {
    let mut lines = text.lines().peekable();
    let mut parsed = Vec::new();
    while let Some(line) = lines.next() {
        let code = line.split("//").next().unwrap_or_default();
        if let Some(label) = code.trim().strip_suffix(':') {
            parsed.push(Line::Label(label));
            continue;
        }
        // Continuations are indented.
        if code.trim().is_empty() || code.starts_with([' ', '\t']) {
            continue;
        }
        let message = lines.next_if(|next| next.starts_with([' ', '\t']) && next.contains("MsgDesc"));
        parsed.extend(instruction(code, message));
    }
    parsed
}

fn instruction<'a>(code: &'a str, message: Option<&str>) -> Option<Line<'a>> {
    let code = code.trim();
    // A predicate in brackets comes first.
    let code = if code.starts_with('(') { code.split_once(')')?.1.trim() } else { code };
    let (mnemonic, rest) = code.split_once('(').or_else(|| code.split_once(' '))?;
    let flow = (mnemonic == "while").then(|| after(rest, "JIP:")).flatten().map_or(Flow::On, Flow::Branch);
    let kind = match mnemonic.split(['.', ' ']).next().unwrap_or_default() {
        "mad" if is_float(written(rest)) => Kind::MultiplyAdd(1),
        "dp4a" => Kind::MultiplyAdd(4),
        "dpas" | "dpasw" => Kind::Matrix,
        "mov" => mov(rest),
        "sync" | "nop" => Kind::Wait,
        "send" | "sendc" | "sends" => message.map_or(Kind::Other, access),
        _ => Kind::Other,
    };
    Some(Line::Instruction(kind, flow))
}

fn after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.split_once(key)?.1.split_whitespace().next()
}

/// Type of the register that is written: what follows `>`.
fn written(operands: &str) -> &str {
    type_of(operands.split_once(')').map_or(operands, |(_, rest)| rest).split_whitespace().next().unwrap_or_default())
}

fn type_of(operand: &str) -> &str {
    operand.rsplit('>').next().unwrap_or_default()
}

fn is_float(name: &str) -> bool {
    matches!(name, "F" | "HF" | "DF")
}

/// Between a float and another type it converts; otherwise it copies.
fn mov(operands: &str) -> Kind {
    let mut words = operands.split_once(')').map_or(operands, |(_, rest)| rest).split_whitespace();
    let (to, from) = (type_of(words.next().unwrap_or_default()), words.next().unwrap_or_default());
    let converts = from.contains('>') && (is_float(to) || is_float(type_of(from))) && to != type_of(from);
    if converts { Kind::Conversion } else { Kind::Move }
}

/// `ugm MsgDesc: ( load, a32, d32, V4, …`: four values of 32 bits from global memory.
fn access(message: &str) -> Kind {
    let space = match message.split_whitespace().next() {
        Some("slm") => Space::Workgroup,
        Some("ugm") => Space::Global,
        _ => return Kind::Other,
    };
    let Some((_, description)) = message.split_once('(') else { return Kind::Other };
    let words: Vec<&str> = description.split([',', ' ']).filter(|word| !word.is_empty()).collect();
    let number =
        |prefix: char| words.iter().find_map(|word| word.strip_prefix(prefix)?.split('u').next()?.parse::<u32>().ok());
    // A transposed load serves the whole subgroup once: uniforms, descriptors and spilled registers.
    let space = if space == Space::Global && words.contains(&"transpose") { Space::Constant } else { space };
    let access = Access { space, bits: number('d').unwrap_or(0) * number('V').unwrap_or(1) };
    match words.first() {
        Some(&("load" | "load_cmask")) => Kind::Load(access),
        Some(&("store" | "store_cmask")) => Kind::Store(access),
        _ => Kind::Other,
    }
}
