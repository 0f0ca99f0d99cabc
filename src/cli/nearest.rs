//! What a mistyped name may have meant.

/// Names to suggest at the most.
const SUGGESTIONS: usize = 3;

/// "There is no … `name`", with the known names nearest to it.
pub(super) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let wanted = name.to_lowercase();
    let mut near: Vec<(f64, &str)> =
        known.map(|known| (strsim::jaro_winkler(&wanted, &known.to_lowercase()), known)).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let names: Vec<&str> = near.iter().take(SUGGESTIONS).map(|(_, name)| *name).collect();
    format!("there is no {what} `{name}`; the nearest are {}", names.join(", "))
}
