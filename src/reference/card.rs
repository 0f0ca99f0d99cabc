//! A card: what its maker claims, and what others measured.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::{RECALL, Reference};

/// One card. A key that is missing means *not established*, never zero.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Id, also the name of its file.
    pub id: String,
    /// Maker.
    pub vendor: String,
    /// Product name.
    pub name: String,
    /// Chip.
    pub chip: String,
    /// Other names that it goes by: drivers' strings, makers' short forms, other scripts. What several cards list is a name that they share.
    #[serde(default)]
    pub names: Vec<String>,
    /// PCI ids, `vendor:device` in hexadecimal; none where none is known.
    #[serde(default)]
    pub pci: Vec<String>,
    /// Those of its PCI ids that other products have too, whether or not the base has these: they need the name.
    #[serde(default)]
    pub shared_pci: Vec<String>,
    /// Release date.
    pub released: Option<String>,
    /// What it is sold for.
    pub market: Market,
    /// Whether it is designed or marketed for use in datacenters (a legal judgement; `--datacenter` overrides it).
    pub datacenter_marketed: bool,
    /// Region that it is sold in.
    pub region: String,
    /// The day on which somebody last looked whether its figures still stand.
    pub last_look: Option<Date>,
    /// Board power in watts.
    pub tdp_w: Option<f64>,
    /// Fields that were not confirmed against a document.
    #[serde(default)]
    pub unconfirmed: Vec<String>,
    /// Fields that rest on secondary sources.
    #[serde(skip)]
    secondary: Vec<String>,
    /// What else is to be known.
    pub note: Option<String>,
    /// Dense rates in tera-operations per second, by format; a multiply-add counts as two.
    #[serde(default)]
    pub rates: BTreeMap<String, f64>,
    /// The clock in MHz that the rate of a format is claimed at; a format whose clock is not established has none.
    #[serde(default)]
    pub clock_mhz: BTreeMap<String, f64>,
    /// How many multiprocessors, compute units or Xe-cores those rates are of, where there are clocks.
    pub units: Option<u32>,
    /// The devices that a card can appear as, if more than one.
    #[serde(default)]
    pub package: Package,
    /// Memory.
    pub memory: Memory,
    /// Links.
    pub io: Option<Io>,
    /// Dies.
    pub die: Option<Die>,
    /// Source ids, by group of figures.
    pub source: BTreeMap<String, String>,
    /// Figures that follow from the rates, computed by hand: a guard against typing errors.
    pub expect: Option<Expect>,
}

/// What a card is sold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Market {
    Datacenter,
    Workstation,
    Consumer,
    Soc,
    Embedded,
}

/// What an operating system shows of a card as a device.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Devices that the card shows up as by default, each an equal part of its rates and bandwidth.
    #[serde(default = "one")]
    pub devices: u32,
    /// What one of them is, in words.
    pub device: Option<String>,
    /// Modes that make more devices of it, and how many at the most: partitions (`CPX`), slices (`MIG`), virtual functions (`SR-IOV`).
    #[serde(default)]
    pub modes: BTreeMap<String, u32>,
}

impl Default for Package {
    fn default() -> Self {
        Self { devices: one(), device: None, modes: BTreeMap::new() }
    }
}

const fn one() -> u32 {
    1
}

/// Memory of a card.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Kind.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Size in gigabytes.
    pub size_gb: Option<f64>,
    /// Theoretical bandwidth in GB/s.
    pub bw_gbs: Option<f64>,
}

/// Links of a card, both directions together, in GB/s.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Io {
    /// Card to card; 0 where there is none.
    pub chip_to_chip_gbs: f64,
    /// Host link, raw.
    pub host_gbs: Option<f64>,
    /// What the 2022 rule counts: the sum of what is established.
    pub total_gbs: f64,
    /// In words.
    pub kind: String,
}

/// Dies of a card.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Die {
    /// All silicon, in mm².
    pub area_mm2: Option<f64>,
    /// Logic dies on non-planar nodes, in mm²: what performance density divides by.
    pub applicable_mm2: Option<f64>,
    /// Process node.
    pub node: Option<String>,
}

/// Figures that follow from others.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Total processing performance.
    pub tpp: f64,
    /// A format that reaches it.
    pub tpp_from: String,
    /// Performance density.
    pub pd: Option<f64>,
}

/// A published measurement.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Id of the card.
    pub card: String,
    /// What was measured, with the unit at the end: `fp32_gemm_tflops`, `dram_triad_gbs`.
    pub metric: String,
    /// The figure.
    pub value: f64,
    /// Tool that measured it.
    pub tool: String,
    /// Document or log that states it.
    pub source: String,
    /// Whether one device was measured of a card that is several.
    #[serde(default)]
    pub of_one_device: bool,
}

/// A problem, and the key at which it stands.
pub(super) type Problem = (String, String);

/// Computed figures may differ from stated ones by this much, relative: published rates have three digits.
pub(super) const ROUNDING: f64 = 0.006;

impl Card {
    pub(super) fn validate(&self, reference: &Reference) -> Result<(), Problem> {
        for (key, value) in self.figures() {
            if !(value.is_finite() && value >= 0.0) {
                return Err((key.to_owned(), format!("{value} is no possible value")));
            }
        }
        for key in self.rates.keys() {
            if !reference.formats.contains_key(key) {
                return Err((key.clone(), format!("`{key}` is no format of formats.toml")));
            }
        }
        for name in std::iter::once(&self.name).chain(&self.names) {
            if name.trim().is_empty() {
                return Err(("names".to_owned(), "a name is empty".to_owned()));
            }
        }
        let keys: Vec<&str> = self.figures().iter().map(|(key, _)| *key).collect();
        let is_key = |field: &str| keys.contains(&field) || ["type", "released", "pci", "node"].contains(&field);
        if let Some(field) = self.unconfirmed.iter().find(|field| !is_key(field)) {
            return Err(("unconfirmed".to_owned(), format!("`{field}` is no figure of this card")));
        }
        if let Some(id) = self.shared_pci.iter().find(|id| !self.pci.contains(id)) {
            return Err(("shared_pci".to_owned(), format!("`{id}` is none of its PCI ids")));
        }
        if self.package.modes.values().any(|devices| *devices == 0) {
            return Err(("modes".to_owned(), "a mode makes one device or more".to_owned()));
        }
        if self.package.devices == 0 || self.package.devices > 1 && self.package.device.is_none() {
            return Err(("devices".to_owned(), "a card is one device, or several that `device` describes".to_owned()));
        }
        for id in &self.pci {
            let hex = |part: &str| part.len() == 4 && u16::from_str_radix(part, 16).is_ok();
            if !id.split_once(':').is_some_and(|(vendor, device)| hex(vendor) && hex(device)) {
                return Err(("pci".to_owned(), format!("`{id}` is no PCI id like 10de:20b2")));
            }
        }
        self.check_sources(reference)?;
        self.check_sums()?;
        self.check_clocks()?;
        self.check_expectations(reference)
    }

    /// Notes what rests on secondary sources.
    pub(super) fn note_secondary(&mut self, reference: &Reference) {
        let is_secondary = |id: &String| reference.sources.get(id).is_some_and(|source| source.secondary);
        let groups: Vec<String> =
            self.source.iter().filter(|(_, id)| is_secondary(id)).map(|(group, _)| group.clone()).collect();
        let keys =
            self.figures().into_iter().map(|(key, _)| key.to_owned()).chain(["type", "released"].map(str::to_owned));
        self.secondary = keys.filter(|key| groups.iter().any(|group| group == group_of(key))).collect();
    }

    /// Every figure with its key.
    fn figures(&self) -> Vec<(&str, f64)> {
        let mut figures: Vec<(&str, f64)> = self.rates.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        let mut add = |key: &'static str, value: Option<f64>| figures.extend(value.map(|value| (key, value)));
        add("tdp_w", self.tdp_w);
        add("units", self.units.map(f64::from));
        add("size_gb", self.memory.size_gb);
        add("bw_gbs", self.memory.bw_gbs);
        if let Some(io) = &self.io {
            add("chip_to_chip_gbs", Some(io.chip_to_chip_gbs));
            add("host_gbs", io.host_gbs);
            add("total_gbs", Some(io.total_gbs));
        }
        if let Some(die) = &self.die {
            add("area_mm2", die.area_mm2);
            add("applicable_mm2", die.applicable_mm2);
        }
        figures.extend(self.clock_mhz.values().map(|mhz| ("clock_mhz", *mhz)));
        figures
    }

    /// A figure without a source is refused, unless it says itself that it is unconfirmed.
    fn check_sources(&self, reference: &Reference) -> Result<(), Problem> {
        for (group, id) in &self.source {
            if !reference.sources.contains_key(id) {
                return Err((group.clone(), format!("`{id}` is no source of sources/")));
            }
        }
        for (key, _) in self.figures() {
            let group = group_of(key);
            if !self.source.contains_key(group) && !self.unconfirmed.iter().any(|field| field == key) {
                return Err((
                    key.to_owned(),
                    format!("`{key}` has no source: name one as `source.{group}`, or list it as unconfirmed"),
                ));
            }
        }
        let undated = self.released.is_some() && !self.source.contains_key("released");
        if undated && !self.unconfirmed.iter().any(|field| field == "released") {
            return Err(("released".to_owned(), "`released` has no source".to_owned()));
        }
        if !self.pci.is_empty() && !self.source.contains_key("pci") {
            return Err(("pci".to_owned(), "`pci` has no source".to_owned()));
        }
        Ok(())
    }

    fn check_sums(&self) -> Result<(), Problem> {
        let Some(io) = &self.io else { return Ok(()) };
        let sum = io.chip_to_chip_gbs + io.host_gbs.unwrap_or(0.0);
        if (sum - io.total_gbs).abs() > 1e-6 {
            return Err(("total_gbs".to_owned(), format!("the total is {}, its parts make {sum}", io.total_gbs)));
        }
        Ok(())
    }

    fn check_expectations(&self, reference: &Reference) -> Result<(), Problem> {
        let Some(expect) = &self.expect else { return Ok(()) };
        let tpp = self.tpp(reference).map_or(0.0, |(tpp, _)| tpp);
        if (tpp / expect.tpp - 1.0).abs() > ROUNDING {
            return Err(("tpp".to_owned(), format!("TPP is stated as {}, the rates make {tpp}", expect.tpp)));
        }
        let by = self.tpp(reference).map_or("nothing", |(_, by)| by);
        if by != expect.tpp_from {
            return Err((
                "tpp_from".to_owned(),
                format!("TPP is stated to be by `{}`, it is by `{by}`", expect.tpp_from),
            ));
        }
        let density = self.applicable_area().map(|area| tpp / area);
        match (expect.pd, density) {
            (Some(stated), Some(computed)) if (computed / stated - 1.0).abs() > ROUNDING => {
                Err(("pd".to_owned(), format!("the density is stated as {stated}, TPP and area make {computed:.3}")))
            }
            (Some(stated), None) => {
                Err(("pd".to_owned(), format!("the density is stated as {stated}, but no applicable area")))
            }
            _ => Ok(()),
        }
    }

    /// Total processing performance from the claimed rates, and a format that decides it: the highest product of dense rate and
    /// input bits (ECCN 3A090, Technical Notes 1 to 3). Units are not summed. Rates are published with three digits, so several
    /// formats often reach the same product but for rounding: the most ordinary of them is named, the value is the highest.
    pub fn tpp<'a>(&'a self, reference: &Reference) -> Option<(f64, &'a str)> {
        let product = |(format, rate): (&'a String, &f64)| {
            reference.formats.get(format).map(|known| (rate * known.bits, format.as_str()))
        };
        let products: Vec<(f64, &str)> = self.rates.iter().filter_map(product).collect();
        let (highest, by) = products.iter().copied().reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        let reaches =
            |format: &str| products.iter().any(|(tpp, by)| *by == format && *tpp >= highest * (1.0 - ROUNDING));
        Some((highest, ORDINARY.into_iter().find(|format| reaches(format)).unwrap_or(by)))
    }

    /// The same where formats count with the bits that carry information; `None` where that changes nothing.
    pub fn tpp_by_payload(&self, reference: &Reference) -> Option<f64> {
        let product = |(format, rate): (&String, &f64)| {
            let known = reference.formats.get(format)?;
            Some(rate * known.payload_bits.unwrap_or(known.bits))
        };
        let (whole, _) = self.tpp(reference)?;
        let by_payload = self.rates.iter().filter_map(product).reduce(f64::max)?;
        (by_payload < whole * (1.0 - ROUNDING)).then_some(by_payload)
    }

    /// Area that performance density divides by, in mm².
    pub fn applicable_area(&self) -> Option<f64> {
        self.die.as_ref()?.applicable_mm2.filter(|area| *area > 0.0)
    }

    /// Whether `field`, or the group it belongs to, was not confirmed against a document of the maker's.
    pub fn is_unconfirmed(&self, field: &str) -> bool {
        !self.is_sourced(field) || self.secondary.iter().any(|secondary| secondary == field)
    }

    /// Whether `field` stands in a source, secondary or not.
    pub fn is_sourced(&self, field: &str) -> bool {
        self.unconfirmed.iter().all(|unconfirmed| unconfirmed != field)
            && self.source.get(group_of(field)).is_some_and(|source| source != RECALL)
    }

    /// Id of the source of `field`.
    pub fn source_of(&self, field: &str) -> Option<&str> {
        self.source.get(group_of(field)).map(String::as_str)
    }
}

/// Formats from the most to the least ordinary, to name one where several reach the same TPP.
const ORDINARY: [&str; 9] =
    ["int8_mx", "fp16_mx_acc16", "fp16_mx_acc32", "bf16_mx", "int8", "fp16", "fp32", "fp64_mx", "fp64"];

/// The group whose source a figure shares.
fn group_of(field: &str) -> &'static str {
    match field {
        "tdp_w" => "tdp",
        "clock_mhz" | "units" => "clock",
        "type" | "size_gb" | "bw_gbs" => "memory",
        "chip_to_chip_gbs" | "host_gbs" | "total_gbs" => "io",
        "area_mm2" | "applicable_mm2" | "node" => "die",
        "pci" => "pci",
        "released" => "released",
        _ => "rates",
    }
}

impl Published {
    /// The figure of the whole card.
    pub fn whole(&self, reference: &Reference) -> f64 {
        let devices = reference.cards.get(&self.card).map_or(1, |card| card.package.devices);
        if self.of_one_device { self.value * f64::from(devices) } else { self.value }
    }

    pub(super) fn validate(&self, reference: &Reference) -> Result<(), Problem> {
        if !reference.cards.contains_key(&self.card) {
            return Err((format!("\"{}\"", self.card), format!("there is no card `{}`", self.card)));
        }
        if !(self.value.is_finite() && self.value > 0.0) {
            return Err(("value".to_owned(), format!("{} is no possible value", self.value)));
        }
        if !["_tflops", "_tops", "_gbs"].iter().any(|unit| self.metric.ends_with(unit)) {
            return Err((format!("\"{}\"", self.metric), format!("`{}` ends in no known unit", self.metric)));
        }
        if self.source.is_empty() {
            return Err(("source".to_owned(), "a measurement without a source".to_owned()));
        }
        Ok(())
    }
}
