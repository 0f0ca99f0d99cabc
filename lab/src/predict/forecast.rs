//! What is predicted of one benchmark.

use super::machine::Pair;

/// What a benchmark counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Operations,
    Bytes,
    Seconds,
}

/// A range with what limits it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forecast {
    pub(crate) unit: Unit,
    /// The lower and the higher figure: rates a second, or seconds.
    pub(crate) range: Pair,
    pub(crate) limit: String,
    /// What each limit alone would allow, the tightest first.
    pub(crate) ceilings: Vec<(String, Pair)>,
    /// Whose code was counted, where code was.
    pub(crate) variant: Option<String>,
    /// What else the reader should know.
    pub(crate) note: Option<String>,
}

/// One benchmark, or one level of its curve.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prediction {
    pub(crate) benchmark: String,
    /// Of a level, bytes of the largest working set that it holds; infinite for memory.
    pub(crate) holds: Option<f64>,
    /// The range, or why there is none.
    pub(crate) forecast: Result<Forecast, String>,
}

impl Forecast {
    /// A range with one limit, which machine code has no part in.
    pub(crate) fn of(unit: Unit, range: Pair, limit: &str) -> Self {
        Self { unit, range, limit: limit.to_owned(), ceilings: Vec::new(), variant: None, note: None }
    }

    /// The middle of the range, as a ratio to either end.
    pub(crate) fn expected(&self) -> f64 {
        middle(self.range)
    }
}

impl Prediction {
    pub(crate) fn new(benchmark: &str, forecast: Result<Forecast, String>) -> Self {
        Self { benchmark: benchmark.to_owned(), holds: None, forecast }
    }
}

/// Their geometric mean.
pub(crate) fn middle([least, most]: Pair) -> f64 {
    (least * most).sqrt()
}

/// `48.1–60.3 TFLOP/s`, or one figure where both ends are the same to three digits.
pub(crate) fn words(unit: Unit, [low, high]: Pair) -> String {
    let (factor, name) = scale(unit, high);
    let [low, high] = [low, high].map(|value| digits(value / factor));
    if low == high { format!("{high} {name}") } else { format!("{low}–{high} {name}") }
}

/// One figure.
pub(crate) fn figure(unit: Unit, value: f64) -> String {
    words(unit, [value, value])
}

fn scale(unit: Unit, value: f64) -> (f64, &'static str) {
    let of = |steps: &[(f64, &'static str)]| *steps.iter().rfind(|(least, _)| value >= *least).unwrap_or(&steps[0]);
    match unit {
        Unit::Operations => of(&[(1e9, "GFLOP/s"), (1e12, "TFLOP/s")]),
        Unit::Bytes => of(&[(1e9, "GB/s"), (1e12, "TB/s")]),
        Unit::Seconds => of(&[(1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms")]),
    }
}

/// Three of them.
fn digits(value: f64) -> String {
    match value {
        _ if value >= 99.95 => format!("{value:.0}"),
        _ if value >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_a_fitting_unit() {
        assert_eq!(words(Unit::Operations, [48.12e12, 131.8e12]), "48.1–132 TFLOP/s");
        assert_eq!(words(Unit::Bytes, [850e9, 999.7e9]), "850–1000 GB/s");
        assert_eq!(words(Unit::Seconds, [18.7e-9, 27.81e-9]), "18.7–27.8 ns");
        assert_eq!(figure(Unit::Seconds, 5.94e-6), "5.94 µs");
        assert_eq!(figure(Unit::Seconds, 1.8e-12), "0.00 ns");
    }
}
