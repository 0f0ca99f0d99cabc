//! GPUs of Apple's chips under macOS, through macmon.
//!
//! macmon reads counters of the system that Apple does not document (`IOReport`, SMC), without special rights. Figures are means over the time between two
//! readings. Only the first one waits for [`FIRST`]: macmon counts that from the reading before, and the thread that asks has paused for as long already.

use std::time::{Duration, Instant};

use macmon::{FanMetric, Metrics, Sampler};

use super::{INTERRUPTED, Sensors, Wanted, hertz};
use crate::telemetry::{Board, LeftOut, Quantity, Reading};

/// Over which the first reading takes its means; later ones take them since the one before, which the thread that asks makes about as long.
const FIRST: Duration = Duration::from_millis(100);

/// A GPU that was busy for more of the time than this draws power.
const BUSY: f64 = 0.5;

/// An idle GPU draws less, in watts, which is no absurd value here.
const LEAST_WATTS: f64 = 0.1;

struct Apple {
    sampler: Sampler,
    last: Option<Instant>,
}

/// The sensors of the chip's GPU, if `wanted` is that.
pub(super) fn open(wanted: &Wanted, left_out: &mut LeftOut) -> Option<Box<dyn Sensors>> {
    let sampler = Sampler::new().map_err(|error| left_out.note(Quantity::All, format!("macmon: {error}"))).ok()?;
    let chip = sampler.get_soc_info();
    if chip.vm {
        left_out.note(Quantity::All, "a virtual machine has none");
        return None;
    }
    // Metal gives no address, so the name is all there is; a chip has one GPU.
    if chip.chip_name != wanted.name {
        left_out.note(Quantity::All, format!("those there are belong to {}", chip.chip_name));
        return None;
    }
    for what in [Quantity::MemoryClock, Quantity::MemoryInUse, Quantity::PowerLimit, Quantity::Reasons] {
        left_out.note(what, "macOS does not tell it");
    }
    Some(Box::new(Apple { sampler, last: None }))
}

impl Sensors for Apple {
    fn board(&mut self, _left_out: &mut LeftOut) -> Board {
        let chip = self.sampler.get_soc_info();
        Board {
            source: "macmon".to_owned(),
            core_hz_max: chip.gpu_freqs.iter().max().map(|mhz| hertz(*mhz)).filter(|hz| *hz > 0.0),
            power_averaged_s: Some(FIRST.into()),
            ..Board::default()
        }
    }

    fn read(&mut self, left_out: &mut LeftOut) -> Reading {
        let milliseconds = u32::try_from(FIRST.as_millis()).unwrap_or(u32::MAX);
        if self.last.is_some_and(|last| last.elapsed() >= INTERRUPTED) {
            // Its means are those of the whole time since then.
            let _ = self.sampler.get_metrics(0);
        }
        self.last = Some(Instant::now());
        match self.sampler.get_metrics(milliseconds) {
            Ok(metrics) => reading(&metrics, left_out),
            Err(error) => {
                left_out.note(Quantity::All, format!("macmon: {error}"));
                Reading::default()
            }
        }
    }
}

/// What of macmon's figures is the GPU's. It writes 0 for what it does not know.
fn reading(metrics: &Metrics, left_out: &mut LeftOut) -> Reading {
    let busy = f64::from(metrics.gpu_active_ratio);
    let power = f64::from(metrics.gpu_power);
    if busy > BUSY && power < LEAST_WATTS {
        left_out.note(Quantity::Power, "the counter stands still under load");
    }
    let temperature_c = metrics.temp.gpu_temp_avg.map(f64::from);
    if temperature_c.is_none() {
        left_out.note(Quantity::Temperature, "macOS shows no sensor of the GPU");
    }
    let fan_share = metrics.fans.iter().filter_map(share).max_by(f64::total_cmp);
    if fan_share.is_none() {
        left_out.note(Quantity::Fan, "macOS shows none");
    }
    Reading {
        core_hz: Some(hertz(metrics.gpu_freq_mhz)).filter(|hz| *hz > 0.0),
        power_w: Some(power).filter(|watts| *watts >= LEAST_WATTS),
        busy_share: Some(busy),
        temperature_c,
        fan_share,
        ..Reading::default()
    }
}

/// Speed of a fan, of its highest.
fn share(fan: &FanMetric) -> Option<f64> {
    fan.max_rpm.filter(|most| *most > 0).map(|most| f64::from(fan.rpm) / f64::from(most))
}

#[cfg(test)]
mod tests {
    use macmon::{FanMetric, Metrics, TempMetrics};

    use super::reading;
    use crate::telemetry::{LeftOut, Quantity, Reading};

    fn left_out(metrics: &Metrics) -> (Reading, Vec<Quantity>) {
        let mut left_out = LeftOut::default();
        let reading = reading(metrics, &mut left_out).plausible(&mut left_out);
        (reading, left_out.iter().map(|(what, _)| what).collect())
    }

    #[test]
    fn a_busy_gpu_is_read_whole() {
        let fan = |rpm| FanMetric { name: String::new(), rpm, max_rpm: Some(4000) };
        let metrics = Metrics {
            temp: TempMetrics { cpu_temp_avg: None, gpu_temp_avg: Some(64.5) },
            fans: vec![fan(1000), fan(3000)],
            gpu_freq_mhz: 1398,
            gpu_active_ratio: 0.75,
            gpu_power: 21.5,
            ..Metrics::default()
        };
        let (read, left_out) = left_out(&metrics);
        let expected = Reading {
            core_hz: Some(1.398e9),
            power_w: Some(21.5),
            busy_share: Some(0.75),
            temperature_c: Some(64.5),
            fan_share: Some(0.75),
            ..Reading::default()
        };
        assert_eq!((read, left_out), (expected, vec![]));
    }

    #[test]
    fn an_idle_gpu_is_no_fault() {
        let (read, left_out) = left_out(&Metrics { gpu_power: 0.01, ..Metrics::default() });
        assert_eq!(read, Reading { busy_share: Some(0.0), ..Reading::default() });
        assert_eq!(left_out, [Quantity::Temperature, Quantity::Fan]);
    }

    #[test]
    fn a_counter_that_stands_still_is_named() {
        let (read, left_out) = left_out(&Metrics { gpu_active_ratio: 0.9, ..Metrics::default() });
        assert_eq!(read.power_w, None);
        assert!(left_out.contains(&Quantity::Power), "{left_out:?}");
    }
}
