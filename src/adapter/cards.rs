//! Which adapters are one card, and which cards are equal.

use super::{Adapter, Backend};

impl Adapter {
    /// Whether the driver works through another API, as Mesa's Dozen does through Direct3D 12.
    pub(super) fn is_layered(&self) -> bool {
        self.driver.eq_ignore_ascii_case("dozen")
    }

    /// How the card is reached; of two ways to one card the smaller is preferred.
    fn way(&self) -> (bool, Backend) {
        (self.is_layered(), self.backend)
    }

    /// Whether `self` and `other` are the same card.
    ///
    /// Two ways to it show the same PCI ids; Metal and GL give none or half, and GL decorates the name. One way shows a card twice
    /// where its driver is installed twice: then the UUIDs are equal as well.
    fn same_card(&self, other: &Self) -> bool {
        if self.way() == other.way() {
            let place = |adapter: &Self| (adapter.pci_address.clone(), adapter.uuid.clone());
            return self.uuid.is_some() && place(self) == place(other) && self.is_model_of(other);
        }
        let complete = |adapter: &Self| adapter.vendor_id != 0 && adapter.device_id != 0;
        if complete(self) && complete(other) {
            return self.ids() == other.ids();
        }
        let (own, others) = (bare(&self.name), bare(&other.name));
        !own.is_empty() && !others.is_empty() && (own.contains(&others) || others.contains(&own))
    }

    /// Whether both have one name, PCI ids and driver.
    fn is_model_of(&self, other: &Self) -> bool {
        self.ids() == other.ids()
            && (&self.name, &self.driver, &self.driver_info) == (&other.name, &other.driver, &other.driver_info)
    }

    fn ids(&self) -> (u32, u32) {
        (self.vendor_id, self.device_id)
    }
}

/// A name without what GL drivers write before and after it (`/PCIe/SSE2`, `Mesa `, the driver in brackets).
fn bare(name: &str) -> String {
    let name = name.to_lowercase();
    let name = name.trim_start_matches("mesa ");
    let end = [name.find('/'), name.find(" (")].into_iter().flatten().min().unwrap_or(name.len());
    name[..end].to_owned()
}

/// Those of `indices` that are cards of their own: each card once, through the preferred way among them.
pub(super) fn distinct(adapters: &[Adapter], indices: &[usize]) -> Vec<usize> {
    let order = |i: usize| (adapters[i].way(), i);
    let is_shown_better =
        |i: usize| indices.iter().any(|&j| order(j) < order(i) && adapters[j].same_card(&adapters[i]));
    indices.iter().copied().filter(|&i| !is_shown_better(i)).collect()
}

/// The indices of the other cards that are equal to adapter `chosen` in all but their place, by the same way.
pub fn equal_cards(adapters: &[Adapter], chosen: usize) -> Vec<usize> {
    let one = &adapters[chosen];
    let is_equal = |&i: &usize| adapters[i].way() == one.way() && adapters[i].is_model_of(one);
    let equal: Vec<usize> = (0..adapters.len()).filter(is_equal).collect();
    let is_another = |&i: &usize| i != chosen && !adapters[i].same_card(one);
    distinct(adapters, &equal).into_iter().filter(is_another).collect()
}

/// Takes PCI addresses from Direct3D 12's adapters that share one: wgpu finds them by PCI ids, and gives equal cards the address of the first.
pub fn forget_shared_addresses(adapters: &mut [&mut Adapter]) {
    let address = |adapter: &Adapter| adapter.pci_address.clone().filter(|_| adapter.backend == Backend::Dx12);
    let addresses: Vec<_> = adapters.iter().map(|adapter| address(adapter)).collect();
    for (adapter, own) in adapters.iter_mut().zip(&addresses) {
        if own.is_some() && addresses.iter().filter(|address| *address == own).count() > 1 {
            adapter.pci_address = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::{adapter, host};
    use super::super::{Adapter, AdapterKind, Backend};
    use super::{distinct, equal_cards, forget_shared_addresses};

    const IDS: (u32, u32) = (0x1002, 0x744c);

    fn way(name: &str, backend: Backend, ids: (u32, u32)) -> Adapter {
        adapter(name, AdapterKind::Discrete, backend, ids)
    }

    #[test]
    fn equal_cards_are_counted_without_what_gl_shows_of_them() {
        let host = host();
        assert_eq!(equal_cards(&host, 0), [1], "the other H100, not its GL adapter");
        assert_eq!(equal_cards(&host, 2), [0; 0], "one 4090");
        assert_eq!(equal_cards(&host, 3), [0; 0], "one GL adapter");
    }

    #[test]
    fn a_driver_that_is_installed_twice_makes_no_second_card() {
        let mut host = host();
        host.push(host[0].clone());
        assert_eq!(equal_cards(&host, 0), [1], "not its own copy");
        assert_eq!(distinct(&host, &[0, 1, 4]), [0, 1], "each card once");
    }

    #[test]
    fn two_instances_of_a_divided_card_are_two() {
        let mut host = host();
        host[1].pci_address = host[0].pci_address.clone();
        assert_eq!(equal_cards(&host, 0), [1], "one address, two UUIDs");
    }

    #[test]
    fn one_card_is_known_in_every_way_it_is_shown() {
        let radv = way("AMD Radeon RX 7900 XTX (RADV NAVI31)", Backend::Vulkan, IDS);
        let gl = way("AMD Radeon RX 7900 XTX (radeonsi, navi31, LLVM 15, DRM 3.49)", Backend::Gl, (0x1002, 0));
        let dx12 = way("AMD Radeon RX 7900 XTX", Backend::Dx12, IDS);
        let mut dozen = way("Microsoft Direct3D12 (AMD Radeon RX 7900 XTX)", Backend::Vulkan, IDS);
        dozen.driver = "Dozen".to_owned();
        let all = [dozen, gl, dx12, radv];
        assert_eq!(distinct(&all, &[0, 1, 2, 3]), [3], "Vulkan's own driver");
        assert_eq!(distinct(&all, &[0, 1, 2]), [2], "Direct3D 12 before what is layered on it");
        let arc = way("Intel(R) Arc(tm) B580 Graphics (BMG G21)", Backend::Vulkan, (0x8086, 0xe20b));
        let mesa = way("Mesa Intel(R) Arc(tm) B580 Graphics (BMG G21)", Backend::Gl, (0x8086, 0));
        assert_eq!(distinct(&[arc, mesa], &[0, 1]), [0], "GL writes Mesa before the name");
    }

    #[test]
    fn names_that_begin_alike_are_two_cards() {
        let (one, other) = ("NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4090 D");
        let all = [way(one, Backend::Vulkan, (0x10de, 0x2684)), way(other, Backend::Dx12, (0x10de, 0x2685))];
        assert_eq!(distinct(&all, &[0, 1]), [0, 1], "their ids differ");
    }

    #[test]
    fn an_address_that_two_adapters_of_direct3d_claim_is_nobodys() {
        let at = |backend, address: &str| Adapter {
            pci_address: Some(address.to_owned()),
            ..way("NVIDIA GeForce RTX 4090", backend, (0x10de, 0x2684))
        };
        let mut all = [
            at(Backend::Dx12, "0000:01:00.0"),
            at(Backend::Dx12, "0000:01:00.0"),
            at(Backend::Dx12, "0000:02:00.0"),
            at(Backend::Vulkan, "0000:01:00.0"),
        ];
        forget_shared_addresses(&mut all.iter_mut().collect::<Vec<_>>());
        let left: Vec<_> = all.iter().map(|adapter| adapter.pci_address.as_deref()).collect();
        assert_eq!(left, [None, None, Some("0000:02:00.0"), Some("0000:01:00.0")], "only the doubtful ones go");
    }
}
