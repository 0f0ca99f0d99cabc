//! Kleene's three-valued logic, and comparisons of values that may be known in part only.

use serde::Serialize;

use crate::reference::{Comparison, Predicate, Threshold};

/// True, false, or unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// At least one.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// The opposite; unknown stays unknown.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "it stands beside `and` and `or`")]
    pub fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// How much is known of a quantity that is never negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known {
    /// Its value.
    Exactly(f64),
    /// A lower bound: a measurement, or a sum with parts missing.
    AtLeast(f64),
    /// Nothing.
    Nothing,
}

impl Known {
    /// The value or bound.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Exactly(value) | Self::AtLeast(value) => Some(value),
            Self::Nothing => None,
        }
    }

    /// The sum. With a part missing, the known part is a lower bound.
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(one), Self::Exactly(two)) => Self::Exactly(one + two),
            (one, two) => Self::AtLeast(one.value().unwrap_or(0.0) + two.value().unwrap_or(0.0)),
        }
    }

    /// Compares with a threshold. A lower bound decides only what no larger value could change.
    pub fn against(self, comparison: Comparison, threshold: f64) -> Truth {
        let holds = |value: f64| match comparison {
            Comparison::AtLeast => value >= threshold,
            Comparison::Above => value > threshold,
            Comparison::Below => value < threshold,
            Comparison::AtMost => value <= threshold,
            #[expect(clippy::float_cmp, reason = "used for truth values, which are 0 and 1")]
            Comparison::Equal => value == threshold,
        };
        match (self, comparison) {
            (Self::Exactly(value), _) => holds(value).into(),
            (Self::AtLeast(value), Comparison::AtLeast | Comparison::Above) if holds(value) => Truth::True,
            (Self::AtLeast(value), Comparison::Below | Comparison::AtMost) if !holds(value) => Truth::False,
            (Self::AtLeast(value), Comparison::Equal) if value > threshold => Truth::False,
            _ => Truth::Unknown,
        }
    }
}

/// The sum of the named values.
pub(super) fn sum(variables: &[String], values: &dyn Fn(&str) -> Known) -> Known {
    variables.iter().map(|name| values(name)).reduce(Known::plus).unwrap_or(Known::Nothing)
}

/// The value of a predicate.
pub fn evaluate(predicate: &Predicate, values: &dyn Fn(&str) -> Known) -> Truth {
    evaluate_by(predicate, &mut |variables, comparison, threshold| {
        sum(variables, values).against(comparison, threshold.number())
    })
}

/// The value of a predicate whose comparisons, each once and in order, are what `compare` says.
pub(super) fn evaluate_by(
    predicate: &Predicate,
    compare: &mut dyn FnMut(&[String], Comparison, Threshold) -> Truth,
) -> Truth {
    match predicate {
        Predicate::All(parts) => parts.iter().fold(Truth::True, |all, part| all.and(evaluate_by(part, compare))),
        Predicate::Any(parts) => parts.iter().fold(Truth::False, |any, part| any.or(evaluate_by(part, compare))),
        Predicate::Not(part) => evaluate_by(part, compare).not(),
        Predicate::Compare { variables, comparison, threshold } => compare(variables, *comparison, *threshold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kleene_tables() {
        use Truth::{False, True, Unknown};
        assert_eq!([True.and(Unknown), False.and(Unknown), Unknown.and(Unknown)], [Unknown, False, Unknown], "and");
        assert_eq!([True.or(Unknown), False.or(Unknown), Unknown.or(Unknown)], [True, Unknown, Unknown], "or");
        assert_eq!(Unknown.not(), Unknown, "not");
    }

    #[test]
    fn a_lower_bound_proves_over_and_never_under() {
        let bound = Known::AtLeast(4800.0);
        assert_eq!(bound.against(Comparison::AtLeast, 4800.0), Truth::True, "equal counts");
        assert_eq!(bound.against(Comparison::AtLeast, 4800.1), Truth::Unknown, "it may be more");
        assert_eq!(bound.against(Comparison::Below, 4800.0), Truth::False, "it is not below");
        assert_eq!(bound.against(Comparison::Below, 5000.0), Truth::Unknown, "it may be more");
    }

    #[test]
    fn a_sum_with_a_missing_part_is_a_lower_bound() {
        let values = |name: &str| if name == "dram" { Known::Exactly(1800.0) } else { Known::Nothing };
        let names = ["dram".to_owned(), "io".to_owned()];
        assert_eq!(sum(&names, &values).against(Comparison::AtLeast, 1700.0), Truth::True, "the known part suffices");
        assert_eq!(sum(&names, &values).against(Comparison::AtLeast, 1900.0), Truth::Unknown, "it does not");
    }
}
