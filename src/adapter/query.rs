//! The ways to name an adapter: its PCI address, the beginning of its UUID, a part of its name.

use super::Adapter;

/// Fewest digits of a UUID that name a device.
const FEWEST_DIGITS: usize = 8;

/// Digits of a UUID.
const DIGITS: usize = 32;

/// The `candidates` that `query` names: by address, else by UUID, else by name.
pub(super) fn fitting(adapters: &[Adapter], candidates: &[usize], query: &str) -> Vec<usize> {
    let those = |fits: &dyn Fn(&Adapter) -> bool| -> Vec<usize> {
        candidates.iter().copied().filter(|&i| fits(&adapters[i])).collect()
    };
    let name = query.to_lowercase();
    let by_place = those(&|adapter| has_address(adapter, query));
    let by_place = if by_place.is_empty() { those(&|adapter| has_uuid(adapter, query)) } else { by_place };
    if by_place.is_empty() { those(&|adapter| adapter.name.to_lowercase().contains(&name)) } else { by_place }
}

/// Whether `query` is the adapter's PCI address. Without a domain any will do.
fn has_address(adapter: &Adapter, query: &str) -> bool {
    let (Some(own), Some(asked)) = (adapter.pci_address.as_deref().and_then(address), address(query)) else {
        return false;
    };
    asked.0.is_none_or(|domain| own.0.unwrap_or(0) == domain) && own.1 == asked.1
}

/// Domain, then bus, device and function. Tools differ in the digits of a domain: `nvidia-smi` writes eight.
fn address(text: &str) -> Option<(Option<u32>, [u32; 3])> {
    let number = |text: &str| {
        let is_hex = !text.is_empty() && text.chars().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(text, 16).ok()).flatten()
    };
    let (front, function) = text.trim().rsplit_once('.')?;
    let (front, device) = front.rsplit_once(':')?;
    let (domain, bus) = match front.rsplit_once(':') {
        Some((domain, bus)) => (Some(number(domain)?), bus),
        None => (None, front),
    };
    Some((domain, [number(bus)?, number(device)?, number(function)?]))
}

/// Whether `query` is the beginning of the adapter's UUID, with or without dashes and NVIDIA's `GPU-`.
fn has_uuid(adapter: &Adapter, query: &str) -> bool {
    match (adapter.uuid.as_deref().and_then(digits), digits(query)) {
        (Some(own), Some(asked)) => own.starts_with(&asked),
        _ => false,
    }
}

/// The digits of a UUID or of its beginning.
fn digits(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.strip_prefix("gpu-").unwrap_or(&text).replace('-', "");
    let is_hex = digits.chars().all(|digit| digit.is_ascii_hexdigit());
    (is_hex && (FEWEST_DIGITS..=DIGITS).contains(&digits.len())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::super::made::host;
    use super::fitting;

    #[track_caller]
    fn fits(query: &str, expected: &[usize]) {
        assert_eq!(fitting(&host(), &[0, 1, 2, 3], query), expected, "{query}");
    }

    #[test]
    fn an_address_is_known_in_every_spelling() {
        for query in ["0000:3b:00.0", "0000:3B:00.0", "00000000:3B:00.0", "0:3b:0.0"] {
            fits(query, &[0]);
        }
        fits("86:00.0", &[1]);
        fits("3b:00.0", &[0, 2]);
        fits("0001:3b:00.0", &[2]);
        for query in
            ["3b:00.1", "0002:3b:00.0", "3b:00", ":3b:00.0", "3b::0.0", "+3b:00.0", "123456789:3b:00.0", ":.", "."]
        {
            fits(query, &[]);
        }
    }

    #[test]
    fn a_uuid_is_known_by_its_beginning() {
        for query in [
            "c7d8a05e",
            "C7D8A05E-be16",
            "c7d8a05ebe165883",
            "GPU-c7d8a05e-be16-5883-a818-6d61bf0812b6",
            "gpu-c7d8a05e",
        ] {
            fits(query, &[2]);
        }
        fits("0116022a", &[0, 1]);
        fits("0116022a-9", &[0]);
        fits("c7d8a05", &[]);
        fits("c7d8a05e-be16-5883-a818-6d61bf0812b60", &[]);
        fits("d8a05ebe", &[]);
    }

    #[test]
    fn anything_else_is_a_part_of_a_name() {
        fits("4090", &[2]);
        fits("h100 80gb", &[0, 1, 3]);
        fits("pcie", &[3]);
        fits("radeon", &[]);
    }
}
