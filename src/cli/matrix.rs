//! `judge --matrix`: one card, destinations by dates. When did it become controlled, and where is it not?

use jiff::civil::Date;
use serde::Serialize;

use super::Exit;
use super::exit::Usage;
use super::judge::{date, destination};
use super::output::{print, print_json};
use crate::judge::{self, Headline, Question, Verdict};
use crate::reference::{Destination, Reference};
use crate::report;

/// What `--matrix` asks for; nothing stands for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matrix {
    destinations: Vec<String>,
    dates: Vec<Date>,
}

/// One cell.
#[derive(Debug, Serialize)]
struct Cell<'a> {
    destination: &'a str,
    as_of: &'a str,
    headline: Headline,
    reason: &'a str,
}

impl<'a> Cell<'a> {
    fn of(verdict: &'a Verdict) -> Self {
        let Verdict { destination, as_of, headline, reason, .. } = verdict;
        Self { destination, as_of, headline: *headline, reason }
    }
}

const FORM: &str = "expected destinations × dates, such as CN,AE×2022-11-01,2024-01-01 or all×all";

impl Matrix {
    /// `CN,AE×2022-11-01,2024-01-01`; the sign may be an `x`.
    ///
    /// # Errors
    /// Fails if `text` is of another form.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // A destination's name may have an x of its own, dates have none.
        let (destinations, dates) = text.rsplit_once(['×', 'x', 'X']).ok_or(FORM)?;
        let listed = |text: &str| -> Vec<String> {
            text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        };
        let (destinations, dates) = (listed(destinations), listed(dates));
        if destinations.is_empty() || dates.is_empty() {
            return Err(FORM.to_owned());
        }
        let sorted = |mut dates: Vec<Date>| {
            dates.sort_unstable();
            dates.dedup();
            dates
        };
        let parsed =
            |text: &String| text.parse::<Date>().map_err(|_| format!("`{text}` is no date such as 2024-01-31"));
        let is_all = |list: &[String]| matches!(list, [word] if word.eq_ignore_ascii_case("all"));
        Ok(Self {
            dates: if is_all(&dates) {
                Vec::new()
            } else {
                sorted(dates.iter().map(parsed).collect::<Result<_, _>>()?)
            },
            destinations: if is_all(&destinations) { Vec::new() } else { destinations },
        })
    }

    /// Judges each pair of destination and date.
    pub(super) fn judge(&self, question: &Question<'_>, reference: &Reference, json: bool) -> anyhow::Result<Exit> {
        let destinations: Vec<&Destination> = if self.destinations.is_empty() {
            reference.destinations.iter().collect()
        } else {
            self.destinations.iter().map(|code| destination(code, reference)).collect::<Result<_, _>>()?
        };
        let dates = if self.dates.is_empty() { reference.turning_days() } else { self.dates.clone() };
        if dates.is_empty() {
            return Err(Usage("no rule that was asked for ever was in force: name dates".to_owned()).into());
        }
        dates.iter().try_for_each(|day| date(Some(*day), reference).map(drop))?;
        let judged = |date: Date| -> Vec<Verdict> {
            let at = |destination| judge::judge(&Question { date, destination, ..question.clone() }, reference);
            destinations.iter().copied().map(at).collect()
        };
        let rows: Vec<Vec<Verdict>> = dates.into_iter().map(judged).collect();
        if json {
            print_json(&rows.iter().flatten().map(Cell::of).collect::<Vec<_>>())?;
        } else {
            let codes: Vec<&str> = destinations.iter().map(|destination| destination.code.as_str()).collect();
            print(&report::matrix(&codes, &rows, self.dates.is_empty()))?;
        }
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_read() {
        let dates = ["2022-11-01", "2024-01-01"].map(|text| text.parse::<Date>().expect("a date")).to_vec();
        for sign in ["×", "x", " x "] {
            let read = Matrix::parse(&format!("CN, AE{sign}2022-11-01,2024-01-01")).expect("a matrix");
            assert_eq!(read, Matrix { destinations: vec!["CN".to_owned(), "AE".to_owned()], dates: dates.clone() });
        }
        assert_eq!(Matrix::parse("all×all"), Ok(Matrix { destinations: Vec::new(), dates: Vec::new() }));
        for wrong in ["", "CN", "×", "CN×", "×2024-01-01", "CN×2024-13-01", "CN×yesterday"] {
            assert!(Matrix::parse(wrong).is_err(), "{wrong}");
        }
    }
}
