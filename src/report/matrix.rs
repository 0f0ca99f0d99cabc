//! One card for many destinations and dates: when did it become controlled, and where is it not?

use super::layout::{table, trimmed, wrapped};
use super::text::plain;
use super::verdict::DISCLAIMER;
use crate::judge::{Headline, Verdict};

/// More dates than this have no room in a table of columns.
const MOST_COLUMNS: usize = 7;

/// The answers of one or several destinations on every date.
struct Row<'a> {
    codes: Vec<&'a str>,
    answers: Vec<Headline>,
}

/// `verdicts` by date, in each the destinations of `codes`; `changes` where the dates are all those on which a rule changes.
pub fn matrix(codes: &[&str], verdicts: &[Vec<Verdict>], changes: bool) -> String {
    let Some(first) = verdicts.first().and_then(|row| row.first()) else { return String::new() };
    let dates: Vec<&str> = verdicts.iter().filter_map(|row| Some(row.first()?.as_of.as_str())).collect();
    let rows = rows(codes, verdicts);
    let cells = if changes || dates.len() > MOST_COLUMNS { spans(&rows, &dates, changes) } else { grid(&rows, &dates) };
    let one_of = || format!("one of {} cards", first.variants.len());
    let card = first.subject.card.clone().unwrap_or_else(one_of);
    let title = wrapped(&format!("{} ({card})", plain(&first.subject.name)));
    let words = wrapped(&format!("Rule data confirmed through {}. {DISCLAIMER}", first.confirmed_through));
    format!("{title}\n{cells}\n{words}")
}

/// A row for each set of destinations that are alike on every date.
fn rows<'a>(codes: &[&'a str], verdicts: &[Vec<Verdict>]) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for (place, code) in codes.iter().enumerate() {
        let answers: Vec<Headline> = verdicts.iter().filter_map(|row| Some(row.get(place)?.headline)).collect();
        match rows.iter_mut().find(|row| row.answers == answers) {
            Some(row) => row.codes.push(code),
            None => rows.push(Row { codes: vec![code], answers }),
        }
    }
    rows
}

fn grid(rows: &[Row<'_>], dates: &[&str]) -> String {
    let mut table = table();
    table.set_header(std::iter::once("for").chain(dates.iter().copied()));
    for row in rows {
        table.add_row(std::iter::once(row.codes.join(", ")).chain(row.answers.iter().map(ToString::to_string)));
    }
    trimmed(&table)
}

/// Each answer with the day from which it holds, or with the first of the days asked for that have it.
fn spans(rows: &[Row<'_>], dates: &[&str], changes: bool) -> String {
    let mut table = table();
    table.set_header(["for", "answer"]);
    let preposition = if changes { "from" } else { "on" };
    for row in rows {
        let mut before = None;
        let mut words = Vec::new();
        for (answer, date) in row.answers.iter().zip(dates) {
            if before.replace(*answer) != Some(*answer) {
                words.push(format!("{preposition} {date} {answer}"));
            }
        }
        table.add_row([row.codes.join(", "), words.join("; ")]);
    }
    trimmed(&table)
}
