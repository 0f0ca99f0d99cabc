//! `judge --cards-from`: every card of an inventory, and what they are together.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::Exit;
use super::exit::Usage;
use super::judge::exit;
use super::output::{print, print_json};
use crate::judge::{self, Question, Verdict};
use crate::record::encoding;
use crate::reference::Reference;
use crate::report::{self, Inventory, InventoryRow};

/// Inventories of a thousand hosts are some hundred kilobytes.
const MAX_BYTES: u64 = 16 << 20;

/// Cards of one kind, as a line of the file says.
#[derive(Debug, PartialEq)]
struct Line {
    number: u64,
    name: String,
    count: u64,
}

/// The output of `--json`.
#[derive(Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    inventory: &'a Inventory,
    verdicts: Vec<Verdict>,
}

/// Judges the inventory in the file at `path`.
pub(super) fn judge(path: &Path, question: &Question<'_>, reference: &Reference, json: bool) -> anyhow::Result<Exit> {
    let lines = read(path)?;
    let mut verdicts = Vec::new();
    let mut rows = Vec::new();
    for line in &lines {
        let named = reference.named(&line.name);
        let question = Question { named, called: Some(&line.name), ..question.clone() };
        let verdict = (!question.named.is_empty()).then(|| judge::judge(&question, reference));
        let why_not = verdict.is_none().then(|| no_such_card(&line.name, reference));
        let row = InventoryRow::of(line.number, line.name.clone(), line.count, verdict.as_ref(), why_not);
        rows.push(row);
        verdicts.extend(verdict);
    }
    let inventory = Inventory::of(rows, &question.destination.name, question.date);
    let exits: Vec<Exit> = verdicts.iter().map(exit).collect();
    let worst = [Exit::Failed, Exit::Exceeds].into_iter().find(|worst| exits.contains(worst));
    let is_open = inventory.unknown > 0 || exits.contains(&Exit::Undecided);
    if json {
        print_json(&Judged { inventory: &inventory, verdicts })?;
    } else {
        print(&report::inventory(&inventory))?;
    }
    Ok(worst.unwrap_or(if is_open { Exit::Undecided } else { Exit::Done }))
}

fn no_such_card(name: &str, reference: &Reference) -> String {
    let near: Vec<&str> = reference.nearest(name).into_iter().map(|card| card.name.as_str()).collect();
    if near.is_empty() {
        "no card has that name".to_owned()
    } else {
        format!("no card has that name; near: {}", near.join(", "))
    }
}

/// The lines of an inventory.
fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    let shown = path.display();
    anyhow::ensure!(!path.is_dir(), "{shown} is a folder; name a file of comma-separated values");
    let bytes = encoding::read(path, MAX_BYTES).with_context(|| format!("cannot read {shown}"))?;
    let text = encoding::text(&bytes).map_err(|problem| anyhow::anyhow!("{shown}: {problem}"))?;
    let lines = parse(text).map_err(|problem| Usage(format!("{shown}: {problem}")))?;
    if lines.is_empty() { Err(Usage(format!("{shown} lists no cards")).into()) } else { Ok(lines) }
}

/// Names of columns that hold a card's name, and that hold how many there are; in the first line, whatever their case.
const CARD: [&str; 5] = ["card", "name", "gpu", "model", "product"];
const COUNT: [&str; 5] = ["count", "number", "quantity", "qty", "units"];

fn parse(text: &str) -> Result<Vec<Line>, String> {
    let separator =
        if text.lines().next().is_some_and(|first| first.contains(';') && !first.contains(',')) { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut columns: Option<(usize, Option<usize>)> = None;
    let mut lines = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let number = row.position().map_or(0, csv::Position::line);
        let place =
            |names: &[&str]| row.iter().position(|cell| names.iter().any(|name| cell.eq_ignore_ascii_case(name)));
        let Some((card, count)) = columns else {
            columns = match (place(&CARD), place(&COUNT)) {
                (Some(card), count) => Some((card, count)),
                // Without a line of titles: names, and counts beside them.
                (None, _) => {
                    lines.extend(line(&row, number, 0, Some(1))?);
                    Some((0, Some(1)))
                }
            };
            continue;
        };
        lines.extend(line(&row, number, card, count)?);
    }
    Ok(lines)
}

/// One row; `None` where it is empty.
fn line(row: &csv::StringRecord, number: u64, card: usize, count: Option<usize>) -> Result<Option<Line>, String> {
    let cell = |place: usize| row.get(place).unwrap_or_default();
    let name = cell(card).to_owned();
    let count = count.map(cell).unwrap_or_default();
    if name.is_empty() {
        return if row.iter().all(str::is_empty) { Ok(None) } else { Err(format!("line {number} names no card")) };
    }
    let count = match count {
        "" => 1,
        text => text.parse().ok().filter(|count| (1..=MOST).contains(count)).ok_or_else(|| {
            format!("line {number}: `{text}` is no number of cards; a whole number from 1 to {MOST} is expected")
        })?,
    };
    Ok(Some(Line { number, name, count }))
}

/// More cards of one kind than anybody has.
const MOST: u64 = 100_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, u64)>, String> {
        Ok(parse(text)?.into_iter().map(|line| (line.name, line.count)).collect())
    }

    #[test]
    fn inventories_are_read_as_people_keep_them() {
        let two = Ok(vec![("RTX 4090".to_owned(), 8), ("Tesla T4".to_owned(), 1)]);
        for text in [
            "card,count\nRTX 4090,8\nTesla T4,\n",
            "Host,GPU,Qty\r\na,RTX 4090,8\r\nb,Tesla T4,1\r\n",
            "RTX 4090,8\nTesla T4\n",
            "# ours\nModel;Count\n\"RTX 4090\";8\n\nTesla T4;1\n",
        ] {
            assert_eq!(read(text), two, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, words) in [
            ("card,count\nRTX 4090,many\n", "line 2: `many`"),
            ("card,count\nRTX 4090,-1\n", "line 2"),
            ("card,count\nRTX 4090,0\n", "line 2"),
            ("card,count\n,8\n", "line 2 names no card"),
        ] {
            let error = read(text).expect_err("refused");
            assert!(error.contains(words), "{text}: {error}");
        }
        assert_eq!(read(""), Ok(Vec::new()));
    }
}
