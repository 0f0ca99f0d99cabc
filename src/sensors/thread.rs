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

/// Readings of an hour are kept at the most; what measures takes its own sooner.
const MOST: usize = 36_000;

/// Sensors that do not come back for so long are called silent.
const SILENT: Duration = Duration::from_secs(2);

/// Watches a card from a thread of its own, as long as it lives. The thread is not waited for: a driver that never comes back holds nothing up.
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
    /// When the sensors were asked that have not answered yet.
    asked: Option<Instant>,
    stop: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
            state.stop = true;
        }
        drop(state);
        Self { shared, start }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.state().stop = true;
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

    fn board(&self) -> Option<Board> {
        let state = self.shared.state();
        let mut left_out = state.left_out.clone();
        if state.asked.is_some_and(|asked| asked.elapsed() > SILENT) {
            left_out.note(Quantity::All, "they stopped answering during the run");
        }
        let left_out: Vec<String> = left_out.iter().map(|(what, why)| format!("{what}: {why}")).collect();
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
    let before = read(sensors.as_mut(), start, &mut left_out);
    ready(shared, Some(Board { before: (!before.is_empty()).then_some(before), ..board }), left_out.clone());
    while !shared.state().stop {
        thread::sleep(PERIOD);
        shared.state().asked = Some(Instant::now());
        let reading = read(sensors.as_mut(), start, &mut left_out);
        let mut state = shared.state();
        state.asked = None;
        state.left_out.clone_from(&left_out);
        if state.readings.len() == MOST {
            state.readings.drain(..MOST / 2);
        }
        if !reading.is_empty() {
            state.readings.push(reading);
        }
    }
}

/// Tells those who wait for it that the sensors are open, or why they are not.
fn ready(shared: &Shared, board: Option<Board>, left_out: LeftOut) {
    let mut state = shared.state();
    state.board = board;
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
