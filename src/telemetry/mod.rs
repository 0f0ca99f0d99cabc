//! What a card was doing meanwhile: clocks, power, temperature, what limited them. Plain data and what follows from it, without anything that reads a sensor.

mod board;
mod reading;
mod reason;
mod series;

pub use board::Board;
pub use reading::{LeftOut, Link, Quantity, Reading};
pub use reason::{Limit, Reason};
pub use series::{Held, HeldSample, MOST_READINGS, Series, Span};

use crate::units::Seconds;

/// What reads a card while it is measured.
pub trait Meter {
    /// The time now, on the clock that readings have.
    fn now(&self) -> Seconds;

    /// The readings since `from`, in their order.
    fn since(&self, from: Seconds) -> Vec<Reading>;

    /// Whether nothing is to be read for a while: what is timed now is the host's time, which a question to the driver may lengthen.
    fn rest(&self, _rests: bool) {}

    /// What stays the same, as far as it is known by now; `None` where nothing is read.
    fn board(&self) -> Option<Board>;
}
