//! The binary table that amdgpu shows as `gpu_metrics`.
//!
//! Its layouts are `struct gpu_metrics_v1_0` to `gpu_metrics_v3_0` of the kernel's `drivers/gpu/drm/amd/include/kgd_pp_interface.h`: little-endian, naturally
//! aligned, after a header of `u16 structure_size; u8 format_revision; u8 content_revision`. v1.9 describes itself. All ones stand for a value that the
//! card does not have. Units are those of the header where it states any; where it does not, clocks are in MHz, temperatures in °C and power in W, as in
//! the later revisions that do. What is in other units on one chip than on another (power and temperatures of v2.0 to v2.3) is not read, nor is
//! the energy counter before v1.4: its unit is not stated, and it stands still on some cards.

use std::collections::BTreeSet;

use Field::{CoreClock, Cycles, Edge, Energy, Junction, Lanes, MemoryClock, MemoryTemperature, Power, Speed, Status};

use crate::telemetry::{Link, Reason};

/// What a table says, in base units.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Metrics {
    /// Format and content revision.
    pub(super) revision: [u8; 2],
    /// Clock of the compute units, in hertz: the mean over the dies that have one.
    pub(super) core_hz: Option<f64>,
    /// Over how many dies.
    pub(super) dies: usize,
    /// Clock of the memory, in hertz.
    pub(super) memory_hz: Option<f64>,
    /// Power of the socket, in watts.
    pub(super) power_w: Option<f64>,
    /// The energy counter, in joules.
    pub(super) energy_j: Option<f64>,
    /// The hottest place of the chip, in degrees Celsius.
    pub(super) junction_c: Option<f64>,
    /// Its edge, in degrees Celsius.
    pub(super) edge_c: Option<f64>,
    /// The hottest memory, in degrees Celsius.
    pub(super) memory_c: Option<f64>,
    /// The host link.
    pub(super) link: Option<Link>,
    /// What slows the card down.
    pub(super) throttle: Throttle,
}

/// What slows a card down, as a table says it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Throttle {
    /// Not at all, or in bits that mean something else on each chip.
    #[default]
    Untold,
    /// Bits `SMU_THROTTLER_…` of the kernel's `amdgpu_smu.h`.
    Now(u64),
    /// For how many of the firmware's cycles each reason held, since the card was reset.
    Since {
        /// All cycles; absent where residencies are in another unit.
        cycles: Option<u64>,
        /// Each reason's; a reason may occur more than once.
        held: Vec<(Reason, u64)>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Field {
    CoreClock,
    MemoryClock,
    Power,
    Energy,
    Junction,
    Edge,
    MemoryTemperature,
    Lanes,
    Speed,
    Status,
    Cycles,
    Held(Reason),
}

/// Where a field lies, and in what unit.
#[derive(Debug, Clone, Copy)]
struct Place {
    field: Field,
    at: usize,
    /// Bytes of a value.
    wide: usize,
    /// Values, one behind the other.
    count: usize,
    /// How many units of the table make one of the field's.
    per_unit: f64,
}

impl Place {
    /// A field in the unit that it has in most tables.
    const fn new(field: Field, at: usize, wide: usize, count: usize) -> Self {
        let per_unit = match field {
            CoreClock | MemoryClock => 1e-6,
            // "Energy (15.259uJ (2^-16) units)".
            Energy => 65536.0,
            _ => 1.0,
        };
        Self { field, at, wide, count, per_unit }
    }

    const fn per(self, per_unit: f64) -> Self {
        Self { per_unit, ..self }
    }

    /// The values that the card has.
    fn values(self, table: &[u8]) -> impl Iterator<Item = u64> {
        let bytes = table.get(self.at..self.at + self.wide * self.count).unwrap_or_default();
        bytes.chunks_exact(self.wide).filter(|bytes| bytes.iter().any(|byte| *byte != 0xff)).map(|bytes| {
            let mut eight = [0; 8];
            eight[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(eight)
        })
    }
}

const fn u8(field: Field, at: usize) -> Place {
    Place::new(field, at, 1, 1)
}

const fn u16(field: Field, at: usize) -> Place {
    Place::new(field, at, 2, 1)
}

const fn u32(field: Field, at: usize) -> Place {
    Place::new(field, at, 4, 1)
}

const fn u64(field: Field, at: usize) -> Place {
    Place::new(field, at, 8, 1)
}

const V1_0: &[Place] = &[
    u16(Edge, 16),
    u16(Junction, 18),
    u16(MemoryTemperature, 20),
    u16(Power, 34),
    u16(CoreClock, 54),
    u16(MemoryClock, 58),
    u8(Lanes, 74),
    u8(Speed, 75),
];

const V1_1: &[Place] = &[
    u16(Edge, 4),
    u16(Junction, 6),
    u16(MemoryTemperature, 8),
    u16(Power, 22),
    u16(CoreClock, 54),
    u16(MemoryClock, 58),
    u16(Lanes, 74),
    u16(Speed, 76),
    Place::new(MemoryTemperature, 88, 2, 4),
    // From v1.3, at whose end it lies: earlier tables are shorter.
    u64(Status, 112),
];

const V1_4: &[Place] = &[
    u16(Junction, 4),
    u16(MemoryTemperature, 6),
    u16(Power, 10),
    u64(Energy, 24),
    u16(Lanes, 48),
    u16(Speed, 50),
    Place::new(CoreClock, 240, 2, 8),
    u16(MemoryClock, 280),
];

const V1_5: &[Place] = &[
    u16(Junction, 4),
    u16(MemoryTemperature, 6),
    u16(Power, 10),
    u64(Energy, 88),
    u16(Lanes, 112),
    u16(Speed, 114),
    Place::new(CoreClock, 312, 2, 8),
    u16(MemoryClock, 352),
];

const V1_6: &[Place] = &[
    u16(Junction, 4),
    u16(MemoryTemperature, 6),
    u16(Power, 10),
    u64(Energy, 16),
    u32(Cycles, 32),
    u32(Field::Held(Reason::HardwareThermal), 36),
    u32(Field::Held(Reason::PowerCap), 40),
    u32(Field::Held(Reason::Thermal), 44),
    u32(Field::Held(Reason::RegulatorThermal), 48),
    u32(Field::Held(Reason::MemoryThermal), 52),
    u16(Lanes, 60),
    u16(Speed, 62),
    Place::new(CoreClock, 264, 2, 8),
    u16(MemoryClock, 304),
];

/// v1.8 differs behind what is read.
const V1_7: &[Place] = &[
    u16(Junction, 4),
    u16(MemoryTemperature, 6),
    u16(Power, 10),
    u64(Energy, 24),
    u32(Cycles, 40),
    u32(Field::Held(Reason::HardwareThermal), 44),
    u32(Field::Held(Reason::PowerCap), 48),
    u32(Field::Held(Reason::Thermal), 52),
    u32(Field::Held(Reason::RegulatorThermal), 56),
    u32(Field::Held(Reason::MemoryThermal), 60),
    u16(Lanes, 68),
    u16(Speed, 70),
    Place::new(CoreClock, 296, 2, 8),
    u16(MemoryClock, 336),
];

const V2_0: &[Place] = &[u16(CoreClock, 80), u16(MemoryClock, 84)];

/// The status from v2.2, at whose end it lies.
const V2_1: &[Place] = &[u16(CoreClock, 76), u16(MemoryClock, 80), u64(Status, 120)];

const V2_4: &[Place] =
    &[u16(Edge, 4).per(100.0), u16(Power, 40).per(1000.0), u16(CoreClock, 76), u16(MemoryClock, 80), u64(Status, 120)];

/// Clocks are means over a time that the table states. Residencies are of no stated unit, so that a reason held if its own grew at all; that of the
/// heat of the CPU's cores (`throttle_residency_thm_core`, at 244) is not the GPU's.
const V3_0: &[Place] = &[
    u32(Power, 112).per(1000.0),
    u16(CoreClock, 174),
    u16(MemoryClock, 186),
    u32(Field::Held(Reason::HardwareThermal), 228),
    u32(Field::Held(Reason::PowerCap), 232),
    u32(Field::Held(Reason::PowerCap), 236),
    u32(Field::Held(Reason::PowerCap), 240),
    u32(Field::Held(Reason::Thermal), 248),
    u32(Field::Held(Reason::Thermal), 252),
];

/// The size of a v1.6 that kernels had for a while before another took its number.
const FIRST_V1_6: usize = 384;

/// Before the first field of v1.9: the header and an `int attr_count`.
const ATTRIBUTES_AT: usize = 8;

impl Metrics {
    /// Reads a table.
    ///
    /// # Errors
    ///
    /// Says, for people, why nothing of it can be used.
    pub(super) fn parse(file: &[u8]) -> Result<Self, String> {
        let &[low, high, format, content, ..] = file else {
            return Err(format!("gpu_metrics has {} bytes", file.len()));
        };
        let size = usize::from(u16::from_le_bytes([low, high]));
        let table = file.get(..size).ok_or_else(|| format!("gpu_metrics ends after {} of {size} bytes", file.len()))?;
        let described;
        let places = match [format, content] {
            [1, 0] => V1_0,
            [1, 1..=3] => V1_1,
            [1, 4] => V1_4,
            [1, 5] => V1_5,
            [1, 6] if size != FIRST_V1_6 => V1_6,
            [1, 7 | 8] => V1_7,
            [1, 9] => {
                described = attributes(table);
                &described
            }
            [2, 0] => V2_0,
            [2, 1..=3] => V2_1,
            [2, 4] => V2_4,
            [3, 0] => V3_0,
            _ => return Err(format!("gpu_metrics v{format}.{content} of {size} bytes is not known to this version")),
        };
        Ok(Self { revision: [format, content], ..Self::of(table, places) })
    }

    fn of(table: &[u8], places: &[Place]) -> Self {
        let all = |field: Field| -> Vec<f64> {
            let of_field = places.iter().filter(|place| place.field == field);
            #[expect(clippy::cast_precision_loss, reason = "of an energy counter; all others are small")]
            of_field.flat_map(|place| place.values(table).map(|value| value as f64 / place.per_unit)).collect()
        };
        let exact = |field: Field| places.iter().find(|place| place.field == field)?.values(table).next();
        let highest = |field: Field| all(field).into_iter().reduce(f64::max);
        // 0 stands where a card has no such sensor.
        let temperature = |field: Field| highest(field).filter(|read| *read > 0.0);
        let clocks = all(CoreClock);
        #[expect(clippy::cast_precision_loss, reason = "dies are few")]
        let dies = clocks.len() as f64;
        Self {
            revision: [0; 2],
            core_hz: (!clocks.is_empty()).then(|| clocks.iter().sum::<f64>() / dies),
            dies: clocks.len(),
            memory_hz: highest(MemoryClock),
            power_w: highest(Power),
            energy_j: highest(Energy),
            junction_c: temperature(Junction),
            edge_c: temperature(Edge),
            memory_c: temperature(MemoryTemperature),
            link: exact(Lanes).zip(exact(Speed)).and_then(|(lanes, speed)| link(lanes, speed)),
            throttle: exact(Status).map_or_else(|| residencies(table, places), Throttle::Now),
        }
    }
}

fn residencies(table: &[u8], places: &[Place]) -> Throttle {
    let mut cycles = None;
    let mut held = Vec::new();
    for place in places {
        match place.field {
            Cycles => cycles = place.values(table).next(),
            Field::Held(reason) => held.extend(place.values(table).map(|value| (reason, value))),
            _ => {}
        }
    }
    if held.is_empty() { Throttle::Untold } else { Throttle::Since { cycles, held } }
}

/// A link by its lanes and its speed in tenths of GT/s.
fn link(lanes: u64, speed: u64) -> Option<Link> {
    let speeds = [25, 50, 80, 160, 320, 640];
    let generation = (1..).zip(speeds).find(|(_, known)| *known == speed).map(|(generation, _)| generation)?;
    Some(Link { generation, lanes: u32::try_from(lanes).ok()? }).filter(|link| link.is_plausible())
}

/// The fields of v1.9. Each is a `u64` of `unit << 24 | type << 20 | id << 10 | count` (`AMDGPU_METRICS_ENC_ATTR`) and its values behind it, nothing aligned
/// (`DECLARE_SMU_METRICS_CLASS` of `smu_cmn.h`). Fields whose unit is another than the one known here are left out.
fn attributes(table: &[u8]) -> Vec<Place> {
    let mut found = Vec::new();
    let mut at = ATTRIBUTES_AT;
    while let Some(code) = table.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes) {
        let part = |shift: u32, bits: u32| usize::try_from(code >> shift & ((1 << bits) - 1)).unwrap_or_default();
        let [unit, kind, id, count] = [part(24, 8), part(20, 4), part(10, 10), part(0, 10)];
        // u8, s8, u16, s16, u32, s32, u64, s64.
        let Some(wide) = [1, 1, 2, 2, 4, 4, 8, 8].get(kind).copied() else { break };
        at += 8;
        if let Some((_, _, field)) = FIELDS.iter().find(|known| (known.0, known.1) == (id, unit)) {
            found.push(Place::new(*field, at, wide, count));
        }
        at += wide * count;
    }
    found
}

/// `enum amdgpu_metrics_attr_id` with `enum amdgpu_metrics_attr_unit`.
const FIELDS: &[(usize, usize, Field)] = &[
    (0, 2, Junction),
    (1, 2, MemoryTemperature),
    (3, 3, Power),
    (7, 0, Energy),
    (9, 0, Cycles),
    (10, 0, Field::Held(Reason::HardwareThermal)),
    (11, 0, Field::Held(Reason::PowerCap)),
    (12, 0, Field::Held(Reason::Thermal)),
    (13, 0, Field::Held(Reason::RegulatorThermal)),
    (14, 0, Field::Held(Reason::MemoryThermal)),
    (16, 0, Lanes),
    (17, 7, Speed),
    (33, 1, CoreClock),
    (37, 1, MemoryClock),
    (48, 2, MemoryTemperature),
];

/// `SMU_THROTTLER_TEMP_HOTSPOT_BIT`.
pub(super) const HOTSPOT: u64 = 1 << 36;

/// The reasons that the bits of [`Throttle::Now`] name, each once.
pub(super) fn reasons(status: u64) -> Vec<Reason> {
    once((0..64).filter(|bit| status >> bit & 1 == 1).map(reason))
}

/// Bits of `amdgpu_smu.h`, in its order.
fn reason(bit: u32) -> Reason {
    match bit {
        // PPT0 to PPT3, SPL, FPPT, SPPT, SPPT_APU: limits of the package's power, over times of several lengths.
        0..=7 => Reason::PowerCap,
        // TDC and EDC, sustained and peak currents of the rails, and APCC, which cuts peaks.
        16..=23 => Reason::Current,
        // The chip as a whole, its cores, its edge, its hottest place, its SoC part, the liquid that cools it.
        32 | 33 | 35 | 36 | 37 | 42 | 43 => Reason::Thermal,
        34 => Reason::MemoryThermal,
        // TEMP_VR_… and VRHOT.
        38..=41 | 44 | 45 => Reason::RegulatorThermal,
        // PROCHOT.
        46 | 47 => Reason::HardwareThermal,
        // FIT, failures in time: what the chip's reliability allows.
        57 => Reason::Voltage,
        _ => Reason::Other,
    }
}

/// From this part of the cycles on, a reason held between two tables: as long as [`crate::telemetry::Series`] asks of readings.
const HELD: f64 = 0.1;

/// The reasons that held between the tables `before` and `now`; `None` where they do not tell.
///
/// # Errors
///
/// Says, for people, why they are not believed.
pub(super) fn reasons_between(before: &Throttle, now: &Throttle) -> Result<Option<Vec<Reason>>, String> {
    let (Throttle::Since { cycles: from, held: before }, Throttle::Since { cycles: until, held }) = (before, now)
    else {
        return Ok(None);
    };
    // Seen on an idle MI300X: power and heat both "held" since the first cycle.
    if held.iter().any(|(_, held)| *held > 0 && Some(*held) == *until) {
        return Err("the firmware counts every cycle as throttled".to_owned());
    }
    let passed = match (from, until) {
        (Some(from), Some(until)) => match until.checked_sub(*from) {
            Some(passed) if passed > 0 => Some(passed),
            // The counters began anew, or the firmware has not filled in another table yet.
            _ => return Ok(None),
        },
        _ => None,
    };
    if before.len() != held.len() {
        return Ok(None);
    }
    let steps = before.iter().zip(held).map(|(before, now)| Some((now.0, now.1.checked_sub(before.1)?)));
    let Some(steps) = steps.collect::<Option<Vec<(Reason, u64)>>>() else { return Ok(None) };
    #[expect(clippy::cast_precision_loss, reason = "cycles of a tenth of a second")]
    let is_held = |step: u64| passed.map_or(step > 0, |passed| step as f64 >= HELD * passed as f64);
    Ok(Some(once(steps.into_iter().filter(|(_, step)| is_held(*step)).map(|(reason, _)| reason))))
}

fn once(reasons: impl Iterator<Item = Reason>) -> Vec<Reason> {
    reasons.collect::<BTreeSet<Reason>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of this revision and size whose 16-bit words count up, so that each tells its own place.
    fn counting(revision: [u8; 2], size: u16) -> Vec<u8> {
        let mut table: Vec<u8> = (0..size / 2).flat_map(|word| (2 * word).to_le_bytes()).collect();
        table[..2].copy_from_slice(&size.to_le_bytes());
        table[2..4].copy_from_slice(&revision);
        table
    }

    /// Sizes are those of the kernel's structures, as gcc lays them out on x86-64; places are of junction, power, core clock and memory clock.
    #[test]
    fn every_revision_by_its_places() {
        for (revision, size, [junction, power, core, memory]) in [
            ([1, 0], 80, [18, 34, 54, 58]),
            ([1, 1], 96, [6, 22, 54, 58]),
            ([1, 2], 104, [6, 22, 54, 58]),
            ([1, 3], 120, [6, 22, 54, 58]),
            // The mean over eight dies.
            ([1, 4], 288, [4, 10, 247, 280]),
            ([1, 5], 360, [4, 10, 319, 352]),
            ([1, 6], 1664, [4, 10, 271, 304]),
            ([1, 7], 2208, [4, 10, 303, 336]),
            ([1, 8], 3872, [4, 10, 303, 336]),
            ([2, 0], 120, [0, 0, 80, 84]),
            ([2, 1], 120, [0, 0, 76, 80]),
            ([2, 2], 128, [0, 0, 76, 80]),
            ([2, 3], 152, [0, 0, 76, 80]),
            ([2, 4], 168, [0, 0, 76, 80]),
            ([3, 0], 264, [0, 0, 174, 186]),
        ] {
            let table = Metrics::parse(&counting(revision, size)).unwrap();
            assert_eq!(table.revision, revision);
            let megahertz = [table.core_hz, table.memory_hz].map(|hertz| Some((hertz? / 1e6).round()));
            assert_eq!(megahertz, [core, memory].map(|at| Some(f64::from(at))), "{revision:?}");
            if power > 0 {
                assert_eq!(
                    [table.junction_c, table.power_w],
                    [junction, power].map(|at| Some(f64::from(at))),
                    "{revision:?}"
                );
            }
            let has_status = matches!(table.throttle, Throttle::Now(_));
            assert_eq!(has_status, matches!(revision, [1, 3] | [2, 2..=4]), "{revision:?}");
            let has_residencies = matches!(table.throttle, Throttle::Since { .. });
            assert_eq!(has_residencies, matches!(revision, [1, 6..=8] | [3, 0]), "{revision:?}");
            assert_eq!(table.energy_j.is_some(), matches!(revision, [1, 4..=8]), "{revision:?}");
            assert_eq!(
                table,
                Metrics::parse(&[counting(revision, size), vec![9; 32]].concat()).unwrap(),
                "{revision:?}"
            );
        }
    }

    #[test]
    fn what_a_card_does_not_have_is_absent() {
        for (revision, size) in [([1, 0], 80), ([1, 3], 120), ([1, 8], 3872_u16), ([2, 4], 168), ([3, 0], 264)] {
            let mut table = vec![0xff; usize::from(size)];
            table[..2].copy_from_slice(&size.to_le_bytes());
            table[2..4].copy_from_slice(&revision);
            assert_eq!(Metrics::parse(&table).unwrap(), Metrics { revision, ..Metrics::default() });
        }
    }

    #[test]
    fn every_bit_of_the_status_has_a_reason() {
        assert_eq!(reasons(0), []);
        for (bits, reason) in [
            (0..8, Reason::PowerCap),
            (16..24, Reason::Current),
            (32..34, Reason::Thermal),
            (34..35, Reason::MemoryThermal),
            (35..38, Reason::Thermal),
            (38..42, Reason::RegulatorThermal),
            (42..44, Reason::Thermal),
            (44..46, Reason::RegulatorThermal),
            (46..48, Reason::HardwareThermal),
            (56..57, Reason::Other),
            (57..58, Reason::Voltage),
            (58..64, Reason::Other),
        ] {
            for bit in bits {
                assert_eq!(reasons(1 << bit), [reason], "bit {bit}");
            }
        }
        assert_eq!(reasons(0b1111 | 1 << 16), [Reason::PowerCap, Reason::Current]);
    }

    #[test]
    fn tables_of_other_kinds_are_not_compared() {
        let since = |cycles, held: &[(Reason, u64)]| Throttle::Since { cycles, held: held.to_vec() };
        let cap = |held| [(Reason::PowerCap, held)];
        let now = since(Some(200), &cap(60));
        assert_eq!(reasons_between(&since(Some(100), &cap(10)), &now), Ok(Some(vec![Reason::PowerCap])));
        for before in [
            Throttle::Untold,
            Throttle::Now(1),
            since(Some(100), &cap(61)),
            since(Some(100), &[]),
            since(Some(201), &cap(10)),
        ] {
            assert_eq!(reasons_between(&before, &now), Ok(None), "{before:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(revision: (u8, u8), mut bytes: Vec<u8>) {
            let _ = Metrics::parse(&bytes);
            for revision in [[1, 9], [revision.0 % 4, revision.1 % 12]] {
                if bytes.len() >= 4 {
                    let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes();
                    bytes[..4].copy_from_slice(&[size, revision].concat());
                    let _ = Metrics::parse(&bytes);
                }
            }
        }
    }
}
