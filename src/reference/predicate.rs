//! Predicates of rules as data.

use serde::Deserialize;

/// A condition over variables.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Every one of them.
    All(Vec<Self>),
    /// At least one of them.
    Any(Vec<Self>),
    /// Not this one.
    Not(Box<Self>),
    /// A comparison of one variable, or of the sum of several, with a number.
    Compare {
        /// The variables that are summed.
        variables: Vec<String>,
        /// How.
        comparison: Comparison,
        /// With what.
        threshold: Threshold,
    },
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Comparison {
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
    /// Above.
    #[serde(rename = ">")]
    Above,
    /// Below.
    #[serde(rename = "<")]
    Below,
    /// At most.
    #[serde(rename = "<=")]
    AtMost,
    /// Equal.
    #[serde(rename = "==")]
    Equal,
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
        })
    }
}

/// What a variable is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Threshold {
    /// A truth value.
    Bool(bool),
    /// A number, in the variable's unit.
    Number(f64),
}

impl Threshold {
    /// The number; truth values count as one and zero.
    pub fn number(self) -> f64 {
        match self {
            Self::Bool(value) => f64::from(u8::from(value)),
            Self::Number(value) => value,
        }
    }
}

impl Predicate {
    /// Calls `visit` for every comparison.
    pub fn comparisons<'a>(&'a self, visit: &mut impl FnMut(&'a [String], Comparison, Threshold)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.comparisons(visit)),
            Self::Not(part) => part.comparisons(visit),
            Self::Compare { variables, comparison, threshold } => visit(variables, *comparison, *threshold),
        }
    }

    /// Names of the variables, each once.
    pub fn variables(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        self.comparisons(&mut |variables, _, _| {
            for name in variables {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
        });
        names
    }
}

/// Deeper predicates are refused: no rule nests more than a handful.
const MAX_DEPTH: usize = 32;

/// The form in files: exactly one of `all`, `any`, `not`, `var`, `sum`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    all: Option<Vec<Self>>,
    any: Option<Vec<Self>>,
    not: Option<Box<Self>>,
    var: Option<String>,
    sum: Option<Vec<String>>,
    op: Option<Comparison>,
    value: Option<Threshold>,
}

impl Raw {
    fn predicate(self, depth: usize) -> Result<Predicate, String> {
        if depth > MAX_DEPTH {
            return Err(format!("predicates nest more than {MAX_DEPTH} deep"));
        }
        let parts =
            |list: Vec<Self>| list.into_iter().map(|raw| raw.predicate(depth + 1)).collect::<Result<Vec<_>, _>>();
        match self {
            Self { all: Some(list), any: None, not: None, var: None, sum: None, op: None, value: None }
                if !list.is_empty() =>
            {
                Ok(Predicate::All(parts(list)?))
            }
            Self { all: None, any: Some(list), not: None, var: None, sum: None, op: None, value: None }
                if !list.is_empty() =>
            {
                Ok(Predicate::Any(parts(list)?))
            }
            Self { all: None, any: None, not: Some(inner), var: None, sum: None, op: None, value: None } => {
                Ok(Predicate::Not(Box::new(inner.predicate(depth + 1)?)))
            }
            Self { all: None, any: None, not: None, var, sum, op: Some(comparison), value: Some(threshold) } => {
                let variables = match (var, sum) {
                    (Some(name), None) => vec![name],
                    (None, Some(names)) if !names.is_empty() => names,
                    _ => return Err("a comparison has either `var` or `sum`".to_owned()),
                };
                Ok(Predicate::Compare { variables, comparison, threshold })
            }
            _ => Err("a predicate is one of {all=[…]}, {any=[…]}, {not={…}}, {var, op, value}, {sum=[…], op, value}"
                .to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Predicate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Raw::deserialize(deserializer)?.predicate(0).map_err(serde::de::Error::custom)
    }
}
