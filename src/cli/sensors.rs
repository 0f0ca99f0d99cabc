//! Which card's sensors are read beside a measurement, and what they say before it.

use std::rc::Rc;

use crate::adapter::{Adapter, AdapterKind};
use crate::record::Warning;
use crate::sensors::{NVIDIA, Places, Wanted, Watch, vendor_at};
use crate::suite::Unmetered;
use crate::telemetry::{Board, Meter};

/// Which sensors are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sensors {
    /// Those of the card that is measured, where its driver says which that is.
    #[default]
    Auto,
    /// None.
    Off,
    /// Those of the card at this PCI address, whatever the graphics driver says.
    At(String),
}

impl Sensors {
    /// What `GPU_ASSAY_SENSORS` asks for, for programs without arguments of ours.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of_environment() -> Result<Self, String> {
        match std::env::var("GPU_ASSAY_SENSORS") {
            Ok(text) if !text.is_empty() => parse(&text).map_err(|problem| format!("GPU_ASSAY_SENSORS: {problem}")),
            _ => Ok(Self::Auto),
        }
    }
}

/// `auto`, `off` or a PCI address.
pub(super) fn parse(text: &str) -> Result<Sensors, String> {
    match text {
        "auto" => Ok(Sensors::Auto),
        "off" => Ok(Sensors::Off),
        other => full_address(other)
            .map(Sensors::At)
            .ok_or_else(|| "`auto`, `off` or a PCI address such as 0000:3b:00.0 is needed".to_owned()),
    }
}

/// A PCI address in the form that the kernel writes; the domain may be missing.
fn full_address(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split([':', '.']).collect();
    let [domain, bus, device, function] = match parts[..] {
        [bus, device, function] => ["0", bus, device, function],
        [domain, bus, device, function] => [domain, bus, device, function],
        _ => return None,
    };
    let number = |digits: &str, most: u32| u32::from_str_radix(digits, 16).ok().filter(|number| *number <= most);
    let separators: String = text.chars().filter(|c| [':', '.'].contains(c)).collect();
    let is_in_order = separators == ":." || separators == "::.";
    let (domain, bus) = (number(domain, 0xffff_ffff)?, number(bus, 0xff)?);
    let (device, function) = (number(device, 0x1f)?, number(function, 7)?);
    is_in_order.then(|| format!("{domain:04x}:{bus:02x}:{device:02x}.{function}"))
}

/// Begins to read the sensors that `which` says, of the card that `adapter` reaches. Begins before anything runs on the card.
pub fn watch(which: &Sensors, adapter: &Adapter) -> Rc<dyn Meter> {
    let places = Places::default();
    let wanted = match which {
        Sensors::Off => None,
        Sensors::Auto => (!adapter.software).then(|| Wanted::from(adapter)),
        Sensors::At(address) => Some(Wanted {
            // Without a kernel that says whose card it is only NVIDIA's library can know it.
            vendor_id: vendor_at(&places, address).unwrap_or(NVIDIA),
            pci_address: Some(address.clone()),
            uuid: None,
            ..Wanted::from(adapter)
        }),
    };
    match wanted {
        Some(wanted) => Rc::new(Watch::new(wanted, places)),
        None => Rc::new(Unmetered),
    }
}

/// A card that is busy for this part of the time, or has this part of its memory in use, is somebody else's too.
const BUSY: f64 = 0.05;
const OCCUPIED: f64 = 0.25;

/// What is to be said of the sensors before anything is measured.
pub(super) fn warnings(which: &Sensors, adapter: &Adapter, board: Option<&Board>) -> Vec<Warning> {
    let chosen = match which {
        Sensors::At(address) if !board.is_some_and(Board::is_read) => {
            let why = board.and_then(|board| board.left_out.first().cloned());
            Some(Warning::SensorsUnread(address.clone(), why.unwrap_or_else(|| "nothing reads such a card".to_owned())))
        }
        Sensors::At(address) if adapter.pci_address.as_deref() != Some(address) => {
            Some(Warning::SensorsChosen(address.clone()))
        }
        _ => None,
    };
    chosen.into_iter().chain(board.and_then(|board| in_use(board, adapter.kind))).collect()
}

/// Says so where others use the card.
fn in_use(board: &Board, kind: AdapterKind) -> Option<Warning> {
    let before = board.before.as_ref()?;
    #[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
    let occupied = before.memory_used_bytes.zip(board.memory_bytes).map(|(used, all)| used as f64 / all.max(1) as f64);
    let busy = before.busy_share.filter(|busy| *busy >= BUSY);
    // What a driver calls the memory of an integrated GPU is the small part that it alone uses.
    let occupied = occupied.filter(|share| *share >= OCCUPIED && kind == AdapterKind::Discrete);
    (busy.is_some() || occupied.is_some()).then_some(Warning::CardInUse {
        busy_percent: percent(busy),
        memory_percent: percent(occupied),
        processes: board.other_processes.filter(|count| *count > 0),
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share, of a hundred")]
fn percent(share: Option<f64>) -> Option<u32> {
    share.map(|share| (100.0 * share).round().clamp(0.0, 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Reading;

    #[test]
    fn sensors_are_named_by_a_pci_address() {
        assert_eq!(parse("auto"), Ok(Sensors::Auto));
        assert_eq!(parse("off"), Ok(Sensors::Off));
        for text in ["0000:3b:00.0", "3b:00.0", "00000000:3B:00.0"] {
            assert_eq!(parse(text), Ok(Sensors::At("0000:3b:00.0".to_owned())), "{text}");
        }
        for text in ["", "on", "3b", "3b:00", "3b:00:0", "0000.3b:00.0", "0000:3b:20.0", "0000:3b:00.8", "x:3b:00.0"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_card_that_others_use_is_warned_of() {
        let board = |busy_share, memory_used_bytes| Board {
            memory_bytes: Some(1000),
            other_processes: Some(2),
            before: Some(Reading { busy_share, memory_used_bytes, ..Reading::default() }),
            ..Board::default()
        };
        let in_use = |board: &Board| in_use(board, AdapterKind::Discrete);
        assert_eq!(in_use(&board(Some(0.01), Some(60))), None);
        assert_eq!(in_use(&board(None, None)), None);
        let words = |board| in_use(&board).expect("in use").to_string();
        assert!(words(board(Some(0.97), Some(60))).contains("(busy for 97 % of the time, 2 other processes)"));
        assert!(words(board(None, Some(700))).contains("(70 % of its memory in use, 2 other processes)"));
        assert_eq!(super::in_use(&board(None, Some(700)), AdapterKind::Integrated), None, "a small part is all it has");
    }
}
