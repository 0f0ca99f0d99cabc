//! Choosing one adapter of several.

use thiserror::Error;

use super::cards::distinct;
use super::query::fitting;
use super::{Adapter, Backend};

/// Why no single adapter could be chosen.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SelectError {
    /// Nothing answers at all.
    #[error(
        "no GPU adapter answers{}. Run `scripts/setup` to install a software Vulkan driver, or install the driver of your GPU \
         (in a container: pass the GPU through and set NVIDIA_DRIVER_CAPABILITIES=all)",
        .0.map(|backend| format!(" through {backend}; `gpu-assay devices` lists those of other backends")).unwrap_or_default()
    )]
    None(Option<Backend>),
    /// The query fits nothing.
    #[error("no adapter fits `{query}`; there are:\n{list}")]
    NoMatch {
        /// What was asked for.
        query: String,
        /// The adapters, one a line.
        list: String,
    },
    /// The query fits several cards.
    #[error("`{query}` fits more than one adapter; name one by its index, its PCI address or its UUID:\n{list}")]
    Ambiguous {
        /// What was asked for.
        query: String,
        /// The adapters that fit, one a line.
        list: String,
    },
}

/// A number of up to this many digits is an index even if there is no such adapter: as a part of a name it could match anything,
/// and the wrong card would be measured.
const LONGEST_INDEX: usize = 2;

/// The index of the adapter to use.
///
/// `query` is an index, a PCI address, a UUID or its first eight digits or more, or a part of a name; a longer number that is no index is
/// one of the others. A card that is reached in several ways counts once, by the preferred one.
/// Without a query: discrete, integrated, virtual, unknown, then a software renderer; GL only where no other API answers.
///
/// # Errors
/// Fails if no adapter answers, if none fits, or if several cards do.
pub fn select(adapters: &[Adapter], query: Option<&str>, backend: Option<Backend>) -> Result<usize, SelectError> {
    let candidates: Vec<usize> =
        (0..adapters.len()).filter(|&i| backend.is_none_or(|wanted| adapters[i].backend == wanted)).collect();
    if candidates.is_empty() {
        return Err(SelectError::None(backend));
    }
    let Some(query) = query else {
        return first_choice(adapters, &candidates).ok_or(SelectError::None(backend));
    };
    let nothing = || SelectError::NoMatch { query: query.to_owned(), list: list(adapters, &candidates) };
    if let Ok(index) = query.parse::<usize>()
        && (index < adapters.len() || query.len() <= LONGEST_INDEX)
    {
        return candidates.contains(&index).then_some(index).ok_or_else(nothing);
    }
    let cards = distinct(adapters, &fitting(adapters, &candidates, query));
    match cards[..] {
        [] => Err(nothing()),
        [index] => Ok(index),
        _ => Err(SelectError::Ambiguous { query: query.to_owned(), list: list(adapters, &cards) }),
    }
}

/// The order of preference without a query. GL goes last: it shows cards under other kinds than their own drivers do.
fn first_choice(adapters: &[Adapter], candidates: &[usize]) -> Option<usize> {
    let rank = |&i: &usize| {
        let adapter = &adapters[i];
        (adapter.backend == Backend::Gl, adapter.software, adapter.kind, adapter.is_layered(), adapter.backend, i)
    };
    distinct(adapters, candidates).into_iter().min_by_key(rank)
}

/// The shortest lasting name by which `select` finds adapter `index` among those of `backend`: its PCI address, else its UUID, else its index.
pub fn handle(adapters: &[Adapter], index: usize, backend: Option<Backend>) -> String {
    let Adapter { pci_address, uuid, .. } = &adapters[index];
    let mut places = pci_address.iter().chain(uuid);
    let found = places.find(|place| select(adapters, Some(place), backend) == Ok(index));
    found.cloned().unwrap_or_else(|| index.to_string())
}

fn list(adapters: &[Adapter], indices: &[usize]) -> String {
    let line = |&i: &usize| {
        let Adapter { name, kind, backend, .. } = &adapters[i];
        let place = adapters[i].place().map(|place| format!(", {place}")).unwrap_or_default();
        format!("  {i}  {name} ({kind}, {backend}){place}")
    };
    indices.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::AdapterKind::{Discrete, Integrated, Software, Unknown, Virtual};
    use super::super::made::{adapter, host};
    use super::*;

    fn machine() -> Vec<Adapter> {
        vec![
            adapter("llvmpipe (LLVM 15)", Software, Backend::Vulkan, (0x10005, 0)),
            adapter("Intel(R) UHD Graphics", Integrated, Backend::Vulkan, (0x8086, 0x9bc4)),
            adapter("NVIDIA A100-SXM4-40GB", Discrete, Backend::Gl, (0, 0)),
            adapter("NVIDIA A100-SXM4-40GB", Discrete, Backend::Vulkan, (0x10de, 0x20b0)),
        ]
    }

    #[test]
    fn without_a_query_the_discrete_card_wins_through_the_preferred_backend() {
        assert_eq!(select(&machine(), None, None), Ok(3), "discrete before integrated, Vulkan before GL");
        assert_eq!(select(&machine()[..2], None, None), Ok(1), "integrated before software");
        assert_eq!(select(&machine()[..1], None, None), Ok(0), "software where there is nothing else");
        assert_eq!(select(&[], None, None), Err(SelectError::None(None)), "nothing at all");
        assert_eq!(select(&host(), None, None), Ok(0), "the first of two equal cards");
    }

    #[test]
    fn vulkan_goes_before_direct3d_whatever_kind_each_sees() {
        let ids = (0x10de, 0x26b9);
        let pair = [
            adapter("NVIDIA L40S", Discrete, Backend::Dx12, ids),
            adapter("NVIDIA L40S-8Q", Virtual, Backend::Vulkan, ids),
        ];
        assert_eq!(select(&pair, None, None), Ok(1), "the same card by its ids");
        assert_eq!(select(&pair, None, Some(Backend::Dx12)), Ok(0), "the backend asked for");
    }

    #[test]
    fn gl_is_taken_only_where_no_other_api_answers() {
        let gl = adapter("NVIDIA H100 80GB HBM3/PCIe/SSE2", Unknown, Backend::Gl, (0x10de, 0));
        let both = [machine()[0].clone(), gl];
        assert_eq!(select(&both, None, None), Ok(0), "as `run` does, which asks GL last");
        assert_eq!(select(&both[1..], None, None), Ok(0), "GL alone");
    }

    #[test]
    fn a_name_part_finds_one_card_whatever_backends_show_it() {
        assert_eq!(select(&machine(), Some("a100"), None), Ok(3), "one card, two backends");
        assert_eq!(select(&machine(), Some("a100"), Some(Backend::Gl)), Ok(2), "the backend asked for");
        assert!(matches!(select(&machine(), Some("radeon"), None), Err(SelectError::NoMatch { .. })), "no such name");
    }

    #[test]
    fn a_number_in_range_is_an_index_and_any_other_a_part_of_a_name() {
        assert_eq!(select(&host(), Some("1"), None), Ok(1), "an index, though names have a 1");
        assert_eq!(select(&host(), Some("4090"), None), Ok(2), "a name");
        assert_eq!(
            select(&host(), Some("01160229"), None).map_err(|error| error.to_string().lines().count()),
            Err(5),
            "a UUID that nobody has"
        );
        assert_eq!(select(&host(), Some("409"), None), Ok(2), "a part of a name");
        for index in ["9", "40", "77"] {
            assert!(
                matches!(select(&host(), Some(index), None), Err(SelectError::NoMatch { .. })),
                "no index: {index}"
            );
        }
        assert!(
            matches!(select(&host(), Some("3"), Some(Backend::Vulkan)), Err(SelectError::NoMatch { .. })),
            "an index of GL's"
        );
    }

    #[test]
    fn two_cards_of_one_name_are_ambiguous_and_told_apart_by_their_places() {
        let said = |query| select(&host(), Some(query), None).expect_err("two cards fit").to_string();
        for error in [said("h100"), said("0116022a")] {
            let lines: Vec<&str> = error.lines().collect();
            assert_eq!(lines.len(), 3, "no GL adapter beside the two: {error}");
            assert!(
                lines[1]
                    .starts_with("  0  NVIDIA H100 80GB HBM3 (discrete, vulkan), PCI 0000:3b:00.0, UUID 0116022a-9c"),
                "{error}"
            );
            assert!(lines[2].starts_with("  1  ") && lines[2].contains("0000:86:00.0"), "{error}");
        }
        assert!(said("3b:00.0").contains("0001:3b:00.0"), "two domains: {}", said("3b:00.0"));
        assert_eq!(select(&host(), Some("0000:86:00.0"), None), Ok(1), "its address");
        assert_eq!(select(&host(), Some("GPU-0116022a-77d0-41f2-8c11-000000000001"), None), Ok(1), "its UUID");
    }

    #[test]
    fn a_handle_finds_its_adapter_again() {
        let mut host = host();
        let handles = |host: &[Adapter]| (0..host.len()).map(|i| handle(host, i, None)).collect::<Vec<_>>();
        assert_eq!(
            handles(&host),
            ["0000:3b:00.0", "0000:86:00.0", "0001:3b:00.0", "3"],
            "addresses, and an index for GL"
        );
        host[1].pci_address = host[0].pci_address.clone();
        assert_eq!(
            handles(&host)[..2],
            [host[0].uuid.clone().unwrap_or_default(), host[1].uuid.clone().unwrap_or_default()],
            "one address"
        );
    }
}
