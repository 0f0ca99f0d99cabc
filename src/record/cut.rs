//! What a search for the fastest variant had no time for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a search came that ended because its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cut {
    /// Seeds that were tried.
    pub tried: usize,
    /// Seeds that fit the device.
    pub of: usize,
    /// Families of seeds (another kernel, another recurrence, scalars or vectors) of which none was timed.
    pub families_untried: usize,
    /// By what part the second half of the candidates improved on the first: 0.25 where the fastest became faster by a quarter.
    pub last_gain: f64,
}

/// A search that still improved by more than this part had not come to its end.
const STILL_CLIMBING: f64 = 0.05;

impl Cut {
    /// Whether something faster by more than a little is likely to be left, and not only details. Of a ceiling no seed may be left: the shape that suits a
    /// device is up to 1.8 times as fast as others of its family, and any of them may be the one.
    pub fn leaves_a_lower_bound(&self, of_a_ceiling: bool) -> bool {
        self.families_untried > 0 || self.last_gain > STILL_CLIMBING || of_a_ceiling && self.tried < self.of
    }

    /// Whether the numbers can be those of a search.
    ///
    /// # Errors
    /// What contradicts the rest.
    pub(super) fn validate(&self) -> Result<(), String> {
        if self.tried > self.of || self.families_untried > self.of - self.tried {
            return Err(format!("a search that tried {} of {} seeds", self.tried, self.of));
        }
        if !(self.last_gain >= 0.0 && self.last_gain.is_finite()) {
            return Err(format!("a search whose last gain is {}", self.last_gain));
        }
        Ok(())
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tried, of, families_untried, last_gain } = self;
        write!(f, "time ended the search when {tried} of {of} seeds had been tried")?;
        match families_untried {
            0 if *last_gain > STILL_CLIMBING => {
                write!(f, ", and the last half of them still brought {:.0} %", 100.0 * last_gain)
            }
            0 => Ok(()),
            1 => write!(f, ", and a whole family of them not at all"),
            several => write!(f, ", and {several} whole families of them not at all"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUT: Cut = Cut { tried: 3, of: 8, families_untried: 0, last_gain: 0.0 };

    #[test]
    fn what_may_have_been_missed_is_said() {
        assert!(!CUT.leaves_a_lower_bound(false), "the fastest was there early, and every family was tried");
        assert!(CUT.leaves_a_lower_bound(true), "of a ceiling any shape may be the fastest");
        assert!(!Cut { tried: 8, ..CUT }.leaves_a_lower_bound(true), "only neighbours are left");
        for (cut, part) in [
            (Cut { families_untried: 1, ..CUT }, "a whole family"),
            (Cut { families_untried: 2, ..CUT }, "2 whole families"),
            (Cut { last_gain: 0.3, ..CUT }, "30 %"),
        ] {
            let words = cut.to_string();
            assert!(cut.leaves_a_lower_bound(false) && words.contains(part) && words.contains("3 of 8"), "{words}");
        }
    }

    #[test]
    fn no_search_tries_more_than_there_is() {
        assert_eq!(CUT.validate(), Ok(()));
        for cut in [
            Cut { tried: 9, ..CUT },
            Cut { families_untried: 6, ..CUT },
            Cut { last_gain: f64::NAN, ..CUT },
            Cut { last_gain: -0.1, ..CUT },
        ] {
            assert!(cut.validate().is_err(), "{cut:?}");
        }
    }
}
