//! `report --html` and `report --svg`: pages, galleries and plots as files.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Exit;
use super::exit::Usage;
use super::output::say;
use super::report::{Refused, files, verdict};
use crate::judge::Verdict;
use crate::record::{self, Record};
use crate::reference::Reference;
use crate::report::html::{GalleryRow, gallery, page, plots};

/// What is written in place of a text.
#[derive(Debug, clap::Args)]
pub(super) struct PageArguments {
    /// Write a self-contained page with the records overlaid; for a folder of records, write an index and a page for each record
    /// into this folder.
    #[arg(long, value_name = "FILE|DIR", conflicts_with_all = ["format", "markdown", "csv", "svg"])]
    html: Option<PathBuf>,
    /// Write a page for each record even if there are more than 200.
    #[arg(long, requires = "html")]
    pages: bool,
    /// Write only the plots, as SVG files, into this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["format", "markdown", "csv"])]
    svg: Option<PathBuf>,
}

impl PageArguments {
    /// Writes what is asked for of `records`; `None` where nothing is.
    pub(super) fn write(&self, records: &[PathBuf], reference: &Reference) -> Option<anyhow::Result<Exit>> {
        match (&self.html, &self.svg) {
            (Some(target), _) if records.iter().any(|path| path.is_dir()) || target.is_dir() => {
                Some(write_gallery(records, self.pages, target, reference))
            }
            (Some(target), _) => Some(write_page(records, target, reference)),
            (_, Some(folder)) => Some(write_plots(records, folder, reference)),
            _ => None,
        }
    }
}

/// Every record named, with its verdict, and what cannot be used.
fn judged(paths: &[PathBuf], reference: &Reference) -> anyhow::Result<(Vec<(Record, Verdict)>, Refused)> {
    let (mut refused, mut judged) = (Refused::default(), Vec::new());
    for file in files(paths)? {
        let Some(record) = refused.load(&file) else { continue };
        let verdict = verdict(&record, reference)?;
        judged.push((record, verdict));
    }
    Ok((judged, refused))
}

fn write_page(paths: &[PathBuf], target: &Path, reference: &Reference) -> anyhow::Result<Exit> {
    if record::load(target).is_ok() {
        return Err(
            Usage(format!("{} is a record, which is never overwritten: name another file", target.display())).into()
        );
    }
    let (judged, refused) = judged(paths, reference)?;
    let records: Vec<_> = judged.iter().map(|(record, verdict)| (record, verdict)).collect();
    let left_out = refused.words();
    let exit = refused.concluded(records.len())?;
    write(target, &page(&records, &left_out, reference))?;
    say(&format!("report: {}", target.display()));
    Ok(exit)
}

fn write_plots(paths: &[PathBuf], folder: &Path, reference: &Reference) -> anyhow::Result<Exit> {
    let (judged, refused) = judged(paths, reference)?;
    let records: Vec<_> = judged.iter().map(|(record, verdict)| (record, verdict)).collect();
    let exit = refused.concluded(records.len())?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let plots = plots(&records, reference);
    for (name, svg) in &plots {
        write(&folder.join(name), svg)?;
    }
    say(&format!("{} plots below {}", plots.len(), folder.display()));
    Ok(exit)
}

/// With more records than this only the index is made, unless pages are asked for.
const MOST_PAGES: usize = 200;

/// An index of all records, and a page for each. What cannot be used of a folder is named, and left out.
fn write_gallery(records: &[PathBuf], pages: bool, folder: &Path, reference: &Reference) -> anyhow::Result<Exit> {
    let files = files(records)?;
    let with_pages = pages || files.len() <= MOST_PAGES;
    let create = || fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()));
    let (mut rows, mut refused) = (Vec::new(), Refused::default());
    for (number, file) in files.iter().enumerate() {
        let Some(record) = refused.load(file) else { continue };
        let verdict = verdict(&record, reference)?;
        let stem =
            file.path.file_stem().map_or_else(|| "record".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let name = with_pages.then(|| format!("{number}-{}.html", link_safe(&stem)));
        if let Some(name) = &name {
            create()?;
            write(&folder.join(name), &page(&[(&record, &verdict)], &[], reference))?;
        }
        rows.push(GalleryRow::of(&record, &verdict, format!("{stem}.json"), name));
    }
    let left_out = refused.words();
    let exit = refused.concluded(rows.len())?;
    create()?;
    write(&folder.join("index.html"), &gallery(&rows, &left_out))?;
    let count = if rows.len() == 1 { "1 record".to_owned() } else { format!("{} records", rows.len()) };
    say(&format!("{count} in {}", folder.join("index.html").display()));
    Ok(exit)
}

fn link_safe(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

/// Writes a file in one piece; one of the same name is replaced.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)
    };
    written().map(drop).with_context(|| format!("cannot write {}", path.display()))
}
