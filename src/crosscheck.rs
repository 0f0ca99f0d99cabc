//! What entries of one record say of each other.

use crate::record::Entry;

/// Products on matrix units and on the ordinary units, of the same types.
const TWINS: [(&str, &str); 4] = [
    ("matmul/coop/f16-f32", "matmul/f16-f32"),
    ("matmul/coop/f16", "matmul/f16"),
    ("matmul/coop/f32", "matmul/f32"),
    ("matmul/coop/i8-i32", "matmul/i8-i32"),
];

/// Adds to each entry what it looks like beside the others. Findings of this kind that are there already are not repeated.
pub fn findings(entries: &mut [Entry]) {
    for (id, finding) in slower_matrix_units(entries) {
        if let Some(entry) = entries.iter_mut().find(|entry| entry.id == id)
            && !entry.findings.contains(&finding)
        {
            entry.findings.push(finding);
        }
    }
}

/// Matrix units that a driver advertises, and that are slower than the ordinary units.
fn slower_matrix_units(entries: &[Entry]) -> Vec<(&'static str, String)> {
    let best = |id: &str| {
        let entry = entries.iter().find(|entry| entry.id == id && entry.is_sound())?;
        entry.rates?.ops_per_s_best
    };
    let slower = |(matrix, ordinary): (&'static str, &str)| {
        let (advertised, plain) = (best(matrix)?, best(ordinary)?);
        (advertised.get() < plain.get()).then(|| {
            let finding =
                format!("matrix units are advertised, but slower: {advertised} where {ordinary} reaches {plain}");
            (matrix, finding)
        })
    };
    TWINS.into_iter().filter_map(slower).collect()
}
