//! Predictions beside what records of the card say.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use gpu_assay::problem::{Problem, TransferMethod};
use gpu_assay::record::{self, Entry, Outcome, Record};

use super::forecast::{Forecast, Prediction, Unit};
use super::machine::Machine;

/// A record and the name of its file.
pub(super) struct Held {
    pub(super) name: String,
    record: Record,
}

/// A measured figure beside a prediction.
pub(super) struct Beside {
    pub(super) measured: f64,
    excuse: Option<Excuse>,
    /// What the search took.
    pub(super) variant: Option<String>,
}

/// What of a measurement makes it less than what the card can do.
struct Excuse {
    words: String,
    /// Whether it is that the search might have found a better variant.
    of_search: bool,
}

/// The side of its predicted range that a measured figure lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Within,
    /// Faster than the range.
    Faster,
    Slower,
}

/// Reads records.
///
/// # Errors
/// What is no record, or one of another card.
pub(super) fn load(machine: &Machine, paths: &[PathBuf]) -> anyhow::Result<Vec<Held>> {
    let mut held = Vec::new();
    for path in paths {
        let record = record::load(path).map_err(|error| anyhow!("{error}"))?;
        let id = format!("{:04x}:{:04x}", record.adapter.vendor_id, record.adapter.device_id);
        if !machine.card.pci.contains(&id) {
            let name = &record.adapter.name;
            bail!(
                "{} is of {name} ({id}), and {} is {} ({})",
                path.display(),
                machine.chip,
                machine.card.name,
                machine.card.pci.join(", ")
            );
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        held.push(Held { name, record });
    }
    Ok(held)
}

/// Benchmark and variant of all that was measured.
pub(super) fn taken(records: &[Held]) -> Vec<(String, String)> {
    let entries = records.iter().flat_map(|held| &held.record.entries);
    let measured = entries.filter(|entry| entry.outcome == Outcome::Measured);
    let arithmetic = measured.filter(|entry| entry.id.starts_with("peak/") || entry.id.starts_with("matmul/"));
    arithmetic.filter_map(|entry| Some((entry.id.clone(), entry.variant.as_ref()?.name.clone()))).collect()
}

/// The best figure that the records have for `prediction`.
pub(super) fn beside(prediction: &Prediction, records: &[Held]) -> Option<Beside> {
    let forecast = prediction.forecast.as_ref().ok()?;
    let id = prediction.benchmark.split(':').next()?;
    let entries = records.iter().flat_map(|held| &held.record.entries);
    let measured = entries.filter(|entry| entry.id == id && entry.outcome == Outcome::Measured);
    let found = measured.filter_map(|entry| {
        let measured = if prediction.holds.is_some() { of_level(prediction, entry) } else { of_entry(forecast, entry) };
        Some(Beside {
            measured: measured?,
            excuse: excuse(entry),
            variant: entry.variant.as_ref().map(|it| it.name.clone()),
        })
    });
    found.max_by(|one, other| speed(forecast, one.measured).total_cmp(&speed(forecast, other.measured)))
}

fn of_entry(forecast: &Forecast, entry: &Entry) -> Option<f64> {
    // A path through a core's hands says nothing of the link.
    if let Some(Problem::Transfer(transfer)) = &entry.problem
        && transfer.path != TransferMethod::Direct
    {
        return None;
    }
    let rates = entry.rates.as_ref()?;
    match forecast.unit {
        Unit::Operations | Unit::Bytes => rates.best_per_s(),
        Unit::Seconds => rates.each().map(|time| time.best.get()),
    }
}

/// The level whose capacity is nearest, within a factor of three.
fn of_level(prediction: &Prediction, entry: &Entry) -> Option<f64> {
    let holds = prediction.holds?;
    let levels = || entry.levels.iter().filter(|level| !level.of_the_walk_alone);
    if holds.is_infinite() {
        return levels().find(|level| level.overflows_bytes.is_none()).map(|level| level.value);
    }
    #[expect(clippy::cast_precision_loss, reason = "capacities")]
    let capacity = |level: &gpu_assay::measure::levels::Level| {
        let end = level.overflows_bytes?;
        Some(level.capacity_bytes.map_or((level.holds_bytes as f64 * end as f64).sqrt(), |bytes| bytes as f64))
    };
    let distance = |level| Some((capacity(level)?.ln() - holds.ln()).abs());
    let near =
        levels().filter_map(|level| Some((distance(level)?, level))).filter(|(distance, _)| *distance < 3f64.ln());
    near.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, level)| level.value)
}

fn excuse(entry: &Entry) -> Option<Excuse> {
    if 2 * entry.slow_samples.len() >= entry.samples.len().max(1) {
        let words = "most of its samples were taken below 75 % of the clock".to_owned();
        return Some(Excuse { words, of_search: false });
    }
    let cut = entry.tuning.as_ref().and_then(|tuning| tuning.cut.as_ref()).filter(|cut| cut.tried < cut.of);
    let words = cut.map(|cut| format!("the search was cut short, {} of {} seeds", cut.tried, cut.of));
    words.or_else(|| entry.lower_bound.as_ref().map(ToString::to_string)).map(|words| Excuse { words, of_search: true })
}

/// The more the faster.
fn speed(forecast: &Forecast, value: f64) -> f64 {
    if forecast.unit == Unit::Seconds { 1.0 / value } else { value }
}

/// Measured over expected, above one where the card is faster.
pub(super) fn ratio(forecast: &Forecast, beside: &Beside) -> f64 {
    speed(forecast, beside.measured) / speed(forecast, forecast.expected())
}

/// The side of the range that the figure lies on; a fiftieth to either side counts as within.
pub(super) fn place(forecast: &Forecast, beside: &Beside) -> Place {
    let [low, high] = forecast.range;
    match (forecast.unit, beside.measured) {
        (Unit::Seconds, time) if time > high * 1.02 => Place::Slower,
        (Unit::Seconds, time) if time < low * 0.98 => Place::Faster,
        (Unit::Operations | Unit::Bytes, rate) if rate < low * 0.98 => Place::Slower,
        (Unit::Operations | Unit::Bytes, rate) if rate > high * 1.02 => Place::Faster,
        _ => Place::Within,
    }
}

/// What a figure outside the range means, or outside that of the variant that was taken; `None` for one within.
pub(super) fn meaning(forecast: &Forecast, beside: &Beside, of_taken: Option<&Forecast>) -> Option<String> {
    let [low, high] = forecast.range;
    let edge = |end: f64| 100.0 * speed(forecast, beside.measured) / speed(forecast, end);
    let slow_end = if forecast.unit == Unit::Seconds { high } else { low };
    let fast_end = if forecast.unit == Unit::Seconds { low } else { high };
    match place(forecast, beside) {
        Place::Within => of_taken.filter(|taken| place(taken, beside) == Place::Faster).map(|_| {
            "within, but faster than what the code of the variant that was taken allows: the card's own compiler makes fewer instructions of it".to_owned()
        }),
        Place::Faster => Some(format!(
            "{:.0} % of the range's faster end: {} does more than its sources say, or is not what limits it",
            edge(fast_end),
            forecast.limit
        )),
        Place::Slower => {
            // A search that ended early does not explain what its own variant lacks.
            let own = of_taken.is_some_and(|taken| place(taken, beside) == Place::Slower);
            let excuse = beside.excuse.as_ref().filter(|excuse| !(own && excuse.of_search));
            let said = excuse.map(|excuse| format!("{}, so that it may do more", excuse.words));
            let why = said.unwrap_or_else(|| slower(forecast, beside, of_taken));
            Some(format!("{:.0} % of the range's slower end; {why}", edge(slow_end)))
        }
    }
}

fn slower(forecast: &Forecast, beside: &Beside, of_taken: Option<&Forecast>) -> String {
    if forecast.variant.is_none() {
        let limit = &forecast.limit;
        return format!("the chip has less of {limit} than its sources say, or the kernel does not ask for all of it");
    }
    let half = |(_, ceiling): &(String, [f64; 2])| (0.46..0.51).contains(&(beside.measured / ceiling[1]));
    if forecast.limit.contains("slots") && forecast.ceilings.iter().any(half) {
        return "about half: the card's own compiler makes instructions that do one where those that were counted do two".to_owned();
    }
    let why = if of_taken.is_some_and(|taken| place(taken, beside) == Place::Within) {
        "within the range of what was taken: the search did not come to what is predicted to be faster, or did not like it"
    } else {
        "the card's own compiler makes more instructions than were counted, or something limits it that the model lacks"
    };
    why.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(unit: Unit, range: [f64; 2]) -> Forecast {
        Forecast::of(unit, range, "issue slots")
    }

    fn beside(measured: f64, excuse: Option<&str>) -> Beside {
        let excuse = excuse.map(|words| Excuse { words: words.to_owned(), of_search: true });
        Beside { measured, excuse, variant: None }
    }

    #[test]
    fn rates_and_times_lie_on_the_right_side() {
        let rate = forecast(Unit::Bytes, [100.0, 400.0]);
        let time = forecast(Unit::Seconds, [100.0, 400.0]);
        for (value, of_rate, of_time) in [
            (50.0, Place::Slower, Place::Faster),
            (200.0, Place::Within, Place::Within),
            (500.0, Place::Faster, Place::Slower),
        ] {
            assert_eq!((place(&rate, &beside(value, None)), place(&time, &beside(value, None))), (of_rate, of_time));
        }
        assert!((ratio(&rate, &beside(100.0, None)) - 0.5).abs() < 1e-12);
        assert!((ratio(&time, &beside(100.0, None)) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn what_a_record_says_against_itself_comes_before_what_the_model_may_lack() {
        let rate = forecast(Unit::Operations, [100.0, 400.0]);
        assert_eq!(meaning(&rate, &beside(200.0, None), None), None);
        let cut =
            meaning(&rate, &beside(50.0, Some("the search was cut short, 3 of 9 seeds")), None).expect("a meaning");
        assert!(cut.starts_with("50 % of the range's slower end; the search was cut short"), "{cut}");
        let (cut, of_taken) = (beside(50.0, Some("cut short")), forecast(Unit::Operations, [90.0, 300.0]));
        let own = meaning(&rate, &cut, Some(&of_taken)).expect("a meaning");
        assert!(!own.contains("cut short"), "its variant is slower than its own code allows: {own}");
        let (of_taken, own) = (forecast(Unit::Operations, [50.0, 90.0]), meaning(&rate, &beside(200.0, None), None));
        let faster = meaning(&rate, &beside(200.0, None), Some(&of_taken)).expect("a meaning");
        assert!(own.is_none() && faster.contains("fewer instructions"), "{faster}");
        let less = meaning(&rate, &beside(50.0, None), None).expect("a meaning");
        assert!(less.contains("than its sources say"), "{less}");
        let more = meaning(&rate, &beside(800.0, None), None).expect("a meaning");
        assert!(more.starts_with("200 % of the range's faster end: issue slots"), "{more}");
    }
}
