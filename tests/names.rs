//! Names as drivers print them and as people paste them, and the card that each means: `tests/names/*.csv`.

use std::collections::BTreeSet;
use std::fs;

use gpu_assay::adapter::Adapter;
use gpu_assay::judge::identify;
use gpu_assay::name::Name;
use gpu_assay::reference::Reference;

/// A row: what a card is called, its PCI id where an adapter says it, and the ids of the cards that it may be.
struct Row {
    name: String,
    pci: Option<(u32, u32)>,
    expected: BTreeSet<String>,
}

fn rows(file: &str) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(file).expect("a table");
    let row = |row: csv::StringRecord| {
        assert_eq!(row.len(), 3, "{file}: {row:?}");
        let id = |text: &str| u32::from_str_radix(text, 16).unwrap_or_else(|_| panic!("{file}: {text} is no PCI id"));
        Row {
            name: row[0].to_owned(),
            pci: row[1].split_once(':').map(|(vendor, device)| (id(vendor), id(device))),
            expected: row[2].split('|').filter(|id| *id != "-").map(str::to_owned).collect(),
        }
    };
    reader.records().map(|read| row(read.unwrap_or_else(|error| panic!("{file}: {error}")))).collect()
}

/// The cards that a row's name may mean, by the option where it has no PCI id, else as an adapter's.
fn found(row: &Row, adapter: &Adapter, reference: &Reference) -> BTreeSet<String> {
    let cards = match row.pci {
        None => reference.named(&row.name),
        Some((vendor_id, device_id)) => {
            let adapter = Adapter { name: row.name.clone(), vendor_id, device_id, ..adapter.clone() };
            let found = identify(&adapter, reference);
            found.card.into_iter().chain(found.variants).collect()
        }
    };
    cards.into_iter().map(|card| card.id.clone()).collect()
}

fn adapter() -> Adapter {
    let fixture = fs::read("tests/fixtures/synthetic-a100.json").expect("a fixture");
    let record: serde_json::Value = serde_json::from_slice(&fixture).expect("JSON");
    serde_json::from_value(record["adapter"].clone()).expect("an adapter")
}

#[test]
fn names_mean_the_cards_that_they_should() {
    let (reference, adapter) = (Reference::embedded(), adapter());
    let (mut count, mut wrong) = (0, Vec::new());
    let mut files: Vec<String> = fs::read_dir("tests/names")
        .expect("tables")
        .map(|file| file.expect("a file").path().to_string_lossy().into_owned())
        .filter(|path| path.ends_with(".csv"))
        .collect();
    files.sort();
    for file in files {
        for row in rows(&file) {
            count += 1;
            for id in &row.expected {
                assert!(reference.cards.contains_key(id), "{file}: {}: there is no card {id}", row.name);
            }
            let found = found(&row, &adapter, &reference);
            if found != row.expected {
                wrong.push(format!("{file}: {} {:?}: {found:?} and not {:?}", row.name, row.pci, row.expected));
            }
        }
    }
    assert!(count >= 150, "{count} rows");
    assert!(wrong.is_empty(), "{} of {count} names:\n{}", wrong.len(), wrong.join("\n"));
}

/// A card is found by each of its names, and together with another one only where that lists the name too, or only memory or form tells the two apart.
#[test]
fn names_that_cards_share_are_shared_on_purpose() {
    let reference = Reference::embedded();
    for card in reference.cards.values() {
        for name in std::iter::once(&card.name).chain(&card.names) {
            let found = reference.named(name);
            assert!(found.iter().any(|found| found.id == card.id), "{} is not found by its name `{name}`", card.id);
            for other in found.into_iter().filter(|other| other.id != card.id) {
                let lists = other.names.iter().any(|listed| Name::agree(listed, name));
                let differs = other.memory.size_gb != card.memory.size_gb || !Name::agree(&other.name, &card.name);
                assert!(lists || differs, "`{name}` of {} is {}'s too", card.id, other.id);
            }
        }
    }
}
