//! `--wait-for-cool`: the card rests before each benchmark.

use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use super::output::say;
use super::progress::Progress;
use crate::record::Warning;
use crate::telemetry::{Board, Meter};
use crate::units::Seconds;

/// The temperature to wait for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cool {
    /// What the card had before the run, and a little more.
    AsBefore,
    /// So many degrees Celsius.
    At(f64),
}

/// Above its temperature before the run a card is cool by this many degrees.
const A_LITTLE: f64 = 5.0;

/// The longest rest before a benchmark.
const LONGEST: Duration = Duration::from_secs(120);

/// A card that has not become cooler for so long is as cool as it gets.
const PLATEAU: Duration = Duration::from_secs(15);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// A reading older than this says nothing of now.
const RECENT: f64 = 2.0;

/// `as-before`, or degrees Celsius.
pub(super) fn parse(text: &str) -> Result<Cool, String> {
    if text == "as-before" {
        return Ok(Cool::AsBefore);
    }
    let degrees = text.parse::<f64>().ok().filter(|degrees| (1.0..=120.0).contains(degrees));
    degrees.map(Cool::At).ok_or_else(|| "degrees Celsius from 1 to 120 are needed".to_owned())
}

/// Lets a card cool down.
pub(super) struct Cooling {
    meter: Rc<dyn Meter>,
    /// In degrees Celsius; `None` where nothing is waited for.
    pub(super) target: Option<f64>,
    /// How long a card is waited for that does not become cooler.
    plateau: Duration,
    /// Whether it was said that the card does not become so cool, or that nobody knows.
    is_told: Cell<bool>,
}

impl Cooling {
    /// Waits for what is `wanted`, by what `meter` says. Where nothing tells the temperature nothing is waited for, which is said.
    pub(super) fn new(wanted: Option<Cool>, meter: Rc<dyn Meter>) -> Self {
        let board = meter.board();
        let has_sensors = board.as_ref().is_some_and(Board::is_read);
        let before = board.and_then(|board| board.before?.temperature_c);
        let target = wanted.and_then(|wanted| match wanted {
            Cool::AsBefore => before.map(|before| before + A_LITTLE),
            Cool::At(degrees) => Some(degrees).filter(|_| has_sensors),
        });
        let cooling = Self { meter, target, plateau: PLATEAU, is_told: Cell::new(false) };
        if wanted.is_some() && target.is_none() {
            cooling.tell("nothing tells how hot the card was before the run: --wait-for-cool waits for nothing");
        }
        cooling
    }

    /// Waits until the card is cool, as cool as it gets, or `stop` says so; how long it took, and what is to be said of a card that stays hot.
    pub(super) fn wait(&self, progress: &Progress, stop: &dyn Fn() -> bool) -> (Duration, Option<Warning>) {
        let start = Instant::now();
        let Some(target) = self.target else { return (Duration::ZERO, None) };
        let (mut coolest, mut fell, mut shown) = (f64::INFINITY, Instant::now(), String::new());
        while !stop() {
            let Some(now) = self.temperature() else {
                // The first reading takes a moment.
                if start.elapsed().as_secs_f64() > RECENT {
                    self.tell("nothing tells how hot the card is: --wait-for-cool waits no longer");
                    break;
                }
                thread::sleep(LOOK);
                continue;
            };
            if now <= target {
                break;
            }
            if now < coolest - 0.5 {
                (coolest, fell) = (now, Instant::now());
            }
            if fell.elapsed() > self.plateau || start.elapsed() > LONGEST {
                let warning = Warning::StaysHot { now, target };
                self.tell(&warning.to_string());
                return (start.elapsed(), Some(warning));
            }
            let words = format!("waiting for {target:.0} °C, at {now:.0} °C (--wait-for-cool)");
            if words != shown {
                progress.step(&words);
                shown = words;
            }
            thread::sleep(LOOK);
        }
        (start.elapsed(), None)
    }

    /// Says something on stderr, once.
    fn tell(&self, words: &str) {
        if !self.is_told.replace(true) {
            say(&format!("warning: {words}"));
        }
    }

    /// The card's temperature now, in degrees Celsius.
    fn temperature(&self) -> Option<f64> {
        let since = Seconds::new((self.meter.now().get() - RECENT).max(0.0));
        self.meter.since(since).into_iter().rev().find_map(|reading| reading.temperature_c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Reading;

    /// A card of 40 °C before the run, and of 50 °C when it is first looked at; by how much it cools down between two looks.
    struct Card {
        looks: Cell<u32>,
        falls_c: f64,
        before_c: Option<f64>,
    }

    impl Meter for Card {
        fn now(&self) -> Seconds {
            Seconds::new(0.0)
        }

        fn since(&self, _from: Seconds) -> Vec<Reading> {
            let temperature_c = Some(50.0 - self.falls_c * f64::from(self.looks.replace(self.looks.get() + 1)));
            vec![Reading { temperature_c, ..Reading::default() }]
        }

        fn board(&self) -> Option<Board> {
            let before = Some(Reading { temperature_c: self.before_c, ..Reading::default() });
            Some(Board { source: "a script".to_owned(), before, ..Board::default() })
        }
    }

    /// How often a card was looked at that cools down by `falls_c` each time, and what was said of it.
    fn waited(wanted: Option<Cool>, falls_c: f64) -> (u32, bool) {
        waited_for(wanted, Card { looks: Cell::new(0), falls_c, before_c: Some(40.0) })
    }

    fn waited_for(wanted: Option<Cool>, card: Card) -> (u32, bool) {
        let card = Rc::new(card);
        let cooling = Cooling::new(wanted, Rc::<Card>::clone(&card));
        let cooling = Cooling { plateau: LOOK / 2, ..cooling };
        cooling.wait(&Progress::over(&[], true), &|| false);
        (card.looks.get(), cooling.is_told.get())
    }

    #[test]
    fn a_card_is_waited_for_until_it_is_cool() {
        assert_eq!(waited(Some(Cool::AsBefore), 2.0), (4, false), "50, 48, 46, 44 °C");
        assert_eq!(waited(Some(Cool::At(48.0)), 2.0), (2, false));
        assert_eq!(waited(Some(Cool::At(60.0)), 2.0), (1, false));
        assert_eq!(waited(None, 2.0), (0, false));
    }

    #[test]
    fn a_card_that_stays_hot_is_not_waited_for() {
        let (looks, is_told) = waited(Some(Cool::AsBefore), 0.0);
        assert!(is_told && looks < 10, "{looks}");
    }

    #[test]
    fn a_card_that_was_not_looked_at_before_is_waited_for_where_degrees_are_asked_for() {
        let card = || Card { looks: Cell::new(0), falls_c: 2.0, before_c: None };
        assert_eq!(waited_for(Some(Cool::At(48.0)), card()), (2, false));
        assert_eq!(waited_for(Some(Cool::AsBefore), card()), (0, true));
    }

    #[test]
    fn degrees_are_those_of_a_card() {
        assert_eq!(parse("as-before"), Ok(Cool::AsBefore));
        assert_eq!(parse("55"), Ok(Cool::At(55.0)));
        for text in ["", "cold", "-3", "0", "500", "nan", "inf"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
