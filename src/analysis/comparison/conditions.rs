//! What was different of a card while two records of it were taken: limits, clocks, heat. Nothing where either has no readings.

use crate::analysis::conditions::link_of_transfers;
use crate::record::{Entry, Record};
use crate::telemetry::{Held, Reading, Reason, Series};

/// Clocks and limits nearer to each other than this, relative, are the same.
const CLOCK: f64 = 0.03;
const LIMIT: f64 = 0.01;

/// Degrees that explain something.
const DEGREES: f64 = 10.0;

/// A setting of clocks shows in at least this part of the readings.
const SET: f64 = 0.1;

/// More benchmarks than this are counted instead of named.
const NAMED: usize = 4;

/// What differed of the conditions that two records of one card were taken under, one sentence each.
pub fn other_conditions(base: &Record, new: &Record) -> Vec<String> {
    let both = [base, new];
    let limits = limits(both).into_iter();
    let heat = differ(both.map(hottest), |base, new| (base - new).abs() > DEGREES);
    let heat = heat.map(|[base, new]| format!("the highest temperature differs: {base:.0} °C → {new:.0} °C"));
    let link = differ(both.map(link_of_transfers), |base, new| base != new);
    let link = link.map(|[base, new]| format!("the link to the host differs: {base} → {new}"));
    let ecc = differ(both.map(|record| record.board.as_ref()?.ecc), |base, new| base != new);
    let ecc = ecc.map(|both| both.map(|on| if on { "on" } else { "off" }));
    let ecc = ecc.map(|[base, new]| format!("ECC differs: {base} → {new}"));
    let waited = both.map(|record| record.plan.wait_for_cool_c.is_some());
    let waited = (waited[0] != waited[1]).then(|| {
        format!(
            "the card rested before each benchmark (--wait-for-cool) in {} alone",
            if waited[0] { "the base" } else { "the new one" }
        )
    });
    limits.chain(clocks(both)).chain(held(both)).chain(heat).chain(link).chain(ecc).chain(waited).collect()
}

/// The median core clock of `new` over that of `base`, of a benchmark that follows the clock.
pub(super) fn clock_ratio(base: &Entry, new: &Entry) -> Option<f64> {
    Some(new.core_hz_median()? / base.core_hz_median()?)
}

/// Two known values that differ.
fn differ<T: Copy>([base, new]: [Option<T>; 2], differs: impl Fn(T, T) -> bool) -> Option<[T; 2]> {
    let (base, new) = (base?, new?);
    differs(base, new).then_some([base, new])
}

fn series(record: &Record) -> impl Iterator<Item = &Series> {
    record.entries.iter().filter_map(|entry| entry.telemetry.as_ref())
}

/// The power limit, and settings of clocks.
fn limits(both: [&Record; 2]) -> Vec<String> {
    let limit = |record| series(record).filter_map(|one| one.power_limit_w).min_by(f64::total_cmp);
    let power = differ(both.map(limit), |base, new| (base / new - 1.0).abs() > LIMIT);
    let power = power.map(|[base, new]| format!("the power limit differs: {base:.0} W → {new:.0} W"));
    let set = differ(both.map(are_clocks_set), |base, new| base != new);
    let set =
        set.map(|[base, _]| format!("a setting limited clocks in {}", if base { "the base" } else { "the new one" }));
    power.into_iter().chain(set).collect()
}

/// Whether a setting limited clocks; `None` where the driver gives no reasons.
fn are_clocks_set(record: &Record) -> Option<bool> {
    let readings = series(record).flat_map(|one| &one.readings);
    let reasons: Vec<&Vec<Reason>> = readings.filter_map(|reading: &Reading| reading.reasons.as_ref()).collect();
    let set = reasons.iter().filter(|reasons| reasons.contains(&Reason::ClockSetting)).count();
    #[expect(clippy::cast_precision_loss, reason = "readings are few")]
    (!reasons.is_empty()).then_some(set as f64 >= SET * reasons.len() as f64)
}

fn hottest(record: &Record) -> Option<f64> {
    series(record).filter_map(|one| one.temperature_c_highest).max_by(f64::total_cmp)
}

/// Benchmarks of both records, base first.
fn pairs([base, new]: [&Record; 2]) -> impl Iterator<Item = [&Entry; 2]> {
    let of = |id: &str| new.entries.iter().find(|entry| entry.id == id);
    base.entries.iter().filter_map(move |entry| Some([entry, of(&entry.id)?]))
}

/// Core clocks, of the benchmarks that follow them.
fn clocks(both: [&Record; 2]) -> Option<String> {
    let changed = |[base, new]: [&Entry; 2]| {
        let ratio = clock_ratio(base, new).filter(|ratio| (ratio - 1.0).abs() > CLOCK)?;
        let megahertz = |entry: &Entry| Some(entry.core_hz_median()? / 1e6);
        let change = 100.0 * (ratio - 1.0);
        Some((change, format!("{} {:.0} → {:.0} MHz ({change:+.1} %)", base.id, megahertz(base)?, megahertz(new)?)))
    };
    let changed: Vec<(f64, String)> = pairs(both).filter_map(changed).collect();
    let least = changed.iter().map(|(change, _)| *change).min_by(f64::total_cmp)?;
    let most = changed.iter().map(|(change, _)| *change).max_by(f64::total_cmp)?;
    let words = if changed.len() > NAMED {
        format!("of {} benchmarks, by {least:+.1} to {most:+.1} %", changed.len())
    } else {
        changed.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join(", ")
    };
    Some(format!("the median core clock differs: {words}"))
}

/// What held the card, of benchmarks where that is known of both.
fn held(both: [&Record; 2]) -> Option<String> {
    let known = |entry: &Entry| {
        let held = entry.telemetry.as_ref()?.held_by;
        (held != Held::Unknown).then_some(held)
    };
    let mut changes: Vec<([Held; 2], Vec<&str>)> = Vec::new();
    for pair in pairs(both) {
        let Some(change) = differ(pair.map(known), |base, new| base != new) else { continue };
        match changes.iter_mut().find(|(other, _)| *other == change) {
            Some((_, ids)) => ids.push(&pair[0].id),
            None => changes.push((change, vec![&pair[0].id])),
        }
    }
    let words = |([base, new], ids): ([Held; 2], Vec<&str>)| {
        let which = if ids.len() > NAMED { format!("{} benchmarks", ids.len()) } else { ids.join(", ") };
        format!("{base} → {new} in {which}")
    };
    let words: Vec<String> = changes.into_iter().map(words).collect();
    (!words.is_empty()).then(|| format!("what held the card differs: {}", words.join("; ")))
}
