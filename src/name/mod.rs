//! The words of a product's name that tell it from others: one reading for drivers' strings, pasted names, and the reference base's names.

mod unwrap;
mod vocabulary;

use unwrap::alternatives;
use vocabulary::{
    glued, is_form, is_generation, is_memory_kind, is_noise, is_of_drivers, is_qualifier, is_series, maker, synonym,
};

/// A name, read. Two names are of one product if [`Name::is`] says so: case, order, spaces, makers and words that say nothing do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    /// The words that tell the product from others, sorted, letters and digits apart, so that `rtx4090d` is `RTX 4090 D`.
    words: Vec<String>,
    /// The same in its order, in one: `40A` is no `A40`.
    joined: String,
    /// The same as written, word by word, sorted: `6000 Ada` is `Ada 6000`.
    written: Vec<String>,
    /// The architecture, where the name says it.
    generation: Option<String>,
    /// Whether it says two things of which one can be true.
    is_contradictory: bool,
    /// The series, where one is named and the rest has a number: `RTX`, `RX`.
    series: Option<String>,
    /// The maker, in lower case, where the name says it.
    maker: Option<&'static str>,
    /// Form factor: `pcie`, `sxm`, `oam`.
    form: Option<String>,
    /// Memory size in gigabytes.
    memory_gb: Option<u32>,
    /// Memory type: `hbm3`.
    memory_kind: Option<String>,
    /// The part of the card that the name is of.
    slice: Option<Slice>,
}

/// A part of a card that is lent as a device of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slice {
    /// A MIG instance: compute slices, and gigabytes of memory.
    Mig {
        /// Of the slices that the card has.
        slices: u32,
        /// Of the card's memory.
        memory_gb: u32,
    },
    /// One of the equal devices that a mode of AMD's makes of a card.
    Partition(Mode),
    /// A virtual GPU, which has an unknown share of the card's time.
    Virtual,
}

/// How AMD's cards are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "AMD's words")]
pub enum Mode {
    Spx,
    Dpx,
    Tpx,
    Qpx,
    Cpx,
}

impl Mode {
    /// The name that AMD's tools write.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spx => "SPX",
            Self::Dpx => "DPX",
            Self::Tpx => "TPX",
            Self::Qpx => "QPX",
            Self::Cpx => "CPX",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Spx, Self::Dpx, Self::Tpx, Self::Qpx, Self::Cpx]
            .into_iter()
            .find(|mode| word.eq_ignore_ascii_case(mode.name()))
    }
}

impl Name {
    /// Every product that `text` may name: several where a driver writes several (`MI250X / MI250`), none where it names none, or where a part of it cannot be
    /// read as a product.
    pub fn readings(text: &str) -> Vec<Self> {
        if text.chars().count() > LONGEST {
            return Vec::new();
        }
        let mut readings: Vec<Self> = Vec::new();
        for text in alternatives(text) {
            let name = Self::read(&text, is_of_drivers);
            let is_addition =
                !name.words.is_empty() && name.words.iter().all(|word| matches!(word.as_str(), "laptop" | "maxq"));
            // `RTX 3070 Mobile / Max-Q`: the second is no product. `RX 7900 XT/XTX`, `A100 40GB/80GB`: it is, but which?
            let is_open = !readings.is_empty() && !name.has_number();
            if name.is_contradictory || is_open && !is_addition {
                return Vec::new();
            }
            if !is_open && !name.words.is_empty() && !readings.contains(&name) {
                readings.push(name);
            }
        }
        readings
    }

    /// The names of a card as the reference base writes them: what it puts in brackets only explains, but for memory, form and the like.
    pub fn of_base(text: &str) -> Vec<Self> {
        let names = alternatives(text).into_iter().map(|text| Self::read(&text, |words| !is_qualifier(words)));
        names.filter(|name| !name.words.is_empty()).collect()
    }

    /// Whether `text` names one of the products of `other`, as far as both say.
    pub fn agree(text: &str, other: &str) -> bool {
        let others = Self::readings(other);
        let readings = Self::readings(text);
        readings.iter().any(|one| others.iter().any(|other| one.is(other)))
    }

    /// Whether both are of one product: the same words, and nothing that contradicts. What one of the two leaves out of form factor, memory, maker and series
    /// contradicts nothing.
    pub fn is(&self, other: &Self) -> bool {
        self.words == other.words
            && (self.joined == other.joined || self.written == other.written)
            && agree(self.series.as_ref(), other.series.as_ref())
            && agree(self.maker, other.maker)
            && agree_on_form(self.form.as_deref(), other.form.as_deref())
            && agree(self.memory_gb, other.memory_gb)
            && agree(self.memory_kind.as_ref(), other.memory_kind.as_ref())
    }

    /// The words that tell the product from others.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The maker that the name says, in lower case.
    pub const fn maker(&self) -> Option<&'static str> {
        self.maker
    }

    /// The architecture that the name says, in lower case.
    pub fn generation(&self) -> Option<&str> {
        self.generation.as_deref()
    }

    /// Whether the name says its series.
    pub const fn has_series(&self) -> bool {
        self.series.is_some()
    }

    /// The memory that the name says, in gigabytes.
    pub const fn memory_gb(&self) -> Option<u32> {
        self.memory_gb
    }

    /// The memory type that the name says, in lower case.
    pub fn memory_kind(&self) -> Option<&str> {
        self.memory_kind.as_deref()
    }

    /// The part of the card that the name is of.
    pub const fn slice(&self) -> Option<Slice> {
        self.slice
    }

    /// The name with what it leaves out of form factor and memory as `whole` says it.
    #[must_use]
    pub fn completed_by(mut self, whole: &Self) -> Self {
        self.form = self.form.or_else(|| whole.form.clone());
        self.memory_gb = self.memory_gb.or(whole.memory_gb);
        self.memory_kind = self.memory_kind.or_else(|| whole.memory_kind.clone());
        self
    }

    fn has_number(&self) -> bool {
        self.words.iter().any(|word| is_number(word))
    }

    /// Reads a text whose brackets count unless `says_nothing` of what is in them.
    fn read(text: &str, says_nothing: impl Fn(&[String]) -> bool) -> Self {
        let mut name = Self::default();
        let text = name.without_slice(text);
        let (outside, inside) = unwrap::brackets(&text);
        name.take(&tokens(&outside));
        for tokens in inside.iter().map(|inside| tokens(inside)).filter(|tokens| !says_nothing(tokens)) {
            name.take(&tokens);
        }
        if let Some(series) = name.series.take_if(|_| !name.words.iter().any(|word| is_number(word))) {
            name.add(&series);
        }
        // A Quadro RTX 6000 is another card than an RTX 6000 Ada, which many call RTX 6000.
        if text.contains("quadro") && name.words.iter().all(|word| is_number(word)) {
            name.add("quadro");
        }
        name.joined = name.words.concat();
        name.words.sort();
        name.written.sort();
        name
    }

    fn add(&mut self, word: &str) {
        self.words.push(word.to_owned());
        self.written.push(word.to_owned());
    }

    /// Sorts tokens into words and what else they say.
    fn take(&mut self, tokens: &[String]) {
        let mut rest = tokens;
        while let [token, after @ ..] = rest {
            let number = token.parse::<u32>().ok();
            rest = match (number, after) {
                (Some(_), [core, cpu, after @ ..]) if is_core(core) && cpu == "cpu" => after,
                (Some(cores), [core, after @ ..]) if is_core(core) => {
                    self.add(&format!("{cores}core"));
                    after
                }
                (Some(size), [unit, after @ ..]) if matches!(unit.as_str(), "gb" | "gib") => {
                    say(&mut self.memory_gb, size, &mut self.is_contradictory);
                    after
                }
                _ => {
                    self.take_one(token);
                    after
                }
            };
        }
    }

    fn take_one(&mut self, token: &str) {
        if self.take_fact(token) || is_noise(token) || is_power(token) {
            return;
        }
        // `rtx4090`, `teslat4`, `h100sxm`: words without a space between.
        let mut written = String::new();
        for part in runs(token).into_iter().flat_map(glued) {
            let is_word = part.len() < 2 || !self.take_fact(part) && !is_noise(part);
            if is_word {
                let word = synonym(part);
                written.push_str(word);
                self.words.push(word.to_owned());
            }
        }
        self.written.extend(Some(written).filter(|written| !written.is_empty()));
    }

    /// Whether `token` says something beside what tells products apart; keeps it.
    fn take_fact(&mut self, token: &str) -> bool {
        if let Some(maker) = maker(token) {
            self.maker.get_or_insert(maker);
        } else if let Some(form) = is_form(token) {
            let agrees = agree_on_form(self.form.as_deref(), Some(form));
            self.is_contradictory |= !agrees;
            self.form = Some(form.to_owned());
        } else if let Some(mode) = Mode::of(token) {
            self.slice = Some(Slice::Partition(mode));
        } else if is_memory_kind(token) {
            say(&mut self.memory_kind, token.to_owned(), &mut self.is_contradictory);
        } else if let Some(size) = memory_size(token) {
            say(&mut self.memory_gb, size, &mut self.is_contradictory);
        } else if is_generation(token) {
            say(&mut self.generation, token.to_owned(), &mut self.is_contradictory);
        } else if is_series(token) {
            self.series.get_or_insert_with(|| token.to_owned());
        } else {
            return false;
        }
        true
    }

    /// `text` without what says that it is of a part of a card.
    fn without_slice(&mut self, text: &str) -> String {
        if let Some((card, profile)) = text.split_once(" mig ") {
            let slice = mig(profile);
            self.slice = Some(slice.unwrap_or(Slice::Virtual));
            return card.to_owned();
        }
        if let Some((card, profile)) = text.trim_end().rsplit_once('-')
            && is_virtual_profile(profile)
            && card.contains(|c: char| c.is_ascii_digit())
        {
            self.slice = Some(Slice::Virtual);
            return card.to_owned();
        }
        let words: Vec<&str> = text.split(' ').filter(|word| !matches!(*word, "vf" | "mxgpu")).collect();
        if words.len() < text.split(' ').count() {
            self.slice = Some(Slice::Virtual);
        }
        words.join(" ")
    }
}

/// Longer texts are no names.
const LONGEST: usize = 300;

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Keeps a fact; one that differs from what was said before contradicts it.
fn say<T: PartialEq>(known: &mut Option<T>, said: T, is_contradictory: &mut bool) {
    *is_contradictory |= known.as_ref().is_some_and(|known| *known != said);
    *known = Some(said);
}

/// Whether two facts agree: what is not said contradicts nothing.
fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// Whether two form factors agree: `sxm` is any of `sxm2` to `sxm6`.
fn agree_on_form(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one.starts_with(other) || other.starts_with(one))
}

fn is_core(word: &str) -> bool {
    matches!(word, "core" | "cores")
}

/// The words of a text: what is no letter or digit stands between them.
fn tokens(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `80gb`, `80g` or `80gib` as a number.
fn memory_size(token: &str) -> Option<u32> {
    ["gb", "gib", "g"].iter().find_map(|unit| token.strip_suffix(unit)?.parse().ok())
}

/// `750w`: a board's power limit.
fn is_power(token: &str) -> bool {
    token.strip_suffix('w').is_some_and(|watts| watts.len() > 1 && watts.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Letters and digits apart.
fn runs(word: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let kinds: Vec<(usize, bool)> = word.char_indices().map(|(at, c)| (at, c.is_ascii_digit())).collect();
    for pair in kinds.windows(2) {
        if pair[0].1 != pair[1].1 {
            runs.push(&word[start..pair[1].0]);
            start = pair[1].0;
        }
    }
    runs.push(&word[start..]);
    runs
}

/// `1g.5gb` as NVIDIA names MIG instances, with what stands before (`1c.3g.40gb`) or after (`1g.10gb+me`).
fn mig(profile: &str) -> Option<Slice> {
    let (before, after) = profile.split_once("g.")?;
    let slices = before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    let memory_gb = after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    Some(Slice::Mig { slices, memory_gb })
}

/// `10c`, `4q`, `48a`: memory and kind of an NVIDIA virtual GPU.
fn is_virtual_profile(word: &str) -> bool {
    let kind = word.trim_start_matches(|c: char| c.is_ascii_digit());
    word.len() > kind.len() && matches!(kind, "a" | "b" | "c" | "q")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Name {
        let readings = Name::readings(text);
        assert_eq!(readings.len(), 1, "{text}: {readings:?}");
        readings[0].clone()
    }

    #[test]
    fn spelling_does_not_count() {
        for (one_way, other_way) in [
            ("NVIDIA GeForce RTX 4090", "rtx4090"),
            ("NVIDIA GeForce RTX 4090 D", "RTX 4090D"),
            ("Intel(R) Arc(TM) B580 Graphics (BMG G21)", "B580"),
            ("Tesla V100-SXM2-32GB", "V100 SXM2 32 GB"),
            ("AMD Radeon RX 7900 XTX (radeonsi, navi31, LLVM 17.0.6, DRM 3.57, 6.8.0)", "7900xtx"),
            ("NVIDIA GeForce RTX 4090/PCIe/SSE2", "RTX 4090"),
            ("ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 (0x00002684) Direct3D11 vs_5_0 ps_5_0, D3D11)", "RTX 4090"),
            ("Microsoft Direct3D12 (NVIDIA GeForce RTX 4090)", "RTX 4090"),
            ("ANGLE (Apple, ANGLE Metal Renderer: Apple M1 Max, Unspecified Version)", "M1 Max"),
            ("昇腾910B2", "Huawei Ascend 910 B2"),
            ("AD102 [GeForce RTX 4090] (rev a1)", "RTX 4090"),
            ("M1 Max (32-core GPU)", "m1 max 32 cores"),
            ("RTX 2080 with Max-Q Design", "RTX 2080 Max-Q"),
            ("RTX 4090 (Laptop version)", "RTX 4090 Laptop"),
            ("Ada RTX 6000", "RTX 6000 Ada"),
            ("AD102 [GeForce RTX 4090] [10de:2684] (rev a1)", "RTX 4090"),
        ] {
            assert!(
                one(one_way).is(&one(other_way)),
                "{one_way} is {other_way}: {:?} {:?}",
                one(one_way),
                one(other_way)
            );
        }
    }

    #[test]
    fn what_tells_products_apart_is_kept() {
        for (this, that) in [
            ("RX 9070", "RX 9070 XT"),
            ("RTX 4090", "RTX 4090 D"),
            ("RTX 4090", "RTX 4090 Laptop GPU"),
            ("RTX 4080", "RTX 4080 SUPER"),
            ("H100 NVL", "H100"),
            ("A100", "A100X"),
            ("RTX 6000 Ada", "Quadro RTX 6000"),
            ("RTX PRO 6000", "RTX 6000"),
            ("H20", "H200"),
            ("A100 40GB", "A100 80GB"),
            ("H100 PCIe", "H100 SXM5"),
            ("M1 Max 24-core", "M1 Max 32-core"),
            ("Radeon A100", "NVIDIA A100"),
            ("Titan", "Titan RTX"),
            ("RTX 3080 (Laptop)", "RTX 3080"),
            ("RTX 4090 (D)", "RTX 4090"),
            ("RTX 4090（D）", "RTX 4090"),
            ("RTX 6000 (Ada Generation)", "RTX 6000"),
            ("H100 (NVL 94GB)", "H100"),
            ("40A", "A40"),
        ] {
            assert!(!one(this).is(&one(that)), "{this} is not {that}: {:?}", one(this));
        }
    }

    #[test]
    fn parts_of_cards_are_seen() {
        let mig = Some(Slice::Mig { slices: 3, memory_gb: 40 });
        assert_eq!(one("NVIDIA A100-SXM4-80GB MIG 3g.40gb").slice(), mig);
        assert_eq!(one("NVIDIA H100 80GB HBM3 MIG 1c.3g.40gb").slice(), mig);
        for name in ["GRID T4-8Q", "NVIDIA A16-4Q", "NVIDIA L40S-48Q", "AMD Instinct MI300X VF"] {
            assert_eq!(one(name).slice(), Some(Slice::Virtual), "{name}");
        }
        assert_eq!(one("BI-V100").slice(), None);
        assert!(one("GRID T4-8Q").is(&one("T4")), "of which it is a part");
    }

    #[test]
    fn drivers_that_name_several_are_believed() {
        assert_eq!(Name::readings("AMD Instinct MI250X / MI250").len(), 2);
        assert_eq!(Name::readings("Navi 31 [Radeon RX 7900 XT/7900 XTX/7900M]").len(), 3);
        assert!(Name::readings("AMD Radeon Graphics (RADV GFX1103_R1)").is_empty());
        assert!(Name::readings("").is_empty());
        assert_eq!(Name::readings("GeForce RTX 3070 Mobile / Max-Q").len(), 1, "the second is no product");
        for open in ["RX 7900 XT/XTX", "A100 40GB/80GB", "H100 PCIe/SXM5", "A100 SXM4 80GB PCIe", &"x1 ".repeat(200)] {
            assert!(Name::readings(open).is_empty(), "{open}: which of them?");
        }
    }
}
