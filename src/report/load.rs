//! What a product did under load, in words.

use super::text::plain;
use crate::record::Sustained;
use crate::units::Seconds;

/// Burst, level and the time between: `burst 12.30 TFLOP/s, settles at 11.10 TFLOP/s (-9.8 %) after 42 s; 120 s under load (98 % of the time), 24
/// answers checked`.
pub(super) fn load(load: &Sustained) -> String {
    let share = 100.0 * load.loaded_s.get() / load.took_s.get().max(f64::MIN_POSITIVE);
    let under = format!("{} under load ({share:.0} % of the time)", seconds(load.loaded_s));
    let reason = load.reason.iter().map(|reason| format!("; {}", plain(reason)));
    let figures = figures(load).unwrap_or_else(|| "too little to tell a burst from a level".to_owned());
    let checked = format!("{figures}; {under}, {} answers checked", load.answers_checked);
    std::iter::once(checked).chain(reason).collect()
}

fn figures(load: &Sustained) -> Option<String> {
    let (burst, level) = (load.burst_ops_per_s?, load.level_ops_per_s?);
    let noise = if load.is_within_noise() { ", within the noise" } else { "" };
    let change = format!("{:+.1} %{noise}", 100.0 * load.change()?);
    Some(match load.settled_after_s {
        Some(_) if load.is_within_noise() && load.change()?.abs() > WORTH_A_WORD => {
            format!("burst {burst}, then {level} ({change}): too noisy to tell whether it falls")
        }
        Some(_) if load.is_steady() => format!("burst {burst}, stays at {level} ({change})"),
        Some(after) => format!("burst {burst}, settles at {level} ({change}) after {}", seconds(after)),
        None => format!("burst {burst}, {level} in the last third ({change}), has not settled"),
    })
}

/// A change below this needs no excuse.
const WORTH_A_WORD: f64 = 0.05;

/// Seconds as people count them: no milliseconds, no kiloseconds.
fn seconds(time: Seconds) -> String {
    let decimals = usize::from(time.get() < 10.0);
    format!("{:.decimals$} s", time.get())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::LoadPoint;
    use crate::units::Ops;

    /// A load of 120 s in which the rate is `rates`' first until 42 s have gone by, and its second from then on.
    fn of(rates: [f64; 2]) -> Sustained {
        let ops = Ops::new(1e12);
        let point = |number: u32| {
            let at = f64::from(number) + 0.5;
            let rate = rates[usize::from(at > 42.0)] * (1.0 + 1e-4 * f64::from(number % 3));
            let time = Seconds::new(1e12 / rate);
            LoadPoint { at_s: Seconds::new(at), ops_per_s: ops / time, samples: 10, relative_clock: None }
        };
        let [took_s, loaded_s] = [120.0, 117.6].map(Seconds::new);
        let points = (0..120).map(point).collect();
        Sustained { took_s, loaded_s, answers_checked: 24, points, ..Sustained::of(took_s) }.derived(ops)
    }

    #[test]
    fn burst_level_and_the_time_between_are_said() {
        let words = load(&of([12.3e12, 11.1e12]));
        let said = "burst 12.30 TFLOP/s, settles at 11.10 TFLOP/s (-9.8 %) after 42 s; 118 s under load (98 % of the time), 24 answers checked";
        assert_eq!(words, said);
        assert!(load(&of([12.3e12; 2])).contains("stays at 12.30 TFLOP/s (+0.0 %, within the noise);"));
        let cut = Sustained { reason: Some("cut short: interrupted".to_owned()), ..Sustained::of(Seconds::new(9.0)) };
        assert!(load(&cut).starts_with("too little to tell") && load(&cut).ends_with("; cut short: interrupted"));
    }
}
