//! The part of a card that a device is: one of the dies of a package, a partition, a slice. A maker's claims are of the whole card.

use crate::adapter::Adapter;
use crate::name::{Name, Slice};
use crate::reference::Card;

/// The part of a card that one device is.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The share of the card's rates, above 0 and up to 1.
    pub rates: f64,
    /// The share of its memory bandwidth.
    pub memory: f64,
    /// What the device is, where it is not the whole card.
    pub words: Option<String>,
}

impl Part {
    /// A device that is a whole card.
    pub const WHOLE: Self = Self { rates: 1.0, memory: 1.0, words: None };

    /// The part of `card` that `adapter` is: by what the user says (`devices` to a card), else by a name that says so, else by what the base says of the card.
    pub fn of(card: Option<&Card>, adapter: Option<&Adapter>, devices: Option<f64>) -> Self {
        if let Some(devices) = devices {
            return Self::one_of(devices, format!("one of {devices} devices of the card (--devices-per-card)"));
        }
        let slice = adapter.and_then(|adapter| Name::readings(&adapter.name).iter().find_map(Name::slice));
        match (slice, card) {
            (Some(slice), Some(card)) => Self::slice(slice, card),
            (None, Some(card)) if card.package.devices > 1 => {
                let device = card.package.device.as_deref().unwrap_or("one of its devices");
                Self::one_of(f64::from(card.package.devices), device.to_owned())
            }
            _ => Self::WHOLE,
        }
    }

    fn one_of(devices: f64, words: String) -> Self {
        Self { rates: 1.0 / devices, memory: 1.0 / devices, words: (devices > 1.0).then_some(words) }
    }

    fn slice(slice: Slice, card: &Card) -> Self {
        let share = |of: Option<f64>, all: Option<f64>| {
            Some(of? / all?).filter(|share| (0.0..=1.0).contains(share) && *share > 0.0)
        };
        match slice {
            Slice::Mig { slices, memory_gb } => {
                let of_rates =
                    share(Some(f64::from(slices)), card.package.modes.get("MIG").map(|most| f64::from(*most)));
                let of_memory = share(Some(f64::from(memory_gb)), card.memory.size_gb);
                Self {
                    rates: of_rates.unwrap_or(1.0),
                    memory: of_memory.unwrap_or(1.0),
                    words: Some(format!("a MIG instance of {slices} slices and {memory_gb} GB")),
                }
            }
            Slice::Partition(mode) => {
                let devices = card.package.modes.get(mode.name()).copied().unwrap_or(card.package.devices).max(1);
                Self::one_of(f64::from(devices), format!("one of {devices} devices of the card ({} mode)", mode.name()))
            }
            Slice::Virtual => {
                Self { words: Some("a virtual GPU, whose share of the card is not known".to_owned()), ..Self::WHOLE }
            }
        }
    }

    /// A note beside a figure of the whole card that was measured on this part.
    pub(super) fn scaled(&self, share: f64) -> String {
        match &self.words {
            Some(words) if share < 1.0 => format!(", times {:.2} since the device is {words}", 1.0 / share),
            _ => String::new(),
        }
    }
}
