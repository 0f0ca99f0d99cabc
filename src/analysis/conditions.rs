//! What the card's own sensors say of a whole record: whether the link was the card's, and whether the clock probe saw what the card did.

use crate::measure::median;
use crate::record::{Entry, Note, Record, Remark, Warning};
use crate::telemetry::{Link, Reading};

/// Adds to `record` what its readings say: a warning about the link, and a note where the clock probe and the card's own clock differ.
pub fn examine(record: &mut Record) {
    if let Some(warning) = link_reduced(record).map(Note::from)
        && !record.warns_of(&warning)
    {
        record.warnings.push(warning);
    }
    let highest = record.entries.iter().filter_map(Entry::core_hz_median).max_by(f64::total_cmp);
    for entry in &mut record.entries {
        if let Some(remark) = highest.and_then(|highest| probe_differs(entry, highest)) {
            entry.say(remark);
        }
    }
}

/// Lanes and generation that no reading during transfers reached, though the card has them. A link that has nothing to do is slow to save power.
fn link_reduced(record: &Record) -> Option<Warning> {
    let most = record.board.as_ref()?.link_max?;
    let now = link_of_transfers(record)?;
    now.is_less_than(most).then_some(Warning::LinkReduced { now, most })
}

/// The most lanes and the highest generation of all readings during transfers; `None` of too few.
pub(super) fn link_of_transfers(record: &Record) -> Option<Link> {
    let transfers = record.entries.iter().filter(|entry| entry.benchmark().is_some_and(|one| one.kind.is_transfer()));
    let readings = transfers.filter_map(|entry| entry.telemetry.as_ref()).flat_map(|one| &one.readings);
    let links: Vec<Link> = readings.filter_map(|reading: &Reading| reading.link).collect();
    let generation = links.iter().map(|link| link.generation).max()?;
    let lanes = links.iter().map(|link| link.lanes).max()?;
    // None rests on a single reading.
    (links.len() >= FEWEST).then_some(Link { generation, lanes })
}

/// Readings that a statement about the link rests on at the least.
const FEWEST: usize = 3;

/// Parts of their best that differ by this much are worth a word.
const APART: f64 = 0.1;

/// Readings of the probe that a note rests on at the least.
const PROBES: usize = 2;

/// Says so where the clock probe and the card's own clock, relative to the `highest` median of the run, differ.
fn probe_differs(entry: &Entry, highest: f64) -> Option<Remark> {
    let clock = entry.core_hz_median()? / highest;
    let probes: Vec<f64> = entry.probes.iter().map(|probe| probe.relative_clock).collect();
    let probe = median(&probes);
    (probes.len() >= PROBES && (probe - clock).abs() > APART).then_some(Remark::ProbeDiffers { probe, clock })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::Benchmark;
    use crate::record::{Outcome, Probe};
    use crate::telemetry::{Board, Series};

    fn entry(id: &str, core_hz: f64, probe: f64) -> Entry {
        let probes = (0..3).map(|before_sample| Probe { before_sample, relative_clock: probe }).collect();
        let series = Series { core_hz_median: Some(core_hz), ..Series::default() };
        Entry { probes, telemetry: Some(series), ..Entry::empty(id, Outcome::Measured) }
    }

    #[test]
    fn a_link_is_reduced_that_is_so_during_transfers() {
        let link = |generation, lanes| Link { generation, lanes };
        let record = |id: &str, now: Link, count: usize| {
            let readings = vec![Reading { link: Some(now), ..Reading::default() }; count];
            let series = Series { readings, ..Series::default() };
            let entry = Entry { telemetry: Some(series), ..Entry::empty(id, Outcome::Measured) };
            let board = Board { link_max: Some(link(4, 16)), ..Board::default() };
            let text = include_str!("../../tests/fixtures/synthetic-a100.json");
            let record: Record = serde_json::from_str(text).expect("a fixture");
            Record { board: Some(board), entries: vec![entry], ..record }
        };
        let [transfer, product] = [true, false].map(|is| {
            crate::benchmark::CATALOGUE.iter().find(|one| one.kind.is_transfer() == is).expect("there are").id
        });
        assert_eq!(link_reduced(&record(transfer, link(4, 16), 9)), None);
        for now in [link(4, 8), link(3, 16)] {
            assert_eq!(link_reduced(&record(transfer, now, 9)), Some(Warning::LinkReduced { now, most: link(4, 16) }));
            assert_eq!(link_reduced(&record(transfer, now, 2)), None, "two readings");
            assert_eq!(link_reduced(&record(product, now, 9)), None, "nothing goes over it");
        }
    }

    #[test]
    fn a_probe_that_did_not_see_the_clock_fall_is_noted() {
        assert_eq!(probe_differs(&entry(Benchmark::F32_PEAK.id, 1.9e9, 0.98), 2e9), None);
        let fell = probe_differs(&entry(Benchmark::F32_PEAK.id, 1.5e9, 0.98), 2e9);
        assert!(matches!(fell, Some(Remark::ProbeDiffers { .. })), "{fell:?}");
        let transfer = crate::benchmark::CATALOGUE.iter().find(|one| !one.kind.follows_the_clock()).expect("there are");
        assert_eq!(probe_differs(&entry(transfer.id, 0.3e9, 0.98), 2e9), None, "the card rests in between");
    }
}
