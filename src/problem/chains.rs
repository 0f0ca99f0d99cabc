//! What the chains of a peak start from, and their constants.

use super::{ChainConstant, Fill, STRETCH};

/// The first value of a chain, for a `fraction` of one.
pub(super) fn start(fill: Fill, fraction: f64) -> f64 {
    match fill {
        Fill::Random => 2.0 * fraction - 1.0,
        Fill::Integers => fraction - 0.5,
    }
}

/// The constant at `place`; zero behind the last.
pub(super) fn constant(fill: Fill, place: u64) -> f64 {
    let [lively, settling] =
        CONSTANTS.iter().find(|(constant, _)| *constant as u64 == place).map_or([0.0; 2], |(_, both)| *both);
    match fill {
        Fill::Random => lively,
        Fill::Integers => settling,
    }
}

/// Each constant twice: for values that stay lively, and for some that settle, or whose products are exact.
///
/// Squares: c = -1.8 lies in the chaotic part of the Mandelbrot set's axis, where values stay within [-1.8, 1.44]. c = ¼ is its cusp: from |x| ≤ ½
/// values creep towards the fixed point ½, as ½ - 1/n after n steps, so that the result tells how many steps were made.
///
/// Affine steps: an odd and an even one move x by b·(1 + 1/a), which after 31 pairs is s. The odd step and the square that follow then make
/// x² + c once more, in units of 1/a: c = -1.8 again, or 0.24, for which values creep towards 0.4.
///
/// Turns: x and y stay on an ellipse x² + e·x·y + y² = const, since shears change no area. With this e two steps turn by √5 - 2 of a whole turn,
/// no multiple of which comes near a whole one; with 1 they turn by a sixth.
const CONSTANTS: [(ChainConstant, [f64; 2]); 8] = [
    (ChainConstant::Addend, [CHAOS, 0.25]),
    (ChainConstant::Expand, [EXPAND, 1.0]),
    (ChainConstant::Contract, [1.0 / EXPAND, 1.0]),
    (ChainConstant::Offset, [OFFSET, SMALL_OFFSET]),
    (ChainConstant::Fold, [fold(CHAOS, EXPAND, OFFSET), fold(0.24, 1.0, SMALL_OFFSET)]),
    (ChainConstant::There, [SHEAR, 1.0]),
    (ChainConstant::Back, [-SHEAR, -1.0]),
    (ChainConstant::Start, [0.618_033_9, 0.5]),
];

/// c of chaotic squares.
const CHAOS: f64 = -1.8;

/// Rounded to halves it times its rounded inverse is 1 - 2^-20, so that 31 pairs of steps do there what they do in wider types.
const EXPAND: f64 = -1.201_300_7;

/// Moves values by 0.25 in a stretch, and by eight of a half's last places in each pair.
const OFFSET: f64 = 0.047_810_9;
const SMALL_OFFSET: f64 = 1.0 / 1024.0;

/// 2·sin(π·(√5 - 2)).
const SHEAR: f64 = 1.350_980_6;

/// What the square of a stretch has to add so that the stretch as a whole is x² + `addend`.
const fn fold(addend: f64, expand: f64, offset: f64) -> f64 {
    let moved = (STRETCH / 2 - 1) as f64 * offset * (1.0 + 1.0 / expand);
    (addend - expand * offset) / (expand * expand) - moved
}
