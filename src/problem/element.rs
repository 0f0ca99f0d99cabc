//! Types of elements, and how sums in each round.

use serde::{Deserialize, Serialize};

/// An element type of a matrix or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Element {
    /// IEEE binary16.
    F16,
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
    /// BF16, the upper half of binary32, two to a word: along K in a matrix. Matrix units only, as the next two.
    Bf16,
    /// FP8 with 4 bits of exponent and 3 of significand (OCP 8-bit Floating Point Specification 1.0), four to a word.
    E4m3,
    /// FP8 with 5 bits of exponent and 2 of significand (ibid.), four to a word.
    E5m2,
    /// 8-bit signed integer, four to a word: along K in a matrix.
    I8,
    /// 32-bit signed integer.
    I32,
}

impl Element {
    /// Size in bytes.
    pub const fn size(self) -> u64 {
        match self {
            Self::I8 | Self::E4m3 | Self::E5m2 => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 => 8,
        }
    }

    /// How many values along K a matrix keeps in one element of its buffer.
    pub const fn per_word(self) -> u32 {
        match self {
            Self::I8 | Self::E4m3 | Self::E5m2 => 4,
            Self::Bf16 => 2,
            Self::F16 | Self::F32 | Self::F64 | Self::I32 => 1,
        }
    }

    /// Unit roundoff `u` of round-to-nearest: 2^-p for a significand of p bits; integers do not round.
    pub const fn unit_roundoff(self) -> f64 {
        match self {
            Self::F16 => 1.0 / 2048.0,
            Self::F32 => 1.0 / 16_777_216.0,
            Self::F64 => f64::EPSILON / 2.0,
            Self::Bf16 => 1.0 / 256.0,
            Self::E4m3 => 1.0 / 16.0,
            Self::E5m2 => 1.0 / 8.0,
            Self::I8 | Self::I32 => 0.0,
        }
    }

    /// The largest n such that every integer of magnitude up to n is exact (2^p; less for integers, which would wrap).
    pub const fn exact_integer_limit(self) -> u64 {
        match self {
            Self::F16 => 2048,
            Self::F32 => 16_777_216,
            Self::F64 => 1 << 53,
            Self::Bf16 => 256,
            Self::E4m3 => 16,
            Self::E5m2 => 8,
            Self::I8 => 127,
            Self::I32 => (1 << 31) - 1,
        }
    }

    /// What is sure of sums in this type of products of `input`, on any device.
    ///
    /// Matrix units of Hopper and Ada keep 14 bits of sums of FP8, whatever the type they are stored in (DeepSeek-V3 Technical Report, arXiv 2412.19437,
    /// section 3.5.2), and Vulkan leaves that to the implementation. One of them may be a sign's.
    pub const fn of_sums(self, input: Self) -> Sums {
        match (input, self) {
            (Self::E4m3 | Self::E5m2, Self::F32) => Sums { unit_roundoff: 1.0 / 8192.0, exact_integer_limit: 8192 },
            _ => Sums { unit_roundoff: self.unit_roundoff(), exact_integer_limit: self.exact_integer_limit() },
        }
    }

    /// The type's name, as in ids of benchmarks.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bf16 => "bf16",
            Self::E4m3 => "e4m3",
            Self::E5m2 => "e5m2",
            Self::I8 => "i8",
            Self::F16 | Self::F32 | Self::F64 | Self::I32 => self.wgsl(),
        }
    }

    /// The scalar type's name in WGSL; what it does not have comes packed in words.
    pub const fn wgsl(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Bf16 | Self::E4m3 | Self::E5m2 | Self::I8 => "u32",
            Self::I32 => "i32",
        }
    }
}

/// How sums are rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sums {
    /// Unit roundoff of round-to-nearest, as [`Element::unit_roundoff`].
    pub unit_roundoff: f64,
    /// The largest n such that every integer of magnitude up to n is exact.
    pub exact_integer_limit: u64,
}
