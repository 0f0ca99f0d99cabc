//! The result of one rule for a subject, and why.

use jiff::civil::Date;
use serde::Serialize;

use super::evidence::{Figure, Figures};
use super::grounds::{decisive, grounds, results};
use super::truth::{Known, Truth, evaluate, sum};
use crate::reference::{Card, Comparison, Destination, Predicate, Reference, Rule, RuleKind, Status, Threshold};

/// The nine outcomes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// The claim satisfies the rule.
    OverByDatasheet,
    /// The claim does not, and nothing measured speaks against that.
    UnderByDatasheet,
    /// The claim does not; the measurement does, within what clocks above the rated boost explain.
    UnderByDatasheetClockAboveRated,
    /// The measurement exceeds the claim by more than that: one of the two is wrong.
    DataConflict,
    /// No claim is known; the measurement satisfies the rule whatever the rated clock is.
    OverByMeasurement,
    /// No claim is known; the measurement satisfies the rule, but a card rated under it might as well.
    ProbablyOver,
    /// No claim is known, and a measurement is only a lower bound.
    Undecided,
    /// Only the applicable die area is missing.
    NeedsDieArea,
    /// The rule is about another object or another vendor.
    NotApplicable,
}

/// What one rule makes of a subject.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// The title in a few words.
    pub short: String,
    /// First day in force, where it ever was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_force_since: Option<String>,
    /// What part it plays.
    pub kind: RuleKind,
    /// Its state on the day the data were confirmed.
    pub status: Status,
    /// Citation of its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citation: Option<String>,
    /// Whether it is in force on the date and the export is in its scope.
    pub applies: bool,
    /// Whether the headline rests on it: a control, or a letter to this vendor, that applies.
    pub decides: bool,
    /// The value of its predicate alone.
    pub result: Truth,
    /// How claimed and measured values make that result.
    pub outcome: Conclusion,
    /// In a sentence.
    pub reason: String,
    /// What follows where it applies and is true.
    pub consequence: String,
    /// The licence exceptions that may be used.
    pub exceptions: Vec<String>,
    /// Each comparison with its value and where that is from.
    pub terms: Vec<Term>,
    /// Places in `terms` of those comparisons that the result follows from: the rest could be otherwise.
    pub grounds: Vec<usize>,
    /// Those of them that would make the rule true if they alone were otherwise, where it is false.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisive: Vec<usize>,
    /// What of the rule itself is not confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// Applicable die areas at which the result changes.
    pub break_even: Vec<BreakEven>,
    /// What would decide it.
    pub needs: Vec<String>,
    /// What else is to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One comparison of a predicate.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Term {
    /// The variable, or the variables that are summed.
    pub variable: String,
    /// What people call it.
    #[serde(skip)]
    pub label: String,
    /// The comparison.
    pub comparison: String,
    /// The threshold.
    pub threshold: f64,
    /// Its unit; empty for truth values.
    pub unit: String,
    /// The value claimed or given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Value>,
    /// The value measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Value>,
    /// Whether it holds, by the claim.
    pub result: Truth,
    /// Claimed (or else measured) value over threshold, less one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Value {
    /// The value.
    pub value: f64,
    /// Whether it is only a lower bound.
    pub at_least: bool,
    /// Its origin, in words.
    pub origin: String,
    /// Whether that was not confirmed against a document.
    pub unconfirmed: bool,
    /// The number format that decides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// A die area at which a result changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BreakEven {
    /// The threshold of performance density.
    pub pd: f64,
    /// The applicable die area that reaches it, in mm².
    pub die_area_mm2: f64,
    /// The result up to that area.
    pub up_to: Truth,
    /// The result above it.
    pub above: Truth,
}

/// Everything that findings rest on.
#[derive(Clone)]
pub(super) struct Subject<'a> {
    /// Claimed and given figures.
    pub(super) claimed: Figures,
    /// Measured figures.
    pub(super) measured: Figures,
    /// Measured figures less the head-room for clocks above the rated boost.
    pub(super) measured_at_rated_clock: Figures,
    /// The card, where it is known.
    pub(super) card: Option<&'a Card>,
    /// The maker.
    pub(super) vendor: Option<&'a str>,
    /// Figures that contradict each other.
    pub(super) conflicts: Vec<Conflict>,
}

/// Two figures of one variable that cannot both be right.
#[derive(Debug, Clone)]
pub(super) struct Conflict {
    /// The variable.
    pub(super) variable: String,
    /// What contradicts what.
    pub(super) why: String,
}

impl Finding {
    /// The title, with the licence exceptions that may be used under this rule; another rule's do not help against it.
    pub(super) fn title_with_exceptions(&self) -> String {
        match &self.exceptions[..] {
            [] => self.title.clone(),
            names => format!("{} (License Exception {} may be used)", self.title, names.join(", ")),
        }
    }
}

impl Value {
    pub(super) fn of(figure: &Figure) -> Option<Self> {
        Some(Self {
            value: figure.known.value()?,
            at_least: matches!(figure.known, Known::AtLeast(_)),
            origin: figure.origin.clone(),
            unconfirmed: figure.unconfirmed,
            format: figure.format.clone(),
        })
    }
}

/// Values of variables, by name.
type Values<'a> = &'a dyn Fn(&str) -> Known;

/// The variable that asks whether a rule names the card.
const NAMED: &str = "named";

/// Whether `rule` names `card`.
fn names(rule: &Rule, card: Option<&Card>) -> Known {
    card.map_or(Known::Nothing, |card| Known::Exactly(f64::from(u8::from(rule.named_cards.contains(&card.id)))))
}

/// The value of `rule`'s predicate and of the rules it presupposes.
fn whole(rule: &Rule, card: Option<&Card>, reference: &Reference, values: Values<'_>) -> Truth {
    let own = |name: &str| if name == NAMED { names(rule, card) } else { values(name) };
    let required = rule.requires_rule_true.iter().filter_map(|id| reference.rule(id));
    required.fold(evaluate(&rule.predicate, &own), |all, required| all.and(whole(required, card, reference, values)))
}

/// Every predicate that the value of `rule` rests on.
fn predicates<'a>(rule: &'a Rule, reference: &'a Reference) -> Vec<&'a Predicate> {
    let required = rule.requires_rule_true.iter().filter_map(|id| reference.rule(id));
    std::iter::once(&rule.predicate).chain(required.flat_map(|required| predicates(required, reference))).collect()
}

/// What `rule` makes of `subject` on `date` for `destination`.
pub(super) fn find(
    rule: &Rule,
    subject: &Subject<'_>,
    reference: &Reference,
    destination: &Destination,
    date: Date,
) -> Finding {
    let claim = |name: &str| subject.claimed.get(name).map_or(Known::Nothing, |figure| figure.known);
    let measured =
        |figures: &'_ Figures, name: &str| figures.get(name).map_or_else(|| claim(name), |figure| figure.known);
    let whole = |values: Values<'_>| whole(rule, subject.card, reference, values);
    let by_claim = whole(&claim);
    let by_measurement = whole(&|name| measured(&subject.measured, name));
    let with_headroom = whole(&|name| measured(&subject.measured_at_rated_clock, name));
    let variables: Vec<&str> = predicates(rule, reference).into_iter().flat_map(Predicate::variables).collect();
    let only_area_missing = by_claim == Truth::Unknown && {
        let with_density =
            |density: f64| whole(&|name| if name == "pd" { Known::Exactly(density) } else { claim(name) });
        with_density(0.0) != Truth::Unknown && with_density(f64::MAX) != Truth::Unknown
    };
    // Density follows from TPP: a conflict in the one is a conflict in the other.
    let touches =
        |conflict: &Conflict, name: &str| conflict.variable == name || conflict.variable == "tpp" && name == "pd";
    let conflict = variables.iter().any(|name| subject.conflicts.iter().any(|conflict| touches(conflict, name)));
    let outcome = if rule.applies_to.is_some() || rule.kind == RuleKind::Tariff || is_for_others(rule, subject) {
        Conclusion::NotApplicable
    } else if conflict || by_claim == Truth::False && with_headroom == Truth::True {
        Conclusion::DataConflict
    } else {
        outcome(by_claim, by_measurement, with_headroom, only_area_missing)
    };
    let satisfied = match (by_claim, outcome) {
        (Truth::Unknown, Conclusion::OverByMeasurement) => Truth::True,
        (decided, _) => decided,
    };
    // Nobody has published whether the buyer is one of those it holds for.
    let hidden = rule.scope.partly.as_deref().filter(|_| satisfied == Truth::True);
    let result = if hidden.is_some() { Truth::Unknown } else { satisfied };
    let applies = rule.is_in_force(date) && rule.reaches(destination, date);
    let break_even = if by_claim == Truth::Unknown { break_even(rule, reference, &claim, &whole) } else { Vec::new() };
    let missing = missing(&variables, subject);
    let reason = match hidden {
        Some(whom) => format!("{}, but it holds only for {whom}", reason(rule, outcome, &missing, reference)),
        None => reason(rule, outcome, &missing, reference),
    };
    let needs = match hidden {
        Some(_) => vec!["the maker, who knows whom the letter names".to_owned()],
        None if result == Truth::Unknown => needs(&missing, subject.card.is_some()),
        None => Vec::new(),
    };
    let terms = terms(rule, subject, reference);
    Finding {
        applies,
        decides: applies && rule.kind.decides() && rule.addresses(subject.vendor),
        result,
        outcome,
        reason,
        consequence: rule.outcome.clone(),
        exceptions: exceptions(rule, &claim),
        grounds: grounds(&predicates(rule, reference), &results(&terms)),
        decisive: decisive(&predicates(rule, reference), results(&terms)),
        doubts: rule.unconfirmed.clone(),
        terms,
        needs,
        break_even,
        rule: rule.id.clone(),
        title: rule.title.clone(),
        short: rule.short.clone(),
        in_force_since: rule.effective_from.map(|date| date.to_string()),
        kind: rule.kind,
        status: rule.status,
        citation: rule.citation.clone(),
        note: rule.note.clone(),
    }
}

/// Whether the rule is a letter to other vendors than the subject's.
fn is_for_others(rule: &Rule, subject: &Subject<'_>) -> bool {
    subject.vendor.is_some() && !rule.addresses(subject.vendor)
}

fn outcome(by_claim: Truth, by_measurement: Truth, with_headroom: Truth, only_area_missing: bool) -> Conclusion {
    match by_claim {
        Truth::True => Conclusion::OverByDatasheet,
        Truth::False if by_measurement == Truth::True => Conclusion::UnderByDatasheetClockAboveRated,
        Truth::False => Conclusion::UnderByDatasheet,
        Truth::Unknown if with_headroom == Truth::True => Conclusion::OverByMeasurement,
        Truth::Unknown if by_measurement == Truth::True => Conclusion::ProbablyOver,
        Truth::Unknown if only_area_missing => Conclusion::NeedsDieArea,
        Truth::Unknown => Conclusion::Undecided,
    }
}

fn exceptions(rule: &Rule, claim: &dyn Fn(&str) -> Known) -> Vec<String> {
    let may_be_used = rule.exceptions.iter().filter(|exception| evaluate(&exception.predicate, claim) == Truth::True);
    may_be_used.map(|exception| exception.name.clone()).collect()
}

fn terms(rule: &Rule, subject: &Subject<'_>, reference: &Reference) -> Vec<Term> {
    let required = rule.requires_rule_true.iter().filter_map(|id| reference.rule(id));
    let mut terms = Vec::new();
    rule.predicate.comparisons(&mut |variables, comparison, threshold| {
        terms.push(term(rule, subject, reference, variables, comparison, threshold));
    });
    terms.extend(required.flat_map(|required| self::terms(required, subject, reference)));
    terms
}

/// One comparison of `rule` with what is known of the subject.
fn term(
    rule: &Rule,
    subject: &Subject<'_>,
    reference: &Reference,
    variables: &[String],
    comparison: Comparison,
    threshold: Threshold,
) -> Term {
    let value = |figures: &Figures| {
        let known = sum(variables, &|name| figures.get(name).map_or(Known::Nothing, |figure| figure.known));
        let parts: Vec<&Figure> = variables.iter().filter_map(|name| figures.get(name)).collect();
        let origin = parts.iter().map(|figure| figure.origin.as_str()).collect::<Vec<_>>().join(" + ");
        let unconfirmed = parts.iter().any(|figure| figure.unconfirmed);
        let format = parts.first().and_then(|figure| figure.format.clone());
        if parts.is_empty() { None } else { Value::of(&Figure { known, origin, unconfirmed, format }) }
    };
    let (claimed, measured) = if variables == [NAMED] {
        let origin = "the products that the rule names".to_owned();
        let figure = Figure { known: names(rule, subject.card), origin, unconfirmed: false, format: None };
        (Value::of(&figure), None)
    } else {
        (value(&subject.claimed), value(&subject.measured))
    };
    let known = match &claimed {
        Some(value) if value.at_least => Known::AtLeast(value.value),
        Some(value) => Known::Exactly(value.value),
        None => Known::Nothing,
    };
    let shown = claimed.as_ref().or(measured.as_ref()).map(|value| value.value);
    let variable = |name: &String| reference.variables.get(name);
    let labels: Vec<&str> =
        variables.iter().map(|name| variable(name).map_or(name.as_str(), |known| &known.label)).collect();
    Term {
        variable: variables.join(" + "),
        label: labels.join(" + "),
        comparison: comparison.to_string(),
        threshold: threshold.number(),
        unit: variables.first().and_then(variable).map(|variable| variable.unit.to_string()).unwrap_or_default(),
        result: known.against(comparison, threshold.number()),
        distance: shown
            .filter(|_| matches!(threshold, Threshold::Number(_)))
            .map(|value| value / threshold.number() - 1.0),
        claimed,
        measured,
    }
}

/// The areas at which the result changes, where TPP is known and density is not: each threshold of density tried from both sides.
fn break_even(
    rule: &Rule,
    reference: &Reference,
    claim: &dyn Fn(&str) -> Known,
    whole: &dyn Fn(Values<'_>) -> Truth,
) -> Vec<BreakEven> {
    let (Some(tpp), Known::Nothing) = (claim("tpp").value(), claim("pd")) else { return Vec::new() };
    let at = |density: f64| whole(&|name| if name == "pd" { Known::Exactly(density) } else { claim(name) });
    let mut thresholds = Vec::new();
    for predicate in predicates(rule, reference) {
        predicate.comparisons(&mut |variables, _, threshold| {
            if variables == ["pd"] && !thresholds.contains(&threshold.number()) {
                thresholds.push(threshold.number());
            }
        });
    }
    thresholds.sort_by(|one, other| other.total_cmp(one));
    let change = |pd: f64| {
        let (up_to, above) = (at(pd), at(pd * (1.0 - 1e-9)));
        (up_to != above).then_some(BreakEven { pd, die_area_mm2: tpp / pd, up_to, above })
    };
    thresholds.into_iter().filter_map(change).collect()
}

/// The variables that neither a claim nor a measurement says anything of.
fn missing<'a>(variables: &[&'a str], subject: &Subject<'_>) -> Vec<&'a str> {
    let mut missing = Vec::new();
    for name in variables {
        let is_known = subject.claimed.contains_key(*name) || *name == NAMED && subject.card.is_some();
        if !is_known && !missing.contains(name) {
            missing.push(*name);
        }
    }
    missing
}

/// What would decide an unknown, by variable.
fn needs(missing: &[&str], is_named: bool) -> Vec<String> {
    let need = |name: &&str| match *name {
        "tpp" if is_named => {
            "the card's claimed rates, which the base does not have: add them to a copy of it (--reference)".to_owned()
        }
        "tpp" => {
            "the card's claimed rates: name the card with --card, or add it to the reference base; a measurement only \
                  decides where it exceeds the threshold, best with benchmarks of the matrix units"
                .to_owned()
        }
        "pd" => "the applicable die area: --die-area-mm2".to_owned(),
        "io_total_gbs" => "the total I/O: --io-gbs".to_owned(),
        "datacenter" => "whether it is designed or marketed for datacenters: --datacenter yes|no".to_owned(),
        NAMED => "which card it is: name it with --card".to_owned(),
        "dram_gbs" => "the claimed memory bandwidth".to_owned(),
        other => format!("{other}, which no option gives"),
    };
    missing.iter().map(need).collect()
}

fn reason(rule: &Rule, outcome: Conclusion, missing: &[&str], reference: &Reference) -> String {
    let label = |name: &&str| reference.variables.get(*name).map_or(*name, |variable| &variable.label).to_owned();
    match outcome {
        Conclusion::OverByDatasheet => "the claimed figures satisfy it".to_owned(),
        Conclusion::UnderByDatasheet => "the claimed figures do not satisfy it".to_owned(),
        Conclusion::UnderByDatasheetClockAboveRated => {
            "the claimed figures do not satisfy it; the measured ones do, as clocks above the rated boost can explain; the claim governs".to_owned()
        }
        Conclusion::DataConflict => {
            "the measurement exceeds the claim by more than clocks can explain: a wrong card match, a wrong figure, or a broken measurement".to_owned()
        }
        Conclusion::OverByMeasurement => "no claim is known, and the measurement satisfies it whatever the rated clock is".to_owned(),
        Conclusion::ProbablyOver => "no claim is known; the measurement satisfies it, but a card rated under it may run above its clock".to_owned(),
        Conclusion::Undecided => {
            let missing: Vec<String> = missing.iter().map(label).collect();
            format!("not known: {}; a measurement is only a lower bound", missing.join(", "))
        }
        Conclusion::NeedsDieArea => "the applicable die area is not known".to_owned(),
        Conclusion::NotApplicable => match (&rule.applies_to, rule.kind) {
            (Some(object), _) => format!("it is about {object}"),
            (None, RuleKind::Tariff) => "it is a duty on import into the United States".to_owned(),
            _ => "the letter is addressed to other vendors".to_owned(),
        },
    }
}
