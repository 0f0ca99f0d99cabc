//! Where the claimed rate goes: claim, peak and product of each format, and the same at the clocks that were read.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::record::Gap;

/// Claim, peak and product, each with its share of the one before.
pub(super) fn table(gaps: &[Gap]) -> Table {
    table_of(HEAD, gaps.iter().map(row))
}

/// The same at the clocks that were read, where that says anything.
pub(super) fn table_at_clocks(gaps: &[Gap]) -> Option<Table> {
    let rows: Vec<_> = gaps.iter().filter(|gap| gap.is_at_clock()).map(row_at_clocks).collect();
    (!rows.is_empty()).then(|| table_of(HEAD_AT_CLOCKS, rows))
}

/// Heads of the columns of [`row`].
pub(super) const HEAD: [&str; 6] = ["where the rate goes", "claimed", "peak", "of claim", "product", "of peak"];

/// Heads of the columns of [`row_at_clocks`].
pub(super) const HEAD_AT_CLOCKS: [&str; 6] =
    ["at the clocks read", "peak at", "claim there", "of that", "product at", "of peak"];

fn table_of(head: [&str; 6], rows: impl IntoIterator<Item = [String; 6]>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head);
    table.add_rows(rows);
    for (number, column) in table.column_iter_mut().enumerate() {
        // Rates of benchmarks begin their lines, and these do not: `scripts/on-card` tells them apart by that.
        column.set_padding((u16::from(number == 0), u16::from(number + 1 < HEAD.len())));
        if number > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The cells of one gap; what is not known is a dash.
pub(super) fn row(gap: &Gap) -> [String; 6] {
    [
        gap.product.clone(),
        or_dash(gap.claimed_ops_per_s),
        or_dash(gap.peak_ops_per_s_best),
        or_dash(gap.peak_of_claimed.map(percent)),
        or_dash(gap.product_ops_per_s_best),
        or_dash(gap.product_of_peak.map(percent)),
    ]
}

/// The cells of one gap at the clocks that were read: what the claim is at the peak's, and both shares with the clocks taken out.
pub(super) fn row_at_clocks(gap: &Gap) -> [String; 6] {
    let clock = |hz: f64| format!("{:.0} MHz", hz * 1e-6);
    [
        gap.product.clone(),
        or_dash(gap.peak_core_hz.map(clock)),
        or_dash(gap.claimed_at_clock()),
        or_dash(gap.peak_of_claimed_at_clock.map(percent)),
        or_dash(gap.product_core_hz.map(clock)),
        or_dash(gap.product_of_peak_at_clock.map(percent)),
    ]
}

fn or_dash(known: Option<impl ToString>) -> String {
    known.map_or_else(|| "–".to_owned(), |known| known.to_string())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::{Gap, table, table_at_clocks};
    use crate::benchmark::CATALOGUE;
    use crate::record::AtClock;
    use crate::units::OpsPerSec;

    /// Every product with a peak, at rates and clocks that are long to write.
    fn all(core_hz: Option<f64>) -> Vec<Gap> {
        let at = |ops_per_s: f64| Some(AtClock { ops_per_s: OpsPerSec::stated(ops_per_s), core_hz });
        let products = CATALOGUE.iter().filter(|benchmark| benchmark.peak().is_some());
        products.map(|product| Gap::between(product.id, at(989.4e12), at(888.8e12), at(777.7e12))).collect()
    }

    #[test]
    fn gaps_have_a_second_table_where_clocks_are_known_and_fit_a_terminal() {
        assert!(table_at_clocks(&all(None)).is_none());
        let tables = [table(&all(Some(1.83e9))), table_at_clocks(&all(Some(1.83e9))).expect("a table")];
        for text in tables.map(|table| table.to_string()) {
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        }
        let mut gap = all(Some(1.83e9)).remove(0);
        gap.peak_core_hz = Some(1.755e9);
        gap.product_of_peak_at_clock = None;
        let text = table_at_clocks(&[gap]).expect("a table").to_string();
        let row: Vec<&str> = text.lines().nth(1).expect("a row").split_whitespace().collect();
        assert_eq!(row[1..], ["1755", "MHz", "948.9", "TFLOP/s", "89.8", "%", "1830", "MHz", "–"], "{text}");
    }
}
