//! A process that is asked one question after the other, and may die over any of them.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How often the person who waits is looked after.
const TICK: Duration = Duration::from_millis(20);

/// How long a process that has closed its output may take to end: the system may keep an image of it.
const DYING: Duration = Duration::from_secs(10);

/// What is repeated of the last words of a process, in bytes.
const LAST_WORDS: u64 = 300;

/// A process with a question on a line of its input, and an answer on a line of its output.
#[derive(Debug)]
pub(super) struct Isolated {
    process: Child,
    questions: Option<ChildStdin>,
    answers: Receiver<Vec<u8>>,
    /// What it says on stderr.
    words: File,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Silence {
    /// A signal or an exception ended the process: its name.
    Crashed(String),
    /// It ended by itself: its code and last words.
    Ended(String),
    /// It did not answer for so long.
    Endless(Duration),
    /// Nobody waits any more.
    Stopped,
}

impl Isolated {
    /// Starts `command`.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        let words = tempfile::tempfile()?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(words.try_clone()?);
        apart(&mut command);
        let mut process = command.spawn()?;
        let questions = process.stdin.take();
        let (sender, answers) = channel();
        if let Some(output) = process.stdout.take() {
            thread::Builder::new().name("answers".to_owned()).spawn(move || {
                let lines = BufReader::new(output).split(b'\n').map_while(Result::ok);
                for line in lines {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            })?;
        }
        Ok(Self { process, questions, answers, words })
    }

    /// Asks `question`, and waits for an answer no longer than `limit`, nor than `stop` allows.
    ///
    /// # Errors
    /// Why there is none. The process is not to be asked again then.
    pub(super) fn ask<A: DeserializeOwned>(
        &mut self,
        question: &impl Serialize,
        limit: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<A, Silence> {
        let start = Instant::now();
        // One that is dead already says more by how it ended.
        let _ = self.put(question);
        loop {
            match self.answers.recv_timeout(TICK) {
                // Drivers talk on stdout as well.
                Ok(line) => match serde_json::from_slice(&line) {
                    Ok(answer) => return Ok(answer),
                    Err(_) => continue,
                },
                Err(RecvTimeoutError::Disconnected) => return Err(self.silence(stop)),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if stop() {
                return Err(Silence::Stopped);
            }
            if start.elapsed() > limit {
                return Err(Silence::Endless(limit));
            }
        }
    }

    fn put(&mut self, question: &impl Serialize) -> io::Result<()> {
        let Some(questions) = &mut self.questions else { return Ok(()) };
        let mut line = serde_json::to_vec(question)?;
        line.push(b'\n');
        questions.write_all(&line)?;
        questions.flush()
    }

    /// Why a process that has closed its output did so.
    fn silence(&mut self, stop: &dyn Fn() -> bool) -> Silence {
        let start = Instant::now();
        loop {
            match self.process.try_wait() {
                Ok(Some(_)) | Err(_) if stop() => return Silence::Stopped,
                Ok(Some(status)) => {
                    return crash(status).map_or_else(|| Silence::Ended(self.end(status)), Silence::Crashed);
                }
                Err(error) => return Silence::Ended(error.to_string()),
                Ok(None) if start.elapsed() > DYING => return Silence::Endless(DYING),
                Ok(None) => thread::sleep(TICK),
            }
        }
    }

    /// The code of a process that ended by itself, and what it said last.
    fn end(&mut self, status: ExitStatus) -> String {
        let sent = || format!("{status}, which somebody sent, or a system that is short of memory");
        let code = status.code().map_or_else(sent, |code| format!("code {code}"));
        match self.last_words() {
            Some(words) => format!("{code}: {words}"),
            None => code,
        }
    }

    /// The last line that it wrote to stderr.
    fn last_words(&mut self) -> Option<String> {
        let length = self.words.seek(SeekFrom::End(0)).ok()?;
        self.words.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS))).ok()?;
        let mut words = Vec::new();
        (&self.words).take(LAST_WORDS).read_to_end(&mut words).ok()?;
        let words = String::from_utf8_lossy(&words).into_owned();
        words.lines().map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned)
    }
}

impl Drop for Isolated {
    /// Ends the process, whatever it is doing. One that the kernel's driver holds is left to the system.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let start = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && start.elapsed() < DYING {
            thread::sleep(TICK / 10);
        }
    }
}

/// Keeps the terminal's Ctrl-C from a process: it is for the one that asks, which ends the other.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

/// The same: `CREATE_NEW_PROCESS_GROUP` and `CREATE_NO_WINDOW` (Win32, Process Creation Flags).
#[cfg(windows)]
fn apart(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    command.creation_flags(0x0000_0200 | 0x0800_0000);
}

#[cfg(not(any(unix, windows)))]
fn apart(_: &mut Command) {}

/// The name of the signal that ended a process, unless such signals are sent: by a person, or by a system whose memory is short.
#[cfg(unix)]
fn crash(status: ExitStatus) -> Option<String> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGKILL, SIGTERM};
    use std::os::unix::process::ExitStatusExt as _;
    let signal = status.signal().filter(|signal| ![SIGHUP, SIGINT, SIGKILL, SIGTERM].contains(signal))?;
    Some(signal_hook::low_level::signal_name(signal).map_or_else(|| format!("signal {signal}"), str::to_owned))
}

/// The name of the exception that ended a process: what Windows gives as its code is then an error of the kernel (MS-ERREF, section 2.3).
#[cfg(not(unix))]
fn crash(status: ExitStatus) -> Option<String> {
    let code = status.code()?.cast_unsigned();
    let name = match code {
        0xc000_0005 => "access violation",
        0xc000_00fd => "stack overflow",
        0xc000_001d => "illegal instruction",
        0xc000_0409 => "fast fail",
        0xc000_0374 => "heap corruption",
        _ => "exception",
    };
    (code >= 0xc000_0000).then(|| format!("{name}, 0x{code:08x}"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Isolated {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Isolated::start(command).expect("sh starts")
    }

    fn ask(child: &mut Isolated, limit: Duration) -> Result<u32, Silence> {
        child.ask(&"?", limit, &|| false)
    }

    #[test]
    fn answers_come_in_turn_and_what_a_driver_prints_is_none() {
        let mut child = shell("read a; echo driver says hello; echo 1; read b; echo $b >&2; echo 2");
        assert_eq!(ask(&mut child, LONG), Ok(1));
        assert_eq!(ask(&mut child, LONG), Ok(2));
        assert_eq!(ask(&mut child, LONG), Err(Silence::Ended("code 0: \"?\"".to_owned())), "it has ended");
    }

    #[test]
    fn every_end_is_told_from_the_others() {
        for (signal, name) in [("SEGV", "SIGSEGV"), ("ABRT", "SIGABRT"), ("BUS", "SIGBUS"), ("ILL", "SIGILL")] {
            let mut child = shell(&format!("read a; echo 1; read b; kill -{signal} $$"));
            assert_eq!(ask(&mut child, LONG), Ok(1));
            assert_eq!(ask(&mut child, LONG), Err(Silence::Crashed(name.to_owned())));
        }
        let mut child = shell("read a; echo first >&2; echo 'error: no such card' >&2; exit 1");
        assert_eq!(ask(&mut child, LONG), Err(Silence::Ended("code 1: error: no such card".to_owned())));
        let mut child = shell("kill -KILL $$");
        assert!(
            matches!(ask(&mut child, LONG), Err(Silence::Ended(how)) if how.contains("SIGKILL")),
            "no driver's crash"
        );
        let mut child = shell("exit 3");
        assert_eq!(ask(&mut child, LONG), Err(Silence::Ended("code 3".to_owned())), "before it was asked");
    }

    #[test]
    fn one_that_never_answers_is_given_up_and_ended() {
        let limit = Duration::from_millis(100);
        let mut child = shell("exec sleep 600");
        let id = child.process.id();
        assert_eq!(ask(&mut child, limit), Err(Silence::Endless(limit)));
        assert_eq!(child.ask::<u32>(&"?", LONG, &|| true), Err(Silence::Stopped), "nobody waits");
        drop(child);
        let alive = Command::new("sh").args(["-c", &format!("kill -0 {id}")]).stderr(Stdio::null()).status();
        assert!(!alive.expect("sh starts").success(), "process {id} is still there");
    }

    #[test]
    fn what_cannot_be_started_is_an_error() {
        assert!(Isolated::start(Command::new("/no/such/program")).is_err());
    }
}
