//! Which kernels to compile, and how: asked for on the command line, and handed to the process that compiles.

use anyhow::{Context as _, bail};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use gpu_assay::benchmark::CATALOGUE;
use gpu_assay::kernel::{Target, Variant};
use gpu_assay::measure::ShaderChecks;
use serde::{Deserialize, Serialize};

/// A choice of kernels.
#[derive(Debug, Clone, Default, clap::Args, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Kernels: a glob over benchmark ids; may be repeated
    #[arg(long = "kernel", value_name = "GLOB")]
    kernels: Vec<String>,
    /// Variants: a glob over the names of all there are; may be repeated, the seeds of the search where left out
    #[arg(long = "variant", value_name = "GLOB")]
    variants: Vec<String>,
    /// Compile with wgpu's run-time checks
    #[arg(long)]
    checked: bool,
    /// See what a change of the WGSL does, without making it: replaces the first text with the second
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"])]
    replace: Vec<String>,
}

impl Request {
    /// One variant, named whole.
    pub(crate) fn of(kernel: &str, variant: &str) -> Self {
        Self { kernels: vec![kernel.to_owned()], variants: vec![variant.to_owned()], ..Self::default() }
    }

    /// The variants that are asked for.
    ///
    /// # Errors
    /// Fails if nothing fits, or if a glob is malformed.
    pub(crate) fn select(&self) -> anyhow::Result<Vec<Variant>> {
        let (kernels, variants) = (globs(&self.kernels)?, globs(&self.variants)?);
        let chosen: Vec<Variant> = CATALOGUE
            .iter()
            .filter(|benchmark| kernels.is_match(benchmark.id))
            .flat_map(|benchmark| match self.variants[..] {
                [] => benchmark.seeds(&Target::common()),
                _ => benchmark.variants(&Target::common()),
            })
            .filter(|variant| variant.shader().is_some() && variants.is_match(variant.name()))
            .collect();
        if chosen.is_empty() {
            let ids: Vec<_> = CATALOGUE.iter().map(|benchmark| benchmark.id).collect();
            bail!("no kernel fits; there are {}, and `gpu-assay shaders` writes all variants", ids.join(", "));
        }
        Ok(chosen)
    }

    /// The text of `variant`, changed as asked.
    ///
    /// # Errors
    /// Fails if there is nothing to replace.
    pub(crate) fn text(&self, variant: &Variant) -> anyhow::Result<String> {
        let text = variant.wgsl();
        let [from, to] = &self.replace[..] else { return Ok(text) };
        if !text.contains(from) {
            bail!("`{from}` does not occur in shaders/{}", variant.shader().unwrap_or_default());
        }
        Ok(text.replace(from, to))
    }

    /// Whether no kernel is left out and none is changed.
    pub(crate) fn is_everything(&self) -> bool {
        self.kernels.is_empty() && self.variants.is_empty() && !self.checked && self.replace.is_empty()
    }

    /// The same request as arguments of a command line.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let repeated = |name: &'static str, values: &[String]| {
            values.iter().flat_map(|value| [name.to_owned(), value.clone()]).collect::<Vec<_>>()
        };
        let mut arguments = repeated("--kernel", &self.kernels);
        arguments.extend(repeated("--variant", &self.variants));
        if self.checked {
            arguments.push("--checked".to_owned());
        }
        if !self.replace.is_empty() {
            arguments.push("--replace".to_owned());
            arguments.extend(self.replace.iter().cloned());
        }
        arguments
    }

    pub(crate) fn checks(&self) -> ShaderChecks {
        if self.checked { ShaderChecks::Checked } else { ShaderChecks::Unchecked }
    }
}

/// No globs match everything.
fn globs(patterns: &[String]) -> anyhow::Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    let all = ["*".to_owned()];
    for pattern in if patterns.is_empty() { &all } else { patterns } {
        let glob = GlobBuilder::new(pattern).build();
        set.add(glob.with_context(|| format!("`{pattern}` is no glob"))?);
    }
    Ok(set.build()?)
}
