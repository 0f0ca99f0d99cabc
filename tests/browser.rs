//! The report and the gallery in a real browser. Without one these tests are ignored, and fail where `REQUIRE_BROWSER=1`.

mod child;
mod trials;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use assert_cmd::cargo::cargo_bin;
use trials::{Missing, Tested, trials};

fn main() -> ExitCode {
    trials::run(trials![
        the_report_opens_with_its_plots_and_no_complaint,
        the_rate_under_load_is_plotted_with_its_burst_and_its_level,
        what_the_card_was_doing_is_plotted_on_one_time_axis,
        the_gallery_sorts_and_filters,
        a_hostile_name_is_text_and_runs_nothing,
    ])
}

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser's command.
fn browser() -> Result<&'static str, Missing> {
    let found = BROWSERS.into_iter().find(|name| child::is_there(name));
    found.ok_or_else(|| Missing::unless_required("REQUIRE_BROWSER", "there is no chromium to open the report with"))
}

/// The page at `path` as the browser has it after its scripts, and what it complained of.
fn opened(browser: &str, path: &Path) -> (String, Vec<String>) {
    let profile = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(browser);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", path.display()));
    let output = child::output(&mut command);
    let complaints = String::from_utf8_lossy(&output.stderr);
    let complaints = complaints.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), complaints)
}

fn report(arguments: &[&str]) {
    let output = child::output(Command::new(cargo_bin("gpu-assay")).arg("report").args(arguments));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const RECORD: &str = "fuzz/corpus/record/curve.json";

fn the_report_opens_with_its_plots_and_no_complaint() -> Tested {
    let browser = browser()?;
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("r.html");
    report(&[RECORD, "tests/fixtures/synthetic-a100.json", "--html", &page.to_string_lossy()]);
    let (dom, complaints) = opened(browser, &page);
    assert_eq!(complaints, Vec::<String>::new(), "the console is empty");
    let plots: Vec<&str> =
        dom.split("<svg").skip(1).map(|rest| rest.split("</svg>").next().unwrap_or_default()).collect();
    assert!(plots.len() >= 8, "{} plots", plots.len());
    for plot in &plots {
        let head = plot.split('>').next().unwrap_or_default();
        assert!(head.contains("role=\"img\"") && head.contains("aria-label=\""), "a plot without a label: {head}");
    }
    let latency = plots.iter().find(|plot| plot.contains("Latency against")).expect("the latency curve");
    let record = gpu_assay::record::load(Path::new(RECORD)).expect("a record");
    let points = record.entries.iter().find(|entry| entry.id == "memory/latency").expect("an entry").curve.len();
    assert_eq!(latency.matches("<circle").count(), points, "a mark for each point");
    assert!(!dom.contains("src=\"http") && !dom.contains("href=\"http"), "nothing is fetched");
    Ok(())
}

fn the_rate_under_load_is_plotted_with_its_burst_and_its_level() -> Tested {
    const LOAD: &str = "fuzz/corpus/record/sustained.json";
    let browser = browser()?;
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("r.html");
    report(&[LOAD, "--html", &page.to_string_lossy()]);
    let (dom, complaints) = opened(browser, &page);
    assert_eq!(complaints, Vec::<String>::new(), "the console is empty");
    let plots = dom.split("<svg").skip(1).map(|rest| rest.split("</svg>").next().unwrap_or_default());
    let plot =
        plots.into_iter().find(|plot| plot.contains("aria-label=\"Rate under load over time\"")).expect("the plot");
    let record = gpu_assay::record::load(Path::new(LOAD)).expect("a record");
    let load = record.entries[0].sustained.as_ref().expect("a load");
    assert_eq!(plot.matches("<circle").count(), load.points.len(), "a mark for each point");
    for (what, rate) in [("burst", load.burst_ops_per_s), ("level", load.level_ops_per_s)] {
        let rate = rate.expect("a figure");
        assert!(plot.contains(&format!("{what}: {rate}")), "{what} is marked");
        assert!(dom.contains(&rate.to_string()), "and said");
    }
    Ok(())
}

fn what_the_card_was_doing_is_plotted_on_one_time_axis() -> Tested {
    const WATCHED: &str = "tests/fixtures/synthetic-capped.json";
    let browser = browser()?;
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("r.html");
    report(&[WATCHED, "--html", &page.to_string_lossy()]);
    let (dom, complaints) = opened(browser, &page);
    assert_eq!(complaints, Vec::<String>::new(), "the console is empty");
    let plots: Vec<&str> =
        dom.split("<svg").skip(1).map(|rest| rest.split("</svg>").next().unwrap_or_default()).collect();
    let plot_of = |title: &str, rate: &str| {
        let label =
            format!("role=\"img\" aria-label=\"{title} over time: {rate}; core clock; power, W; temperature, °C\"");
        *plots.iter().find(|plot| plot.contains(&label)).expect("the plot")
    };
    let record = gpu_assay::record::load(Path::new(WATCHED)).expect("a record");
    let all = || record.entries.iter().filter_map(|entry| Some((entry, entry.telemetry.as_ref()?)));
    let samples: usize = all().map(|(entry, _)| entry.samples.len()).sum();
    let held: usize = all().map(|(_, series)| series.held_samples.len()).sum();
    let run = plot_of("The run of NVIDIA A30", "rate over its best");
    // One of either is in the key.
    assert_eq!(run.matches("<circle").count(), samples - held + 1, "a circle for each sample that nothing held");
    assert_eq!(run.matches("<polygon").count(), held + 1, "a triangle for each that something held");
    for words in ["rate over its best", "core clock", "power, W", "its limit", "temperature, °C", "memory/triad"] {
        assert!(run.contains(words), "{words}");
    }
    let load = plot_of("matmul/f32 of NVIDIA A30 under load", "operations per second");
    assert!(load.contains("seconds since the load began"), "on its own clock");
    assert!(dom.contains("held by its power limit of 165 W"), "and the page says so in words");
    report(&[RECORD, "--html", &page.to_string_lossy()]);
    let (dom, _) = opened(browser, &page);
    assert!(!dom.contains("The run of") && !dom.contains("meanwhile"), "nothing without readings");
    Ok(())
}

/// Presses headings, types into the filter, and writes what came of it into the page.
const PRESSES: &str = r##"<script>
const first = () => document.querySelector("#records tbody tr:not([hidden]) th").textContent.trim();
const press = (column) => document.querySelectorAll("#records thead button")[column].click();
const seen = [];
press(1); seen.push(first());
press(1); seen.push(first());
press(6); press(6); seen.push(document.querySelector("#records tbody tr").cells[6].textContent);
const filter = document.getElementById("filter");
filter.value = "a100"; filter.dispatchEvent(new Event("input"));
seen.push(document.querySelectorAll("#records tbody tr:not([hidden])").length);
document.body.dataset.seen = seen.join("|");
</script>"##;

fn the_gallery_sorts_and_filters() -> Tested {
    let browser = browser()?;
    let folder = tempfile::tempdir().expect("a folder");
    report(&["tests/fixtures", "--html", &folder.path().to_string_lossy()]);
    let index = folder.path().join("index.html");
    let text = fs::read_to_string(&index).expect("an index");
    fs::write(&index, text.replace("</body>", &format!("{PRESSES}</body>"))).expect("it can be written");
    let (dom, complaints) = opened(browser, &index);
    assert_eq!(complaints, Vec::<String>::new(), "the console is empty");
    let seen = dom.split("data-seen=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the script ran");
    let seen: Vec<&str> = seen.split('|').collect();
    assert!(seen[0] < seen[1], "by adapter, rising and falling: {seen:?}");
    assert!(seen[2].parse::<f64>().is_ok_and(|bandwidth| bandwidth > 1.0), "the fastest memory first: {seen:?}");
    assert_eq!(seen[3], "1", "one row has a100 in it");
    let pages = fs::read_dir(folder.path()).expect("a folder").count();
    let files = fs::read_dir("tests/fixtures").expect("a folder").map(|file| file.expect("a file").path());
    let records = files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).count();
    assert_eq!(pages, 1 + records, "an index, and a page for each");
    Ok(())
}

fn a_hostile_name_is_text_and_runs_nothing() -> Tested {
    let browser = browser()?;
    let folder = tempfile::tempdir().expect("a folder");
    let hostile = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>";
    let text = fs::read_to_string("tests/fixtures/synthetic-a100.json").expect("a fixture");
    let mut record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    record["adapter"]["name"] = hostile.into();
    record["adapter"]["driver_info"] = hostile.into();
    record["entries"][0]["variant"]["name"] = hostile.into();
    let source = folder.path().join("hostile.json");
    fs::write(&source, record.to_string()).expect("it can be written");
    let site = folder.path().join("site");
    report(&[&folder.path().to_string_lossy(), "--html", &site.to_string_lossy()]);
    for page in ["index.html", "0-hostile.html"] {
        let (dom, complaints) = opened(browser, &site.join(page));
        assert_eq!(complaints, Vec::<String>::new(), "{page}: nothing ran");
        assert!(!dom.contains("<title>owned"), "{page}: the title is its own");
        assert!(dom.contains("&lt;img src=x"), "{page}: the name is shown as text");
        assert!(!dom.contains("<img"), "{page}: no element came of it");
    }
    Ok(())
}
