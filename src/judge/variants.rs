//! One name, several cards: each card's verdict side by side, and one answer if they agree.

use serde::Serialize;

use super::finding::Conclusion;
use super::{Finding, Headline, Truth, Value, Verdict};
use crate::reference::Card;

/// What one of the cards is that a name may mean.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Variant {
    /// Its id.
    pub card: String,
    /// Its name.
    pub name: String,
    /// Its TPP, claimed.
    pub tpp: Option<Value>,
    /// Its performance density, claimed.
    pub pd: Option<Value>,
    /// Its answer.
    pub headline: Headline,
    /// Why, in a sentence.
    pub reason: String,
}

/// `verdict`, made without a card, with what it is for each of `cards`.
pub(super) fn among(verdict: Verdict, cards: &[&Card], judge: impl Fn(&Card) -> Verdict) -> Verdict {
    let verdicts: Vec<Verdict> = cards.iter().map(|card| judge(card)).collect();
    let variants: Vec<Variant> = cards.iter().zip(&verdicts).map(|(card, verdict)| variant(card, verdict)).collect();
    let (headline, reason) = common(&variants);
    let findings = verdict.findings.iter().enumerate().map(|(place, finding)| agreed(finding, place, &verdicts));
    let among = Verdict { headline, reason, findings: findings.collect(), variants, ..verdict.clone() };
    as_parts(among, &verdicts)
}

/// `verdict` with measured rates counted as a part of a card, if the device is the same part of each of the cards.
fn as_parts(verdict: Verdict, verdicts: &[Verdict]) -> Verdict {
    let [first, others @ ..] = verdicts else { return verdict };
    let device = first.subject.device.clone();
    if device.is_none() || others.iter().any(|other| other.subject.device != device) {
        return verdict;
    }
    let subject = super::SubjectSummary { device, ..verdict.subject };
    let tpp = super::Sides { measured: first.tpp.measured.clone(), ..verdict.tpp };
    Verdict { subject, tpp, a100: first.a100.clone(), ..verdict }
}

fn variant(card: &Card, verdict: &Verdict) -> Variant {
    Variant {
        card: card.id.clone(),
        name: card.name.clone(),
        tpp: verdict.tpp.claimed.clone(),
        pd: verdict.pd.claimed.clone(),
        headline: verdict.headline,
        reason: verdict.reason.clone(),
    }
}

/// The answer of all, if they agree.
fn common(variants: &[Variant]) -> (Headline, String) {
    let first = variants.first().map_or(Headline::NoVerdict, |variant| variant.headline);
    if variants.iter().any(|variant| variant.headline != first) {
        let each = variants.iter().map(|variant| format!("{} would be {}", variant.name, variant.headline));
        return (
            Headline::Undecided,
            format!("the name is that of several cards: {}", each.collect::<Vec<_>>().join(", ")),
        );
    }
    let mut reasons: Vec<&str> = variants.iter().map(|variant| variant.reason.as_str()).collect();
    reasons.dedup();
    (first, format!("whichever of {} cards it is: {}", variants.len(), reasons.join(" or ")))
}

/// The finding of a rule for every card, if it is the same; `finding` is that of no card.
fn agreed(finding: &Finding, place: usize, verdicts: &[Verdict]) -> Finding {
    let of_cards: Vec<&Finding> = verdicts.iter().filter_map(|verdict| verdict.findings.get(place)).collect();
    let Some(first) = of_cards.first() else { return finding.clone() };
    if of_cards.iter().all(|other| other.result == first.result) {
        // An exception helps where it does for each of them; the figures are of one.
        let for_each = |name: &&String| of_cards.iter().all(|other| other.exceptions.contains(name));
        let exceptions = first.exceptions.iter().filter(for_each).cloned().collect();
        let (terms, grounds, decisive) = Default::default();
        return Finding { exceptions, terms, grounds, decisive, ..(*first).clone() };
    }
    Finding {
        result: Truth::Unknown,
        outcome: Conclusion::Undecided,
        reason: "the cards of that name differ".to_owned(),
        decides: first.decides,
        needs: vec!["which of the cards it is: --card".to_owned()],
        ..finding.clone()
    }
}
