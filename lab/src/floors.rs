//! Floors: what the machine code of each kernel must show on each chip. Kept in floors.toml, checked by a test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::row::{Code, Outcome, Row};

/// The figures of one kernel on one chip that must not get worse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Floor {
    /// Least multiply-adds per instruction of the hot loop.
    #[serde(default, skip_serializing_if = "is_zero")]
    fma: f64,
    /// Least matrix instructions per instruction of the hot loop.
    #[serde(default, skip_serializing_if = "is_zero")]
    matrix: f64,
    /// Least bits that a load from a buffer brings an invocation, on average: of kernels without arithmetic.
    #[serde(default, skip_serializing_if = "is_zero")]
    load_bits: f64,
    /// Least subgroups in flight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    in_flight: Option<u32>,
    /// Most conversions in the hot loop.
    #[serde(default, skip_serializing_if = "none")]
    conversions: u32,
    /// Most registers spilled.
    #[serde(default, skip_serializing_if = "none")]
    spills: u32,
}

fn is_zero(value: &f64) -> bool {
    *value <= 0.0
}

fn none(count: &u32) -> bool {
    *count == 0
}

/// Kernel and variant, then chip.
pub(crate) type Floors = BTreeMap<String, BTreeMap<String, Floor>>;

impl Floor {
    /// What `code` shows, rounded down to thousandths (a load's width to bits).
    pub(crate) fn of(code: &Code) -> Self {
        let thousandths = |value: f64| (value * 1000.0 + 1e-9).floor() / 1000.0;
        let profile = &code.profile;
        let computes = profile.multiply_adds + profile.matrix > 0;
        Self {
            fma: thousandths(profile.density()),
            matrix: thousandths(f64::from(profile.matrix) / f64::from(profile.instructions.max(1))),
            load_bits: if computes { 0.0 } else { global_load_bits(code).floor() },
            in_flight: code.occupancy,
            conversions: profile.conversions,
            spills: code.spills,
        }
    }

    /// What of `now` is worse than this, in words.
    fn fallen(&self, now: &Self) -> Vec<String> {
        let at_least = [
            ("multiply-adds per instruction", self.fma, now.fma),
            ("matrix instructions per instruction", self.matrix, now.matrix),
            ("bits per load", self.load_bits, now.load_bits),
            ("subgroups in flight", f64::from(self.in_flight.unwrap_or(0)), f64::from(now.in_flight.unwrap_or(0))),
        ];
        let at_most = [("conversions", self.conversions, now.conversions), ("spills", self.spills, now.spills)];
        let low = at_least.into_iter().filter(|(_, floor, now)| !(*now >= floor - 0.0005));
        let high = at_most.into_iter().filter(|(_, most, now)| now > most);
        let low = low.map(|(what, floor, now)| format!("{now} {what} where {floor} are due"));
        low.chain(high.map(|(what, most, now)| format!("{now} {what} where {most} are allowed"))).collect()
    }
}

fn global_load_bits(code: &Code) -> f64 {
    let loads = code
        .profile
        .loads
        .iter()
        .filter_map(|(name, count)| Some((name.strip_prefix("global ")?.parse::<u32>().ok()?, *count)));
    let (bits, count) = loads.fold((0, 0), |(bits, count), (width, times)| (bits + width * times, count + times));
    f64::from(bits) / f64::from(count.max(1))
}

/// What a comparison of rows with the floors found, in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) fallen: Vec<String>,
    pub(crate) risen: Vec<String>,
}

/// Compares `rows` with `floors`. A kernel without a floor, and a floor without a kernel where `complete`, has fallen.
pub(crate) fn compare(floors: &Floors, rows: &[Row], complete: bool) -> Findings {
    let mut findings = Findings::default();
    for row in rows {
        let place = format!("{} on {}", row.name(), row.chip);
        let floor = floors.get(&row.name()).and_then(|chips| chips.get(&row.chip));
        match (&row.outcome, floor) {
            (Outcome::Unsupported(_), None) => {}
            (Outcome::Unsupported(why), Some(_)) => findings.fallen.push(format!("{place}: unsupported, {why}")),
            (Outcome::Failed(why), _) => findings.fallen.push(format!("{place}: {why}")),
            (Outcome::Compiled(_), None) => findings.fallen.push(format!("{place}: has no floor yet")),
            (Outcome::Compiled(code), Some(floor)) => {
                let now = Floor::of(code);
                let told = |what: String| format!("{place}: {what}");
                findings.fallen.extend(floor.fallen(&now).into_iter().map(told));
                // The floor falls short of what is now.
                findings.risen.extend(now.fallen(floor).into_iter().map(|what| format!("{place}: before, {what}")));
            }
        }
    }
    for (name, chip) in floors.iter().flat_map(|(name, chips)| chips.keys().map(move |chip| (name, chip))) {
        if complete && !rows.iter().any(|row| row.name() == *name && row.chip == *chip) {
            findings.fallen.push(format!("{name} on {chip}: has a floor, but is not there"));
        }
    }
    findings
}

/// The floors that `rows` show.
pub(crate) fn of(rows: &[Row]) -> Floors {
    let mut floors = Floors::new();
    for row in rows {
        if let Some(code) = row.code() {
            floors.entry(row.name()).or_default().insert(row.chip.clone(), Floor::of(code));
        }
    }
    floors
}

/// File of the floors.
pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("floors.toml")
}

/// Reads the floors.
///
/// # Errors
/// Fails if the file is not there or says something else.
pub(crate) fn load(path: &Path) -> anyhow::Result<Floors> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))
}

/// The text of floors.toml: a line for each chip.
///
/// # Errors
/// None that a table of numbers can cause.
pub(crate) fn print(floors: &Floors) -> anyhow::Result<String> {
    let mut text = String::from(
        "# What the machine code of each kernel must show on each chip; README.md says what the figures are.\n\
         # Written by `lab floors --update`.\n",
    );
    for (name, chips) in floors {
        write!(text, "\n[{name:?}]\n")?;
        for (chip, floor) in chips {
            let fields = toml::to_string(floor)?;
            writeln!(text, "{chip} = {{ {} }}", fields.trim().replace('\n', ", "))?;
        }
    }
    Ok(text)
}
