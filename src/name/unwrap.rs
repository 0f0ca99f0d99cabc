//! A product's name out of what APIs and tools put around it.

use super::vocabulary::TRANSLATED;

/// What stands before the bracket that has the name: APIs on top of others.
const WRAPPERS: [&str; 9] =
    ["neurondevice", "microsoft direct3d12", "d3d12", "d3d11", "angle", "zink", "virgl", "vulkan 1", "gallium"];

/// The names in `text`, in lower case: several where a slash stands between them.
pub(super) fn alternatives(text: &str) -> Vec<String> {
    let name = unwrapped(&plain(text));
    let mut parts: Vec<String> =
        split_outside_brackets(&name, '/').into_iter().map(|part| part.trim().to_owned()).collect();
    // OpenGL: `GeForce RTX 4090/PCIe/SSE2`.
    if parts.pop_if(|last| last.starts_with("sse") || last == "integrated").is_some() {
        parts.pop_if(|part| matches!(part.as_str(), "pcie" | "pci" | "agp" | "integrated"));
    }
    parts
}

/// Lower case, other scripts in this one, and no marks of trade.
fn plain(text: &str) -> String {
    let mut text: String = text.to_lowercase().chars().map(half_width).filter(|c| !"™®©".contains(*c)).collect();
    for (written, here) in TRANSLATED {
        if text.contains(written) {
            text = text.replace(written, here);
        }
    }
    for (written, here) in [("(tm)", " "), ("(r)", " "), ("(c)", " "), ("max-q", "maxq"), ("max q", "maxq"), ("_", " ")]
    {
        text = text.replace(written, here);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Full-width forms, which East Asian keyboards type, as the usual ones.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        c => c,
    }
}

fn unwrapped(text: &str) -> String {
    // A processor with its graphics: `AMD RYZEN AI MAX+ 395 w/ Radeon 8060S`.
    if let Some((_, graphics)) = text.split_once(" w/ ") {
        return unwrapped(graphics);
    }
    // A browser that hides what it runs on names one card for many.
    if text.ends_with("or similar") {
        return String::new();
    }
    // nvidia-smi -L: `GPU 0: NVIDIA A100-SXM4-40GB (UUID: …)`.
    if let Some((number, name)) = text.strip_prefix("gpu ").and_then(|rest| rest.split_once(": "))
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return unwrapped(name);
    }
    // lspci: `AD102 [GeForce RTX 4090] (rev a1)`, after the maker's `[AMD/ATI]`.
    let in_square = text.split('[').skip(1).filter_map(|after| Some(after.split_once(']')?.0));
    let is_id = |name: &str| name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':') && name.len() >= 4;
    if let Some(name) = in_square.filter(|name| !matches!(*name, "amd/ati" | "amd") && !is_id(name)).last() {
        return unwrapped(name);
    }
    if WRAPPERS.iter().any(|wrapper| text.starts_with(wrapper))
        && let (Some(open), Some(close)) = (text.find('('), text.rfind(')'))
        && open < close
    {
        let inside = &text[open + 1..close];
        let fields = split_outside_brackets(inside, ',');
        // ANGLE (maker, name, API).
        let field = if text.starts_with("angle") && fields.len() > 1 { fields[1] } else { fields[0] };
        let field = field.trim().trim_start_matches("angle metal renderer:").trim();
        return unwrapped(field.split(" direct3d").next().unwrap_or(field));
    }
    text.to_owned()
}

fn split_outside_brackets(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if c == separator && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// What stands outside of brackets, and in each of the outermost ones.
pub(super) fn brackets(text: &str) -> (String, Vec<String>) {
    let (mut outside, mut inside, mut depth) = (String::new(), Vec::<String>::new(), 0_u32);
    for c in text.chars() {
        match c {
            '(' => {
                if depth == 0 {
                    inside.push(String::new());
                    outside.push(' ');
                }
                depth += 1;
            }
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => outside.push(c),
            c => inside.last_mut().into_iter().for_each(|text| text.push(c)),
        }
    }
    (outside, inside)
}
