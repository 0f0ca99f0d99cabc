//! Which clock is to be believed: the GPU's timestamps and the processor's clock have to tell the same story.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sample;

/// The clock that a benchmark's statistics rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// GPU timestamps around the dispatches.
    Gpu,
    /// The processor's monotonic clock around submission and wait.
    Wall,
}

/// GPU time may exceed wall time by this factor, for clocks that run at slightly different rates.
const GPU_OVER_WALL: f64 = 1.02;

/// Wall time may exceed GPU time by this share of itself …
const WALL_SHARE: f64 = 0.10;

/// … and by this much for each submission, in seconds: queueing, waiting, and a loaded machine.
const WALL_PER_SUBMISSION: f64 = 0.003;

/// The clock to use for `samples`, and what speaks against it, in words.
///
/// Timestamps that are absent from all samples leave the wall clock, with nothing to object. Timestamps that are zero, negative,
/// not finite, longer than the wall time or far shorter mean that one of the two clocks lies: the wall clock, which cannot be
/// faked by a device, is used, and the finding makes the entry suspect. One odd sample in ten is the machine's noise.
pub fn judge(samples: &[Sample]) -> (Clock, Option<String>) {
    let gpu_times = samples.iter().filter_map(|sample| sample.gpu_s).count();
    if gpu_times == 0 {
        return (Clock::Wall, None);
    }
    let objections: Vec<String> = samples.iter().filter_map(objection).collect();
    match objections.first() {
        Some(first) if objections.len() * 10 > samples.len() => {
            let finding = format!("clocks disagree in {} of {} samples: {first}", objections.len(), samples.len());
            (Clock::Wall, Some(finding))
        }
        _ => (Clock::Gpu, None),
    }
}

fn objection(sample: &Sample) -> Option<String> {
    let Some(gpu) = sample.gpu_s else { return Some("no GPU timestamp".to_owned()) };
    let (gpu_s, wall_s) = (gpu.get(), sample.wall_s.get());
    let longest_wall = gpu_s / (1.0 - WALL_SHARE) + WALL_PER_SUBMISSION * f64::from(sample.submissions);
    if !gpu.is_plausible() {
        Some(format!("the GPU says {gpu_s} s"))
    } else if !(gpu_s <= GPU_OVER_WALL * wall_s) {
        Some(format!("the GPU says {gpu}, longer than the {} on the wall", sample.wall_s))
    } else if !(wall_s <= longest_wall) {
        Some(format!("the GPU says {gpu}, far shorter than the {} on the wall", sample.wall_s))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Seconds;

    fn samples(gpu: Option<f64>, wall: f64) -> Vec<Sample> {
        let sample =
            Sample { gpu_s: gpu.map(Seconds::new), wall_s: Seconds::new(wall), dispatches: 10, submissions: 1 };
        vec![sample; 10]
    }

    #[test]
    fn clocks_that_agree_leave_the_gpu_in_charge() {
        assert_eq!(judge(&samples(Some(0.1), 0.1005)), (Clock::Gpu, None), "half a percent apart");
        assert_eq!(judge(&samples(None, 0.1)), (Clock::Wall, None), "no timestamps at all");
    }

    #[test]
    fn a_clock_that_lies_is_seen() {
        for bad in [0.0, -0.1, f64::NAN, f64::INFINITY, 0.2, 0.05, 1e-9] {
            let (clock, finding) = judge(&samples(Some(bad), 0.1));
            assert_eq!(clock, Clock::Wall, "{bad} s on the GPU beside 0.1 s on the wall");
            assert!(finding.is_some(), "{bad} s must be reported");
        }
    }

    #[test]
    fn one_odd_sample_in_ten_is_noise() {
        let mut all = samples(Some(0.1), 0.1005);
        all[3].wall_s = Seconds::new(0.3);
        assert_eq!(judge(&all), (Clock::Gpu, None), "the machine was busy once");
        all[4].gpu_s = None;
        assert!(judge(&all).1.is_some(), "two are too many");
    }
}
