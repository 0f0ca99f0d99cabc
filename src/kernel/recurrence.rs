//! What a step of a chain computes.

use std::fmt;

use crate::problem::{ChainConstant, STRETCH};

/// How the next value of a chain follows from the last: a multiply-add each, of other operands. None is the fastest everywhere: an
/// instruction may take longer where it reads one register twice, or three, or where the sum does not take its addend's place.
///
/// No two steps can be made one without another rounding, and no step can be left out without another value at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recurrence {
    /// x ← x·x + c: a register that is read twice, and a uniform value.
    Square,
    /// x ← a·x + b with a and b uniform: one register is read. Intel's A380 does twice as many of these as of squares
    /// (<https://github.com/krrishnarraj/clpeak/issues/202>). Two values of a take turns, each the other's inverse, and the last step of
    /// each [`STRETCH`] is a square: by steps of this kind alone values come to rest, or leave every bound.
    Affine,
    /// The same with a and b in registers of each invocation: three are read.
    AffineInRegisters,
    /// x ← e·y + x and y ← -e·x + y turn by turn: the sum takes its addend's place, as in a product. Some devices have instructions for just
    /// that: AMD's `v_fmac_f32` is half as long as `v_fma_f32`. Each step is a shear, and two of them turn (x, y) along an ellipse, by an angle
    /// of which no multiple is a whole turn.
    Turn,
    /// x ← x + the dot product of x's four bytes with constant ones, modulo 2^32.
    Dot,
}

impl Recurrence {
    /// Those of floating-point values.
    pub(super) const OF_VALUES: [Self; 4] = [Self::Square, Self::Affine, Self::AffineInRegisters, Self::Turn];

    /// How many steps the body of a loop can have.
    pub(super) fn unrolls(self) -> &'static [u32] {
        match self {
            Self::Affine | Self::AffineInRegisters => &[STRETCH],
            Self::Square | Self::Turn | Self::Dot => &[4, 8, 16, 32, 64],
        }
    }

    /// Values that a chain consists of.
    pub(super) fn values(self) -> u32 {
        if self == Self::Turn { 2 } else { 1 }
    }

    /// Constants that every invocation has in its registers.
    pub(super) fn constants_in_registers(self) -> u32 {
        match self {
            Self::AffineInRegisters => 4,
            _ => 1,
        }
    }

    /// The functions of the prelude that make the steps. Odd and even ones take turns, and the last one of a body is closing.
    pub(super) fn wgsl(self) -> String {
        let Text { constants, chain, begin, odd, even, closing, end } = self.text();
        let place = if self == Self::AffineInRegisters { "lane * params.zero" } else { "0u" };
        let fields: String = constants.iter().map(|(name, _)| format!("    {name}: Value,\n")).collect();
        let loads: Vec<String> =
            constants.iter().map(|(_, constant)| format!("Value(constants[at + {}u])", *constant as u32)).collect();
        let step = |name: &str, result: &str| {
            format!("fn {name}(chain: Chain, k: Constants) -> Chain {{\n    return {result};\n}}\n")
        };
        format!(
            "{chain}\n\
             struct Constants {{\n{fields}}}\n\
             fn load_constants(lane: u32) -> Constants {{\n    let at = {place};\n    return Constants({});\n}}\n\
             fn begin(value: Value, k: Constants) -> Chain {{\n    return {begin};\n}}\n\
             {}{}{}\
             fn end(chain: Chain) -> Value {{\n    return {end};\n}}",
            loads.join(", "),
            step("odd", odd),
            step("even", even),
            step("closing", closing),
        )
    }

    fn text(self) -> Text {
        let one_value = |constants, [odd, even, closing]: [&'static str; 3]| Text {
            constants,
            chain: "alias Chain = Value;",
            begin: "value",
            odd,
            even,
            closing,
            end: "chain",
        };
        match self {
            Self::Square => one_value(&[("addend", ChainConstant::Addend)], ["fma(chain, chain, k.addend)"; 3]),
            Self::Affine | Self::AffineInRegisters => one_value(
                &[
                    ("expand", ChainConstant::Expand),
                    ("contract", ChainConstant::Contract),
                    ("offset", ChainConstant::Offset),
                    ("fold", ChainConstant::Fold),
                ],
                ["fma(k.expand, chain, k.offset)", "fma(k.contract, chain, k.offset)", "fma(chain, chain, k.fold)"],
            ),
            Self::Turn => Text {
                constants: &[
                    ("there", ChainConstant::There),
                    ("back", ChainConstant::Back),
                    ("start", ChainConstant::Start),
                ],
                chain: "struct Chain {\n    x: Value,\n    y: Value,\n}",
                begin: "Chain(value, k.start)",
                odd: "Chain(fma(k.there, chain.y, chain.x), chain.y)",
                even: "Chain(chain.x, fma(k.back, chain.x, chain.y))",
                closing: "even(chain, k)",
                end: "chain.y",
            },
            // The bytes of a sum are the next factors.
            Self::Dot => one_value(
                &[("factors", ChainConstant::Addend)],
                ["bitcast<u32>(dot4I8Packed(chain, k.factors) + bitcast<i32>(chain))"; 3],
            ),
        }
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Square => "square",
            Self::Affine => "affine",
            Self::AffineInRegisters => "affine-registers",
            Self::Turn => "turn",
            Self::Dot => "dot",
        })
    }
}

/// WGSL of a recurrence's parts: expressions of `value`, `chain` and the constants `k`.
struct Text {
    constants: &'static [(&'static str, ChainConstant)],
    chain: &'static str,
    begin: &'static str,
    odd: &'static str,
    even: &'static str,
    closing: &'static str,
    end: &'static str,
}
