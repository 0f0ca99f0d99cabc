//! `devices`: which GPUs answer, and what they can do.

use super::guard::Isolate;
use super::output::{print, print_json};
use super::{Exit, drivers, listing, output};
use crate::adapter::{Adapter, Backend, Memory, SelectError, select};
use crate::report::plain;
use crate::units::Bytes;

/// List every adapter of every backend; a card appears once for each API that reaches it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let adapters: Vec<Adapter> =
        listing::adapters(&Backend::ALL, Isolate::default()).into_iter().map(|found| found.adapter).collect();
    if arguments.json {
        print_json(&adapters)?;
        return Ok(Exit::Done);
    }
    let default = select(&adapters, None, None);
    for (index, adapter) in adapters.iter().enumerate() {
        print(&describe(index, adapter, default == Ok(index)))?;
    }
    match default {
        Err(none @ SelectError::None(_)) => {
            drivers::hints().iter().for_each(|hint| output::say(hint));
            Err(none.into())
        }
        Ok(index) if adapters[index].software => {
            output::say(
                "warning: only a software renderer answers; its figures are the processor's, and get no verdict",
            );
            drivers::hints().iter().for_each(|hint| output::say(hint));
            Ok(Exit::Done)
        }
        _ => Ok(Exit::Done),
    }
}

fn describe(index: usize, adapter: &Adapter, default: bool) -> String {
    let Adapter { kind, backend, vendor_id, device_id, subgroup_size: [smallest, largest], limits, .. } = adapter;
    let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
    #[expect(clippy::cast_precision_loss, reason = "shown with four digits")]
    let bytes = |count: u64| Bytes::new(count as f64);
    let mark = if default { " — the default" } else { "" };
    let software = if adapter.software { ", software renderer" } else { "" };
    let place = adapter.place().unwrap_or_else(|| "not told by this driver".to_owned());
    let warning = adapter.compiler_warning().map(|warning| format!("   compiler   {warning}"));
    let free = |memory: Memory| memory.free_bytes.map(|free| format!(", {} free", bytes(free))).unwrap_or_default();
    let memory = adapter.memory.map(|memory| format!("{}{}", bytes(memory.heap_bytes), free(memory)));
    let lines = [
        format!("{index}  {}{mark}", plain(&adapter.name)),
        format!("   {kind}, {backend}{software}, PCI id {vendor_id:04x}:{device_id:04x}"),
        format!("   place      {}", plain(&place)),
        format!("   driver     {}", plain(&adapter.whole_driver())),
        format!("   subgroups  {smallest} to {largest} invocations"),
        format!("   features   {}", list(adapter.features.iter().map(ToString::to_string).collect())),
        format!("   matrices   {}", list(adapter.cooperative_matrix.iter().map(ToString::to_string).collect())),
        format!(
            "   limits     buffer {}, binding {}, workgroup {} invocations and {}",
            bytes(limits.buffer_bytes),
            bytes(limits.storage_binding_bytes),
            limits.workgroup_invocations,
            bytes(u64::from(limits.workgroup_memory_bytes)),
        ),
        format!("   memory     {}", memory.unwrap_or_else(|| "not told".to_owned())),
    ];
    lines.into_iter().chain(warning).collect::<Vec<_>>().join("\n")
}
