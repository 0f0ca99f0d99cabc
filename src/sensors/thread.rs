//! The thread that asks a card's sensors ten times a second.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Places, Sensors, Wanted, open};
use crate::telemetry::{Board, LeftOut, Meter, Quantity, Reading};
use crate::units::Seconds;

/// Between two readings.
const PERIOD: Duration = Duration::from_millis(100);

/// How long the first answer is waited for: a driver that was unloaded takes a second or two.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long a card is looked at that seems busy before the run: NVML's utilisation is that of the last second, in which a run before this may have ended.
const LOOKED_AT: Duration = Duration::from_millis(1500);

/// Readings of an hour are kept at the most; what measures takes its own sooner.
const MOST: usize = 36_000;

/// Sensors that do not come back for so long are called silent.
const SILENT: Duration = Duration::from_secs(2);

/// How long the last answer is waited for.
const LAST_ANSWER: Duration = Duration::from_millis(500);

/// Watches a card from a thread of its own, as long as it lives. The thread is hardly waited for: a driver that never comes back holds nothing up.
pub struct Watch {
    shared: Arc<Shared>,
    start: Instant,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Whether the sensors are open, or cannot be.
    is_ready: bool,
    board: Option<Board>,
    readings: Vec<Reading>,
    left_out: LeftOut,
    /// What some reading had.
    told: Vec<Quantity>,
    /// When the sensors were asked that have not answered yet.
    asked: Option<Instant>,
    /// Whether nothing is to be asked for a while.
    rests: bool,
    stop: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the sensors may be asked now.
    fn begin_to_ask(&self) -> bool {
        let mut state = self.state();
        let may_ask = !state.rests && !state.stop;
        state.asked = may_ask.then(Instant::now);
        may_ask
    }

    /// Takes up what they said.
    fn answered(&self, reading: Reading, left_out: &LeftOut) {
        let mut state = self.state();
        state.asked = None;
        state.left_out.clone_from(left_out);
        if state.readings.len() == MOST {
            state.readings.drain(..MOST / 2);
        }
        state.told.extend(reading.told());
        state.told.sort_unstable();
        state.told.dedup();
        if !reading.is_empty() {
            state.readings.push(reading);
        }
        drop(state);
        self.changed.notify_all();
    }
}

impl Watch {
    /// Begins to read the sensors of `wanted`; waits for the first reading, or for what there is to say of none.
    pub fn new(wanted: Wanted, places: Places) -> Self {
        Self::over(move |left_out| open(&wanted, &places, left_out))
    }

    /// The same of the sensors that `open` opens, on the thread that asks them.
    pub fn over(open: impl FnOnce(&mut LeftOut) -> Option<Box<dyn Sensors>> + Send + 'static) -> Self {
        let (shared, start) = (Arc::new(Shared::default()), Instant::now());
        let of_thread = Arc::clone(&shared);
        let spawned = thread::Builder::new().name("sensors".to_owned()).spawn(move || ask(open, &of_thread, start));
        if let Err(error) = spawned {
            let mut state = shared.state();
            state.left_out.note(Quantity::All, format!("no thread could be had: {error}"));
            state.is_ready = true;
        }
        let waited = shared.changed.wait_timeout_while(shared.state(), PATIENCE, |state| !state.is_ready);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !state.is_ready {
            state.left_out.note(Quantity::All, format!("they did not answer within {} s", PATIENCE.as_secs()));
            state.is_ready = true;
        }
        drop(state);
        Self { shared, start }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.stop = true;
        // A library that is asked while the program ends may crash.
        drop(self.shared.changed.wait_timeout_while(state, LAST_ANSWER, |state| state.asked.is_some()));
    }
}

impl Meter for Watch {
    fn now(&self) -> Seconds {
        self.start.elapsed().into()
    }

    fn since(&self, from: Seconds) -> Vec<Reading> {
        let state = self.shared.state();
        let first = state.readings.partition_point(|reading| reading.at_s < from);
        state.readings[first..].to_vec()
    }

    fn rest(&self, rests: bool) {
        self.shared.state().rests = rests;
    }

    fn board(&self) -> Option<Board> {
        let state = self.shared.state();
        let mut left_out = state.left_out.clone();
        if state.asked.is_some_and(|asked| asked.elapsed() > SILENT) {
            left_out.note(Quantity::All, "they stopped answering during the run");
        }
        let words = |(what, why): (Quantity, &str)| {
            let at_times = if state.told.contains(&what) { " at times" } else { "" };
            format!("{what}{at_times}: {why}")
        };
        let left_out: Vec<String> = left_out.iter().map(words).collect();
        let known = state.board.clone().or_else(|| (!left_out.is_empty()).then(Board::default));
        known.map(|board| Board { left_out, ..board })
    }
}

/// Asks the sensors until nobody wants to know any more.
fn ask(open: impl FnOnce(&mut LeftOut) -> Option<Box<dyn Sensors>>, shared: &Shared, start: Instant) {
    let mut left_out = LeftOut::default();
    let sensors = open(&mut left_out);
    let Some(mut sensors) = sensors else {
        ready(shared, None, left_out);
        return;
    };
    let board = sensors.board(&mut left_out).plausible(&mut left_out);
    let before = least_busy(sensors.as_mut(), start, &mut left_out);
    ready(shared, Some(Board { before: (!before.is_empty()).then_some(before), ..board }), left_out.clone());
    while !shared.state().stop {
        thread::sleep(PERIOD);
        if !shared.begin_to_ask() {
            continue;
        }
        let reading = read(sensors.as_mut(), start, &mut left_out);
        shared.answered(reading, &left_out);
    }
}

/// Of a few readings the one in which the card was least busy: a moment's work is no neighbour.
fn least_busy(sensors: &mut dyn Sensors, start: Instant, left_out: &mut LeftOut) -> Reading {
    let mut least = read(sensors, start, left_out);
    let began = Instant::now();
    while least.busy_share.is_some_and(|busy| busy > 0.0) && began.elapsed() < LOOKED_AT {
        thread::sleep(PERIOD);
        let next = read(sensors, start, left_out);
        if next.busy_share < least.busy_share {
            least = next;
        }
    }
    least
}

/// Tells those who wait for it that the sensors are open, or why they are not.
fn ready(shared: &Shared, board: Option<Board>, left_out: LeftOut) {
    let mut state = shared.state();
    // What comes late says nothing of the card before.
    state.board = board.map(|board| if state.is_ready { Board { before: None, ..board } } else { board });
    state.left_out = left_out;
    state.is_ready = true;
    drop(state);
    shared.changed.notify_all();
}

/// One reading, stamped with the middle of the time that it took.
fn read(sensors: &mut dyn Sensors, start: Instant, left_out: &mut LeftOut) -> Reading {
    let asked = start.elapsed();
    let reading = sensors.read(left_out);
    let at_s = Seconds::from((asked + start.elapsed()) / 2);
    Reading { at_s, ..reading.plausible(left_out) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    /// Counts how often it is asked, and says that often that it is hot.
    struct Counting(Arc<AtomicU32>);

    impl Sensors for Counting {
        fn board(&mut self, _left_out: &mut LeftOut) -> Board {
            Board { source: "a count".to_owned(), ..Board::default() }
        }

        fn read(&mut self, left_out: &mut LeftOut) -> Reading {
            let asked = self.0.fetch_add(1, Ordering::SeqCst);
            left_out.note(Quantity::Fan, "there is none");
            Reading { temperature_c: Some(f64::from(asked.min(100))), ..Reading::default() }
        }
    }

    /// Looks again and again until `is` so; the test's own patience ends it.
    fn until(is: impl Fn() -> bool) {
        let start = Instant::now();
        while !is() {
            assert!(start.elapsed() < Duration::from_secs(60), "it never came to that");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn readings_come_by_themselves_and_rest_when_asked_to() {
        let asked = Arc::new(AtomicU32::new(0));
        let counting = Counting(Arc::clone(&asked));
        let watch = Watch::over(move |_| Some(Box::new(counting)));
        until(|| watch.since(Seconds::new(0.0)).len() >= 3);
        let board = watch.board().expect("a board");
        assert_eq!(board.before.and_then(|before| before.temperature_c), Some(0.0), "the first of all readings");
        assert_eq!(board.left_out, ["the fan: there is none"], "once");
        let readings = watch.since(Seconds::new(0.0));
        assert!(readings.is_sorted_by(|one, next| one.at_s < next.at_s), "{readings:?}");
        watch.rest(true);
        until(|| watch.shared.state().asked.is_none());
        let before = asked.load(Ordering::SeqCst);
        thread::sleep(3 * PERIOD);
        assert_eq!(asked.load(Ordering::SeqCst), before, "nothing is asked meanwhile");
        watch.rest(false);
        until(|| asked.load(Ordering::SeqCst) > before);
        drop(watch);
    }

    /// Takes its time, and says whether it is being asked.
    struct Slow(Arc<AtomicBool>);

    impl Sensors for Slow {
        fn board(&mut self, _left_out: &mut LeftOut) -> Board {
            Board::default()
        }

        fn read(&mut self, _left_out: &mut LeftOut) -> Reading {
            self.0.store(true, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(50));
            self.0.store(false, Ordering::SeqCst);
            Reading { temperature_c: Some(50.0), ..Reading::default() }
        }
    }

    #[test]
    fn nothing_is_asked_any_more_when_the_watch_has_ended() {
        let is_asked = Arc::new(AtomicBool::new(false));
        let slow = Slow(Arc::clone(&is_asked));
        let watch = Watch::over(move |_| Some(Box::new(slow)));
        until(|| is_asked.load(Ordering::SeqCst));
        drop(watch);
        assert!(!is_asked.load(Ordering::SeqCst), "the last answer was waited for");
    }

    #[test]
    fn sensors_that_never_answer_hold_nothing_up() {
        let watch = Watch::over(|_| {
            thread::sleep(Duration::from_secs(3600));
            None
        });
        let board = watch.board().expect("what there is to say");
        assert!(board.left_out[0].contains("did not answer"), "{:?}", board.left_out);
        assert_eq!(watch.since(Seconds::new(0.0)), []);
    }

    #[test]
    fn no_sensors_are_no_board() {
        let watch = Watch::over(|_| None);
        assert_eq!(watch.board(), None);
    }
}
