//! Are two records of one device on one machine? Only then is a lower rate a regression.

use crate::adapter::Adapter;
use crate::name::Name;
use crate::record::Record;

/// What says that two records are of different devices, or of one that was reached in another way; empty where nothing does.
pub fn other_device(base: &Record, new: &Record) -> Vec<String> {
    let (of_base, of_new) = (&base.adapter, &new.adapter);
    let mut differences = Vec::new();
    let mut say = |what: &str, differs: bool, base: &str, new: &str| {
        if differs {
            differences.push(format!("another {what}: {base} in the base, {new} in the new record"));
        }
    };
    say("adapter", !same_name(&of_base.name, &of_new.name), &of_base.name, &of_new.name);
    let ids = [of_base, of_new].map(Adapter::pci_id);
    say("device id", ids[0] != ids[1], &ids[0], &ids[1]);
    say("kind", of_base.kind != of_new.kind, &of_base.kind.to_string(), &of_new.kind.to_string());
    say("backend", of_base.backend != of_new.backend, &of_base.backend.to_string(), &of_new.backend.to_string());
    let systems = [base, new].map(|record| format!("{} {}", record.host.os, record.host.arch));
    say("system", systems[0] != systems[1], &systems[0], &systems[1]);
    let processors = base.host.processor.as_deref().zip(new.host.processor.as_deref());
    processors.into_iter().for_each(|(base, new)| say("processor", base != new, base, new));
    let slices = [of_base, of_new].map(|adapter| Name::readings(&adapter.name).iter().find_map(Name::slice));
    say("part of the card", slices[0] != slices[1], &of_base.name, &of_new.name);
    let memory = [of_base, of_new].map(|adapter| adapter.memory.map(|memory| memory.heap_bytes >> 30));
    if let [Some(base), Some(new)] = memory {
        say("memory size", base.abs_diff(new) * 10 > base.max(new), &format!("{base} GiB"), &format!("{new} GiB"));
    }
    if of_base.software
        && let (Some(base), Some(new)) = (base.host.threads, new.host.threads)
    {
        say("number of threads", base != new, &base.to_string(), &new.to_string());
    }
    if let Some([base, new]) = other_specimen(of_base, of_new) {
        say("card of its kind", true, base, new);
    }
    differences
}

/// Whether two names may be of one product, as far as they say.
fn same_name(base: &str, new: &str) -> bool {
    base == new || Name::agree(base, new)
}

/// What tells two cards of one kind apart: the card's own number, or else its place. A software renderer has neither.
fn other_specimen<'a>(of_base: &'a Adapter, of_new: &'a Adapter) -> Option<[&'a str; 2]> {
    let both = |base: &'a Option<String>, new: &'a Option<String>| Some([base.as_deref()?, new.as_deref()?]);
    let pair = both(&of_base.uuid, &of_new.uuid).or_else(|| both(&of_base.pci_address, &of_new.pci_address));
    pair.filter(|[base, new]| !base.eq_ignore_ascii_case(new)).filter(|_| !of_base.software && !of_new.software)
}
