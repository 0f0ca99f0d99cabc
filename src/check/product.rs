//! The answer of a matrix product: element by element, or by row checksums.

use super::answer::Answer;
use super::usual_error::UsualError;
use super::{Check, Mismatch, Worst};
use crate::problem::{Element, Fill, Matmul, Matrix, Operands, Sums, index};
use crate::threads::parallel;

/// A product's sizes and operands.
pub(super) struct Product<'a> {
    product: Matmul,
    operands: &'a Operands,
    rows: usize,
    columns: usize,
    depth: usize,
    /// How many rows of B a word of it holds.
    packed: usize,
    sums: Sums,
}

/// An element of C, and how far an answer may lie from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounded {
    expected: f64,
    bound: f64,
    /// Sum of the squares of its terms.
    squares: f64,
}

/// The errors of the elements that were compared.
struct Errors {
    elements: usize,
    worst: Worst,
    usual: UsualError,
}

impl<'a> Product<'a> {
    /// That of `product`, whose operands are `operands`.
    pub(super) fn new(product: Matmul, operands: &'a Operands) -> Self {
        let Matmul { m, n, k, input, accumulator, .. } = product;
        let [rows, columns, depth, packed] = [m, n, k, input.per_word()].map(|size| size as usize);
        Self { product, operands, rows, columns, depth, packed, sums: accumulator.of_sums(input) }
    }

    fn a(&self, row: usize, column: usize) -> f64 {
        self.operands.value(0, (row * self.depth + column) as u64)
    }

    fn b(&self, row: usize, column: usize) -> f64 {
        let word = row / self.packed * self.columns + column;
        self.operands.value(1, (word * self.packed + row % self.packed) as u64)
    }

    /// Every element of C, row by row.
    pub(super) fn elements(&self) -> Vec<Bounded> {
        // Rows of A and columns of B are used many times.
        let a: Vec<f64> = (0..self.rows * self.depth).map(|at| self.operands.value(0, at as u64)).collect();
        let column_of_b = |column| (0..self.depth).map(move |row| self.b(row, column)).collect::<Vec<f64>>();
        let columns: Vec<Vec<f64>> = (0..self.columns).map(column_of_b).collect();
        let rows = a.chunks(self.depth);
        rows.flat_map(|row| columns.iter().map(|column| self.bounded(row.iter().zip(column)))).collect()
    }

    fn element(&self, row: usize, column: usize) -> Bounded {
        let terms: Vec<(f64, f64)> = (0..self.depth).map(|i| (self.a(row, i), self.b(i, column))).collect();
        self.bounded(terms.iter().map(|(left, right)| (left, right)))
    }

    fn bounded<'v>(&self, factors: impl Iterator<Item = (&'v f64, &'v f64)>) -> Bounded {
        let (mut expected, mut magnitude, mut squares) = (0.0, 0.0, 0.0);
        for (left, right) in factors {
            let term = left * right;
            expected += term;
            magnitude += term.abs();
            squares += term * term;
        }
        let bound = match self.operands.fill() {
            Fill::Integers => 0.0,
            Fill::Random => error_bound(self.product.accumulator, self.sums, self.depth, magnitude),
        };
        Bounded { expected, bound, squares }
    }

    fn errors(&self) -> Errors {
        let usual = UsualError::new(self.sums, self.depth);
        Errors { elements: 0, worst: Worst::default(), usual }
    }

    fn row_bytes(&self) -> u64 {
        self.columns as u64 * self.product.accumulator.size()
    }

    fn piece<'p>(&self, bytes: &'p [u8]) -> Matrix<'p> {
        Matrix::new(bytes, self.product.accumulator, self.product.n)
    }

    /// Compares every element with `expected`.
    pub(super) fn verify<E: From<Mismatch>>(
        &self,
        answer: &mut Answer<'_, E>,
        expected: &[Bounded],
    ) -> Result<Check, E> {
        let mut errors = self.errors();
        answer.pieces(self.row_bytes(), |first, bytes| {
            let (c, first) = (self.piece(bytes), index(first));
            for row in 0..c.rows() {
                for column in 0..self.columns {
                    let bounded = expected[(first + row) * self.columns + column];
                    self.see(&mut errors, (first + row, column), c.get(row, column), bounded)?;
                }
            }
            Ok(())
        })?;
        Ok(self.passed(&errors)?)
    }

    /// Compares `count` elements, spread by `seed`, and the four corners; looks at every element for what is not finite.
    pub(super) fn sampled<E: From<Mismatch>>(
        &self,
        answer: &mut Answer<'_, E>,
        count: usize,
        seed: u64,
    ) -> Result<Check, E> {
        let mut random = fastrand::Rng::with_seed(seed);
        let corners = [0, self.rows - 1].into_iter().flat_map(|row| [(row, 0), (row, self.columns - 1)]);
        let anywhere = std::iter::repeat_with(|| (random.usize(..self.rows), random.usize(..self.columns))).take(count);
        let mut places: Vec<(usize, usize)> = corners.chain(anywhere).collect();
        places.sort_unstable();
        let mut errors = self.errors();
        answer.pieces(self.row_bytes(), |first, bytes| {
            let (c, first) = (self.piece(bytes), index(first));
            if let Some(at) = (0..c.len()).find(|&at| !c.at(at).is_finite()) {
                let place = (first + at / self.columns, at % self.columns);
                return Err(wrong("timed run", place, 0.0, c.at(at), f64::INFINITY));
            }
            let within = places.iter().filter(|(row, _)| (first..first + c.rows()).contains(row));
            for &(row, column) in within {
                self.see(&mut errors, (row, column), c.get(row - first, column), self.element(row, column))?;
            }
            Ok(())
        })?;
        Ok(self.passed(&errors)?)
    }

    fn see(
        &self,
        errors: &mut Errors,
        place: (usize, usize),
        found: f64,
        Bounded { expected, bound, squares }: Bounded,
    ) -> Result<(), Mismatch> {
        let error = found - expected;
        if !(error.abs() <= bound) {
            return Err(wrong(&self.what(), place, expected, found, bound));
        }
        errors.elements += 1;
        errors.worst.see(error.abs(), bound);
        errors.usual.see(error, expected, squares);
        Ok(())
    }

    fn what(&self) -> String {
        format!("{:?} data, {}", self.operands.fill(), self.product).to_lowercase()
    }

    fn passed(&self, errors: &Errors) -> Result<Check, Mismatch> {
        let problem = self.product;
        let method = match self.operands.fill() {
            Fill::Integers => format!("integers, exact, {problem}"),
            Fill::Random => format!("random data against f64, {}{problem}", errors.usual.judged(&self.what())?),
        };
        let Errors { elements, worst: Worst { error, bound }, .. } = *errors;
        Ok(Check { method, elements: elements as u64, max_error: error, bound })
    }

    /// C·x = A·(B·x) in arithmetic modulo 2^64, with a random x; on all cores, since a large product takes seconds on one.
    pub(super) fn checksums<E: From<Mismatch>>(&self, answer: &mut Answer<'_, E>, seed: u64) -> Result<Check, E> {
        let mut random = fastrand::Rng::with_seed(seed);
        let x: Vec<i64> = (0..self.columns).map(|_| i64::from(random.u32(..))).collect();
        let rows_of_b = parallel::pieces(self.depth as u64, |rows| {
            indices(rows).map(|row| weighted(&x, |column| exact(self.b(row, column)))).collect::<Vec<i64>>()
        });
        let bx = rows_of_b.concat();
        answer.pieces(self.row_bytes(), |first, bytes| {
            let (c, first) = (self.piece(bytes), index(first));
            let checked = parallel::pieces(c.rows() as u64, |rows| {
                indices(rows).try_for_each(|row| self.row_checksum(&c, row, first + row, &x, &bx))
            });
            checked.into_iter().collect()
        })?;
        let method = format!("integers, exact row checksums, {}", self.product);
        Ok(Check { method, elements: (self.rows * self.columns) as u64, max_error: 0.0, bound: 0.0 })
    }

    /// Compares the checksum of row `at` of `c`, which is row `row` of the whole product.
    fn row_checksum(&self, c: &Matrix<'_>, at: usize, row: usize, x: &[i64], bx: &[i64]) -> Result<(), Mismatch> {
        let expected = weighted(bx, |column| exact(self.a(row, column)));
        let mut fraction = None;
        let found = weighted(x, |column| {
            let value = c.get(at, column);
            if !is_integer(value) {
                fraction = Some((column, value));
            }
            exact(value)
        });
        if let Some((column, value)) = fraction {
            return Err(wrong("integer data", (row, column), 0.0, value, f64::INFINITY));
        }
        if expected != found {
            #[expect(clippy::cast_precision_loss, reason = "shown to people only")]
            let (expected, found) = (expected as f64, found as f64);
            let (what, place) = ("integer checksum of the whole product", format!("row {row}"));
            return Err(Mismatch { what: what.to_owned(), place, expected, found, bound: 0.0 });
        }
        Ok(())
    }
}

/// Places in memory.
fn indices(range: std::ops::Range<u64>) -> std::ops::Range<usize> {
    index(range.start)..index(range.end)
}

/// The sum of `weights` times values, modulo 2^64.
fn weighted(weights: &[i64], mut value: impl FnMut(usize) -> i64) -> i64 {
    weights.iter().enumerate().fold(0i64, |sum, (at, weight)| sum.wrapping_add(weight.wrapping_mul(value(at))))
}

#[expect(clippy::cast_possible_truncation, reason = "whether it is an integer is asked elsewhere")]
fn exact(value: f64) -> i64 {
    value as i64
}

#[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "an integer of a matrix is exact in f64")]
fn is_integer(value: f64) -> bool {
    exact(value) as f64 == value
}

fn wrong(what: &str, (row, column): (usize, usize), expected: f64, found: f64, bound: f64) -> Mismatch {
    Mismatch { what: what.to_owned(), place: format!("element ({row}, {column})"), expected, found, bound }
}

/// How far a sum of K rounded multiply-adds may lie from the exact one: the smaller of two bounds times `magnitude` = Σ|a||b|.
///
/// γ = n·u/(1 − n·u) holds for every order of summation, fused or not, with n = 2·K roundings (Higham, Accuracy and Stability of
/// Numerical Algorithms, §3.1). 8·√n·u is what rounding errors that do not conspire exceed with a probability below 2·exp(−32)
/// (Higham and Mary, SIAM J. Sci. Comput. 41, 2019). Matrix units cut off, and those errors do conspire: K of them, each up to 2·u of a sum. But
/// sums of random data are near √K where Σ|a||b| is near K, so that 8·√n·u·Σ|a||b| has room for them at every K: it is 4.2 times what K errors of 2·u
/// take in sums of their final standard deviation, √K/3. Of sums in halves, and in what FP8 is added up in, it says nothing; see [`UsualError`].
///
/// The reference rounds as f64 does, so that a comparison in f64 has to allow for both.
#[expect(clippy::cast_precision_loss, reason = "sums are far shorter than 2^53")]
fn error_bound(accumulator: Element, sums: Sums, depth: usize, magnitude: f64) -> f64 {
    let u = sums.unit_roundoff * if accumulator == Element::F64 { 2.0 } else { 1.0 };
    let roundings = 2.0 * depth as f64;
    let worst_case = if roundings * u < 1.0 { roundings * u / (1.0 - roundings * u) } else { f64::INFINITY };
    let probable = 8.0 * roundings.sqrt() * u;
    worst_case.min(probable) * magnitude
}
