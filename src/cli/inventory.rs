//! `judge --cards-from`: every card of an inventory, and their sum.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::Exit;
use super::exit::Usage;
use super::judge::exit;
use super::output::{print, print_json, say};
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

/// The lines of a file, and a note about it.
#[derive(Debug, PartialEq)]
struct Inventoried {
    lines: Vec<Line>,
    note: Option<String>,
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
    let Inventoried { lines, note } = read(path)?;
    note.iter().for_each(|note| say(&format!("note: {note}")));
    // Inventories name the same card again and again.
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut answers: Vec<Result<Verdict, String>> = Vec::new();
    let mut rows = Vec::new();
    for line in &lines {
        let place = *places.entry(&line.name).or_insert_with(|| {
            answers.push(answer(&line.name, question, reference));
            answers.len() - 1
        });
        rows.push(InventoryRow::of(line.number, &line.name, line.count, answers[place].as_ref()));
    }
    let verdicts: Vec<Verdict> = answers.into_iter().filter_map(Result::ok).collect();
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

/// The verdict on a name, or that no card has it.
fn answer(name: &str, question: &Question<'_>, reference: &Reference) -> Result<Verdict, String> {
    let named = reference.named(name);
    if named.is_empty() {
        return Err(no_such_card(name, reference));
    }
    Ok(judge::judge(&Question { named, called: Some(name), ..question.clone() }, reference))
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
fn read(path: &Path) -> anyhow::Result<Inventoried> {
    let shown = path.display();
    anyhow::ensure!(!path.is_dir(), "{shown} is a folder; name a file of comma-separated values");
    let bytes = encoding::read(path, MAX_BYTES).with_context(|| format!("cannot read {shown}"))?;
    let text = encoding::text(&bytes).map_err(|problem| anyhow::anyhow!("{shown}: {problem}"))?;
    let listed = parse(text).map_err(|problem| Usage(format!("{shown}: {problem}")))?;
    if listed.lines.is_empty() { Err(Usage(format!("{shown} lists no cards")).into()) } else { Ok(listed) }
}

/// Titles of columns that hold a card's name, and that hold how many there are; without case, dots and spaces.
const CARD: [&str; 13] = [
    "card",
    "cardname",
    "name",
    "gpu",
    "gpumodel",
    "gpuname",
    "model",
    "product",
    "grafikkarte",
    "型号",
    "显卡",
    "显卡型号",
    "gpu型号",
];
const COUNT: [&str; 14] = [
    "count", "number", "quantity", "qty", "units", "pcs", "amount", "no", "anzahl", "menge", "stück", "stueck", "数量",
    "台数",
];

fn parse(text: &str) -> Result<Inventoried, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    if text.matches('"').count() % 2 == 1 {
        return Err("a quotation mark is opened and not closed".to_owned());
    }
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let mut rows = rows.iter().filter(|row| !row.iter().all(str::is_empty)).peekable();
    let titles = rows.next_if(|row| place(row, &CARD).is_some());
    let (card, count) = match titles {
        Some(titles) => (place(titles, &CARD).unwrap_or(0), place(titles, &COUNT)),
        None => (0, Some(1)),
    };
    let width = titles.map_or(2, csv::StringRecord::len);
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    for row in rows {
        match line(row, line_number(row, text), card, count, width) {
            Ok(line) => lines.push(line),
            Err(problem) => wrong.push(problem),
        }
    }
    if !wrong.is_empty() {
        let untitled = titles.is_none().then(|| "no column is called card, name, gpu or model".to_owned());
        return Err(untitled.into_iter().chain(wrong).collect::<Vec<_>>().join("\n"));
    }
    let uncounted = titles.filter(|titles| count.is_none() && titles.len() > 1);
    Ok(Inventoried { lines, note: uncounted.map(each_counts_once) })
}

fn each_counts_once(titles: &csv::StringRecord) -> String {
    let titles: Vec<&str> = titles.iter().collect();
    format!("none of the columns {} is called count or quantity: each line counts as one card", titles.join(", "))
}

/// The separator that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: &u8| first.bytes().filter(|byte| byte == separator).count();
    b";\t,".iter().copied().max_by_key(count).unwrap_or(b',')
}

/// The column whose title is one of `names`.
fn place(titles: &csv::StringRecord, names: &[&str]) -> Option<usize> {
    let plain = |title: &str| title.to_lowercase().replace(['.', ' ', '_'], "");
    titles.iter().position(|title| names.contains(&plain(title).as_str()))
}

/// The line of the file on which a row begins: the reader's own count is off by one where lines end as on Windows.
fn line_number(row: &csv::StringRecord, text: &str) -> u64 {
    let start = row.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
    let (before, after) = text.split_at_checked(start).unwrap_or((text, ""));
    let skipped = after.len() - after.trim_start_matches(['\r', '\n']).len();
    let ends = before.matches('\n').count() + after[..skipped].matches('\n').count();
    u64::try_from(ends + 1).unwrap_or(u64::MAX)
}

/// One row of which something is written.
fn line(row: &csv::StringRecord, number: u64, card: usize, count: Option<usize>, width: usize) -> Result<Line, String> {
    let cell = |place: usize| row.get(place).unwrap_or_default();
    let name = cell(card).to_owned();
    if row.iter().skip(width).any(|cell| !cell.is_empty()) {
        return Err(format!(
            "line {number} has more cells than there are columns; a number such as 1,000 stands in quotes"
        ));
    }
    if name.is_empty() {
        return Err(format!("line {number} names no card"));
    }
    let count = match count.map(cell).unwrap_or_default() {
        "" => 1,
        text => number_of_cards(text).ok_or_else(|| {
            format!("line {number}: `{text}` is no number of cards; a whole number up to {MOST} is expected")
        })?,
    };
    Ok(Line { number, name, count })
}

/// `8`, `8x`, `1,000`.
fn number_of_cards(text: &str) -> Option<u64> {
    let digits = text.to_lowercase().replace([',', '\'', '\u{a0}', ' '], "");
    let digits = digits.trim_matches(['x', '×']);
    digits.parse().ok().filter(|count| *count <= MOST)
}

/// More cards of one kind than anybody has.
const MOST: u64 = 100_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(u64, String, u64)>, String> {
        Ok(parse(text)?.lines.into_iter().map(|line| (line.number, line.name, line.count)).collect())
    }

    #[test]
    fn inventories_are_read_as_people_keep_them() {
        for (text, lines) in [
            ("card,count\nRTX 4090,8\nTesla T4,\n", [2, 3]),
            ("Host,GPU,Qty.\r\na,RTX 4090,8\r\nb,Tesla T4,1\r\n", [2, 3]),
            ("RTX 4090,8\nTesla T4\n", [1, 2]),
            ("Grafikkarte;Anzahl\r\n\"RTX 4090\";8\r\n\r\nTesla T4;1\r\n", [2, 4]),
            ("型号\t数量\nRTX 4090\t8x\nTesla T4\t1\n", [2, 3]),
        ] {
            let two = vec![(lines[0], "RTX 4090".to_owned(), 8), (lines[1], "Tesla T4".to_owned(), 1)];
            assert_eq!(read(text), Ok(two), "{text}");
        }
        assert_eq!(read("gpu,qty\n#7 RTX 3090,\"1,000\"\n"), Ok(vec![(2, "#7 RTX 3090".to_owned(), 1000)]));
        let uncounted = parse("Location,Model\nBerlin,A800\n").expect("an inventory");
        assert!(uncounted.note.is_some(), "it is said that there is no count");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, words) in [
            ("card,count\r\nRTX 4090,1\r\nL40S,many\r\n", "line 3: `many`"),
            ("card,count\nRTX 4090,-1\n", "line 2"),
            ("card,count\n,8\n", "line 2 names no card"),
            ("card,count\nA100,1,000\n", "line 2 has more cells"),
            ("card,count\nA100,one\nA100,two\n", "line 3: `two`"),
            ("Inventory,Total\nA100,five\n", "no column is called"),
        ] {
            let error = read(text).expect_err("refused");
            assert!(error.contains(words), "{text}: {error}");
        }
        assert_eq!(read(""), Ok(Vec::new()));
    }
}
