//! The comparisons that the result of a rule follows from, and those that alone would change it.

use super::finding::Term;
use super::truth::{Truth, evaluate_by};
use crate::reference::Predicate;

/// The results of comparisons, in order.
pub(super) fn results(terms: &[Term]) -> Vec<Truth> {
    terms.iter().map(|term| term.result).collect()
}

/// The comparisons that the result of all `predicates` together follows from, as places in `results`, which are those of the comparisons in order.
pub(super) fn grounds(predicates: &[&Predicate], results: &[Truth]) -> Vec<usize> {
    let mut next = 0;
    let mut grounds = of_all(predicates.iter().map(|predicate| because(predicate, results, &mut next)).collect()).1;
    grounds.dedup();
    grounds
}

/// The comparisons that make all `predicates` true where they alone are otherwise.
pub(super) fn decisive(predicates: &[&Predicate], mut results: Vec<Truth>) -> Vec<usize> {
    let whole = |results: &[Truth]| {
        let mut results = results.iter();
        let mut next = |_: &[String], _, _| results.next().copied().unwrap_or(Truth::Unknown);
        predicates.iter().fold(Truth::True, |all, predicate| all.and(evaluate_by(predicate, &mut next)))
    };
    if whole(&results) != Truth::False {
        return Vec::new();
    }
    let mut decisive = Vec::new();
    for place in 0..results.len() {
        let was = std::mem::replace(&mut results[place], Truth::True);
        if was == Truth::False && whole(&results) == Truth::True {
            decisive.push(place);
        }
        results[place] = was;
    }
    decisive
}

/// The value of a predicate and the comparisons that it follows from.
fn because(predicate: &Predicate, results: &[Truth], next: &mut usize) -> (Truth, Vec<usize>) {
    match predicate {
        Predicate::Compare { .. } => {
            let place = *next;
            *next += 1;
            (results.get(place).copied().unwrap_or(Truth::Unknown), vec![place])
        }
        Predicate::All(parts) => of_all(parts.iter().map(|part| because(part, results, next)).collect()),
        Predicate::Any(parts) => {
            // One of them is true where not all are false.
            let parts = parts.iter().map(|part| because(part, results, next));
            let (truth, grounds) = of_all(parts.map(|(truth, grounds)| (truth.not(), grounds)).collect());
            (truth.not(), grounds)
        }
        Predicate::Not(part) => {
            let (truth, grounds) = because(part, results, next);
            (truth.not(), grounds)
        }
    }
}

/// "All" is true because of each, false because of the first that is false, and unknown because of those that are unknown.
fn of_all(parts: Vec<(Truth, Vec<usize>)>) -> (Truth, Vec<usize>) {
    let all = parts.iter().fold(Truth::True, |all, (truth, _)| all.and(*truth));
    let mut of_that = parts.into_iter().filter(|(truth, _)| *truth == all).map(|(_, grounds)| grounds);
    let grounds = if all == Truth::False { of_that.next().unwrap_or_default() } else { of_that.flatten().collect() };
    (all, grounds)
}
