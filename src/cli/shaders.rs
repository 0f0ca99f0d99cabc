//! `shaders`: writes the assembled WGSL of every kernel in every shape.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use super::Exit;
use super::output::say;
use crate::benchmark::CATALOGUE;
use crate::kernel::Target;

/// Write the assembled WGSL of every kernel in every shape, for reading and for other tools.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder to write to; existing files of the same name are replaced.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut count = 0;
    let seeds = CATALOGUE.iter().flat_map(|benchmark| benchmark.seeds(&Target::common()));
    for variant in seeds.filter(|variant| variant.shader().is_some()) {
        let name = format!("{}_{}.wgsl", variant.benchmark.id, variant.name().replace('/', "_"));
        let path = arguments.out.join(name);
        let folder = path.parent().unwrap_or(&arguments.out);
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        fs::write(&path, variant.wgsl()).with_context(|| format!("cannot write {}", path.display()))?;
        count += 1;
    }
    say(&format!("{count} files below {}", arguments.out.display()));
    Ok(Exit::Done)
}
