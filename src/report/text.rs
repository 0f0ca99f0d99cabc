//! Plain text for a terminal.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

use super::conditions;
use super::layout::{trimmed, wrapped_to};
use super::load::load;
use super::peer::beside_peer;
use super::{Format, gaps, verdict};
use crate::judge::Verdict;
use crate::measure::levels::Level;
use crate::record::{Entry, Outcome, Rate, Rates, Record};
use crate::units::{Bytes, Seconds};

/// For a terminal, at most 80 columns as long as names allow it.
#[derive(Debug, Clone, Copy)]
pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn describe(&self) -> &'static str {
        "for a terminal"
    }

    fn render(&self, record: &Record, verdict: &Verdict) -> String {
        let mut parts = vec![heading(record)];
        parts.extend(record.warnings.iter().map(|warning| format!("warning: {}", plain(warning.words()))));
        parts.push(table(record).to_string());
        parts.extend(record.entries.iter().filter_map(levels).map(|table| table.to_string()));
        parts.extend(conditions::table(record).map(|table| trimmed(&table)));
        parts.extend(of_one_block(record));
        parts.extend(conditions::notes(record).iter().map(|note| wrapped_to(note, WIDTH)));
        parts.extend(notes(record));
        if !verdict.gaps.is_empty() {
            parts.push(gaps::table(&verdict.gaps).to_string());
        }
        parts.extend(gaps::table_at_clocks(&verdict.gaps).map(|table| table.to_string()));
        parts.extend(beside_peer(record));
        parts.push(verdict::verdict(verdict));
        parts.join("\n")
    }
}

fn heading(record: &Record) -> String {
    let adapter = &record.adapter;
    let synthetic = if record.synthetic { "SYNTHETIC record, not measured: " } else { "" };
    format!(
        "{synthetic}{} — {}, {} — {}",
        plain(&adapter.name),
        adapter.backend,
        plain(&adapter.whole_driver()),
        plain(&record.created)
    )
}

/// The column that shrinks when the table is too wide.
const VARIANT: usize = 1;

/// What a terminal shows at the least.
pub(super) const WIDTH: u16 = 80;

/// The rates of a record; the problems are in the other forms, which have more room.
fn table(record: &Record) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(["benchmark", "variant", "best", "median", "± 95 %", "check"]);
    for entry in record.entries.iter().filter(|entry| entry.outcome != Outcome::Unsupported) {
        let [id, _, variant, best, median, error, check] = row(entry);
        table.add_row([id, variant, best, median, error, check]);
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1));
        match number {
            // Names of shapes are long, and break between their numbers.
            VARIANT => drop(column.set_delimiter('/')),
            _ => drop(column.set_constraint(ColumnConstraint::ContentWidth)),
        }
        if (2..=4).contains(&number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The cells of one entry; cells that have nothing to show are empty.
pub(super) fn row(entry: &Entry) -> [String; 7] {
    let [best, median] = rates(entry);
    let is_time = matches!(entry.rates, Some(Rates::Each(_)));
    let error = entry.stats.as_ref().map(|stats| {
        let error = if is_time { stats.error_of_time() } else { stats.error_of_rate() };
        format!("{:.1} %", 100.0 * error)
    });
    let check = match entry.outcome {
        Outcome::Measured if entry.lower_bound.is_some() => "passed, ≥".to_owned(),
        Outcome::Measured => "passed".to_owned(),
        other => other.to_string(),
    };
    [
        plain(&entry.id),
        entry.problem.map(|problem| problem.to_string()).unwrap_or_default(),
        entry.variant.as_ref().map(|variant| plain(&variant.name)).unwrap_or_default(),
        best,
        median,
        error.unwrap_or_default(),
        check,
    ]
}

/// The best rate, with its unit.
pub(super) fn best_rate(entry: &Entry) -> String {
    let [best, _] = rates(entry);
    best
}

/// Best and median rate, with units.
fn rates(entry: &Entry) -> [String; 2] {
    let Some(rates) = entry.rates else { return [String::new(), String::new()] };
    fn shown<Q: ToString>(rate: &Rate<Q>) -> [String; 2] {
        [rate.best.to_string(), rate.median.to_string()]
    }
    match &rates {
        Rates::Ops(rate) => shown(rate),
        Rates::Bytes(rate) => shown(rate),
        Rates::Each(time) => shown(time),
    }
}

/// The levels of the memory hierarchy that a curve shows.
fn levels(entry: &Entry) -> Option<Table> {
    if entry.levels.is_empty() {
        return None;
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(
        [&format!("levels of {}", plain(&entry.id)), "at its fastest", "95 % from", "to"].map(ToString::to_string),
    );
    for level in &entry.levels {
        table.add_row(level_row(entry, level));
    }
    for column in 1..=3 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    Some(table)
}

/// The cells of one level, in the unit of its curve.
pub(super) fn level_row(entry: &Entry, level: &Level) -> [String; 4] {
    // An entry without a figure of its own may have levels.
    let is_time = entry.curve.iter().any(|point| matches!(point.rates, Rates::Each(_)));
    let value = |value: f64| if is_time { Seconds::new(value).to_string() } else { bandwidth(value) };
    [level.size(), value(level.value), value(level.range[0]), value(level.range[1])]
}

/// A bandwidth, in bytes per second.
fn bandwidth(bytes_per_s: f64) -> String {
    (Bytes::new(bytes_per_s) / Seconds::new(1.0)).to_string()
}

/// Which errors hold one block of samples only, and so nothing of what differs between runs.
pub(super) fn of_one_block(record: &Record) -> Option<String> {
    let figures = || record.entries.iter().filter(|entry| entry.rates.is_some());
    let ids: Vec<String> =
        figures().filter(|entry| entry.blocks.unwrap_or(1) < 2).map(|entry| plain(&entry.id)).collect();
    let which = if ids.len() == figures().count() { "all".to_owned() } else { ids.join(", ") };
    (!ids.is_empty()).then(|| format!("± of one block of samples, without what differs between runs — {which}"))
}

/// Notes beside the table: what was not measured, by reason, and then about each entry.
pub(super) fn notes(record: &Record) -> Vec<String> {
    let not_measured =
        [Outcome::Unsupported, Outcome::Skipped].into_iter().flat_map(|outcome| by_reason(record, outcome));
    let others = record.entries.iter().filter(|entry| entry.outcome != Outcome::Unsupported);
    not_measured.chain(others.flat_map(remarks)).collect()
}

/// Entries with one outcome, by reason.
fn by_reason(record: &Record, outcome: Outcome) -> Vec<String> {
    let mut by_reason: Vec<(String, Vec<String>)> = Vec::new();
    for entry in record.entries.iter().filter(|entry| entry.outcome == outcome) {
        let reason = plain(entry.why_unsound());
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(plain(&entry.id)),
            None => by_reason.push((reason, vec![plain(&entry.id)])),
        }
    }
    by_reason.into_iter().map(|(reason, ids)| format!("{outcome} — {reason}: {}", ids.join(", "))).collect()
}

/// Notes about an entry beside its row.
fn remarks(entry: &Entry) -> Vec<String> {
    let own_reason = entry.reason.iter().filter(|_| entry.outcome != Outcome::Skipped);
    let reason = own_reason.map(|reason| format!("{}: {}", entry.outcome, plain(reason.words())));
    let notes = entry.lower_bound.iter().chain(&entry.findings).map(|note| format!("note: {}", plain(note.words())));
    let loads = entry.sustained.iter().map(load);
    reason.chain(loads).chain(notes).map(|remark| format!("{} — {remark}", plain(&entry.id))).collect()
}

/// One line about an entry, for progress.
pub fn line(entry: &Entry) -> String {
    let [id, problem, variant, _, median, error, check] = row(entry);
    match &entry.reason {
        Some(reason) => format!("{id}: {check}: {}", plain(reason.words())),
        None => format!("{id} {problem} {variant}: median {median} ± {error}, check {check}"),
    }
}

/// One line about what an entry did under load, for progress; why it has no figure where it was wrong.
pub fn load_line(entry: &Entry) -> String {
    entry
        .sustained
        .as_ref()
        .map_or_else(|| line(entry), |sustained| format!("{}: {}", plain(&entry.id), load(sustained)))
}

/// A word longer than this is no word: tables take the square of its length to fold it.
const LONGEST_WORD: usize = 300;

/// Foreign text with everything replaced that a terminal would act on, control characters and changes of writing direction, and with the ends of endless
/// words left out.
pub fn plain(text: &str) -> String {
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut length = 0;
    let shown = text.chars().filter_map(|c| {
        length = if c.is_whitespace() { 0 } else { length + 1 };
        match length {
            0..=LONGEST_WORD => Some(if acts(c) { '\u{fffd}' } else { c }),
            length => (length == LONGEST_WORD + 1).then_some('…'),
        }
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Check;
    use crate::measure::{Clock, Stats};
    use crate::problem::{Chase, Problem};
    use crate::record::{Point, Remark};

    #[test]
    fn levels_of_a_walk_without_a_figure_are_times() {
        let level = Level {
            holds_bytes: 32 << 10,
            overflows_bytes: None,
            capacity_bytes: None,
            value: 2e-9,
            range: [1e-9, 3e-9],
            of_the_walk_alone: false,
        };
        let time = Seconds::new(2e-9);
        let point = Point {
            problem: Problem::Chase(Chase { bytes: 4096, stride: 128, steps: 16 }),
            variant: String::new(),
            check: Check { method: String::new(), elements: 1, max_error: 0.0, bound: 0.0 },
            clock: Clock::Wall,
            samples: Vec::new(),
            stats: Stats::of(&[time]).expect("one time"),
            rates: Rates::Each(Rate { best: time, median: time, median_ci95: [time; 2] }),
        };
        let skipped = Entry::without_figure("memory/latency", Outcome::Skipped, Remark::Interrupted);
        let walk = Entry { curve: vec![point], levels: vec![level], ..skipped };
        assert_eq!(level_row(&walk, &level)[1..], ["2.000 ns", "1.000 ns", "3.000 ns"]);
    }

    #[test]
    fn endless_words_end_and_others_stay() {
        let endless = "x".repeat(1 << 20);
        assert_eq!(plain(&format!("a {endless} b")).chars().count(), LONGEST_WORD + 5);
        let many = "word ".repeat(1000);
        assert_eq!(plain(&many), many);
        assert_eq!(plain("a\u{1b}[31m"), "a\u{fffd}[31m");
    }
}
