//! The page of one card: what is predicted, where the figures come from, and what records say.

use std::fmt::Write as _;

use super::forecast::{self, Forecast, Prediction};
use super::held::{self, Held, Place};
use super::machine::{Machine, Slots};
use crate::row::Row;

const HOW: &str = "\
Rates of peaks and products follow from the laboratory's machine code: what a subgroup issues and moves in the hot loop and around it, over what
a unit of the chip does in a clock. The upper end of a product's range takes every part as busy at once (the slowest decides), and what the
invocations of a subgroup read in common as read once; the lower end takes arithmetic and the movement of data by turns, and every read for
itself. *Expected* is the geometric middle. *Ceilings* are what each part alone would allow; conflicts of banks are not counted. Of the seeds of
a benchmark the one with the best middle is predicted; the search may find a better neighbour.
";

const NVK: &str = "\
The machine code is that of NVK's compiler (Mesa), which is not NVIDIA's own: a driver that packs, unrolls or orders otherwise gives other figures.
";

const MESA: &str =
    "The machine code is that of Mesa's compiler, which is the driver on Linux and not the one of Windows.\n";

/// As Markdown.
pub(super) fn render(machine: &Machine, predictions: &[Prediction], rows: &[Row], records: &[Held]) -> String {
    let mut text = format!("# What an {} {} should reach\n\n", machine.card.vendor, machine.card.name);
    let chip = &machine.chip;
    let unit = &machine.figures.unit;
    let clock = machine.clock_hz() / 1e9;
    _ = writeln!(
        text,
        "Made by `lab predict {chip} --write`; no figure of a card that this project measured went into it. `lab/README.md` says how.\n"
    );
    let slots = match unit.slots {
        Slots::Every => "every instruction takes one",
        Slots::Vector => "vector arithmetic takes them",
    };
    _ = writeln!(
        text,
        "{} {}s, {} issue slots a clock in each ({slots}), {clock:.2} GHz as its claim for singles implies.\n",
        unit.count, unit.name, unit.schedulers
    );
    text += HOW;
    text += if machine.card.vendor == "NVIDIA" { NVK } else { MESA };
    text += "\n";
    text += &table(
        &["benchmark", "predicted", "expected", "limited by", "ceilings", "for"],
        predictions.iter().map(|it| row(machine, it)),
    );
    text += "\n## Where the figures come from\n\n";
    _ = writeln!(
        text,
        "Claims (rates, bandwidth, the link) are those of `reference/cards/{}.toml`; the rest:\n",
        machine.card.id
    );
    for (group, sources, recalled) in machine.sources() {
        _ = writeln!(text, "- {group}: {sources}{}", if recalled { "; unconfirmed in part" } else { "" });
    }
    text += "\n";
    for (id, title) in machine.titles() {
        _ = writeln!(text, "- `{id}`: {title}");
    }
    if !records.is_empty() {
        text += &beside(machine, predictions, rows, records);
    }
    text
}

/// Without padding, so that one changed figure changes one line.
fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    let rule = format!("|{}\n", "---|".repeat(header.len()));
    line(&header) + &rule + &rows.map(|cells| line(&cells)).collect::<String>()
}

fn row(machine: &Machine, prediction: &Prediction) -> Vec<String> {
    let cells = match &prediction.forecast {
        Err(why) => {
            // Drivers list all that they have.
            let why = why.split(';').next().unwrap_or_default().to_owned();
            ["no basis".to_owned(), String::new(), why, String::new(), String::new()]
        }
        Ok(forecast) => [
            forecast::words(forecast.unit, forecast.range),
            forecast::figure(forecast.unit, forecast.expected()),
            format!("{}{}", forecast.limit, if is_unconfirmed(machine, forecast) { " (unconfirmed)" } else { "" }),
            ceilings(forecast),
            subject(forecast),
        ],
    };
    std::iter::once(prediction.benchmark.clone()).chain(cells).collect()
}

/// Whether what limits it rests on a figure that was not read anywhere.
fn is_unconfirmed(machine: &Machine, forecast: &Forecast) -> bool {
    let groups = [
        ("issue slots", "units"),
        ("pipe", "multiply-adds"),
        ("dot products", "multiply-adds"),
        ("matrix units", "matrix units"),
        ("workgroup", "workgroup memory"),
        ("L1", "L1"),
        ("L1 latency", "step of a walk"),
        ("L2", "L2"),
        ("Infinity Cache", "L3"),
        ("memory", "device memory"),
        ("link", "link"),
    ];
    groups.iter().any(|(words, group)| forecast.limit.contains(words) && machine.is_unconfirmed(group))
}

fn ceilings(forecast: &Forecast) -> String {
    let one = |(part, range): &(String, [f64; 2])| format!("{part} {}", forecast::words(forecast.unit, *range));
    forecast.ceilings.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Whose code, and on which problem.
fn subject(forecast: &Forecast) -> String {
    [forecast.variant.clone(), forecast.note.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn beside(machine: &Machine, predictions: &[Prediction], kept: &[Row], records: &[Held]) -> String {
    let names: Vec<String> = records.iter().map(|held| format!("`{}`", held.name)).collect();
    let mut text = format!("\n## Held against records\n\n{}, the best figure of each benchmark. ", names.join(", "));
    let mut rows = Vec::new();
    let mut meanings = String::new();
    let mut counts = [0usize; 3];
    for prediction in predictions {
        let (Ok(forecast), Some(beside)) = (&prediction.forecast, held::beside(prediction, records)) else { continue };
        let (place, words) = match held::place(forecast, &beside) {
            Place::Within => (0, "within"),
            Place::Slower => (1, "slower"),
            Place::Faster => (2, "faster"),
        };
        counts[place] += 1;
        let taken = beside.variant.as_ref().filter(|_| forecast.variant.is_some());
        let of_taken = taken.and_then(|taken| super::of_variant(machine, kept, &prediction.benchmark, taken));
        rows.push(vec![
            prediction.benchmark.clone(),
            forecast::words(forecast.unit, forecast.range),
            forecast::figure(forecast.unit, beside.measured),
            format!("{:.2}", held::ratio(forecast, &beside)),
            words.to_owned(),
            taken.cloned().unwrap_or_default(),
            of_taken.as_ref().map(|it| forecast::words(it.unit, it.range)).unwrap_or_default(),
        ]);
        if let Some(meaning) = held::meaning(forecast, &beside, of_taken.as_ref()) {
            _ = writeln!(meanings, "- {}: {meaning}.", prediction.benchmark);
        }
    }
    let [within, slower, faster] = counts;
    _ = writeln!(
        text,
        "Of {} figures {within} lie within (2 % to either side included), {slower} are slower, {faster} faster.\n",
        rows.len()
    );
    text += &table(
        &["benchmark", "predicted", "measured", "of expected", "", "taken", "predicted of that"],
        rows.into_iter(),
    );
    if !meanings.is_empty() {
        text += "\nWhere the prediction failed, and what that means:\n\n";
        text += &meanings;
    }
    text
}
