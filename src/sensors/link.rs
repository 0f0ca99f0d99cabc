//! The PCIe link between a card and the host, as Linux shows it.

use std::fs;
use std::path::{Path, PathBuf};

use super::sysfs;
use crate::telemetry::Link;

/// The host link of the card at `address`: as it is now, and the most that the card can do.
///
/// The most is the card's own, whatever the slot can: a card of 16 lanes in a slot that is wired for 8 has 16. A link that carries less now is no fault by
/// itself: idle links drop their speed to save power, so only readings under load tell. Lanes stay as they were trained.
///
/// Many cards have a PCIe switch on them, and the link of the GPU is then the one inside the card (of Intel's Arc it says 2.5 GT/s x1, whatever is true);
/// the link of the switch is the card's. Absent where the kernel shows no link, as of a GPU within a processor.
pub(super) fn links(sys: &Path, address: &str) -> [Option<Link>; 2] {
    let end = host_end(&sysfs::pci_device(sys, address));
    ["current", "max"].map(|which| link(&end, which))
}

/// A switch shows itself as two bridges, its upstream port and the downstream port below it. Further ones of the same maker are not the card's: Intel makes
/// those of Thunderbolt too.
const BRIDGES_OF_A_SWITCH: usize = 2;

/// What is at the card's end of the host link: the outermost bridge of the card's own switch, or the device itself.
///
/// `/sys/bus/pci/devices/X` is a link to a folder within the folders of all bridges above it, of which the first is the root port, the host's end. It
/// never counts: on an Intel board it has the vendor id of an Intel card.
fn host_end(device: &Path) -> PathBuf {
    let device = fs::canonicalize(device).unwrap_or_else(|_| device.to_owned());
    let chain: Vec<&Path> = device.ancestors().take_while(|folder| is_pci_device(folder)).collect();
    let vendor = sysfs::text(&device.join("vendor"));
    let bridges = chain.get(1..chain.len().saturating_sub(1)).unwrap_or_default();
    let is_own = |bridge: &&&Path| vendor.is_some() && sysfs::text(&bridge.join("vendor")) == vendor;
    let outermost = bridges.iter().take(BRIDGES_OF_A_SWITCH).take_while(is_own).last();
    outermost.map_or_else(|| device.clone(), |bridge| bridge.to_path_buf())
}

/// Whether a folder is named by a PCI address, such as `0000:01:00.0`.
fn is_pci_device(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let parts: Vec<&str> = name.split([':', '.']).collect();
    parts.len() == 4 && parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_hexdigit()))
}

/// The link that `which`, `current` or `max`, is in the names of the files.
fn link(folder: &Path, which: &str) -> Option<Link> {
    let generation = generation(&sysfs::text(&folder.join(format!("{which}_link_speed")))?)?;
    let lanes = sysfs::text(&folder.join(format!("{which}_link_width")))?.parse().ok()?;
    // 0 and 255 lanes are what is read where there is no link, or no device any more.
    Some(Link { generation, lanes }).filter(|link| link.is_plausible())
}

/// The PCIe generation of a speed in the words of `pci_speed_string` in Linux's `drivers/pci/probe.c`; older kernels write whole
/// numbers without the zero.
fn generation(speed: &str) -> Option<u32> {
    match speed.split_once(" GT/s")?.0 {
        "2.5" => Some(1),
        "5" | "5.0" => Some(2),
        "8" | "8.0" => Some(3),
        "16" | "16.0" => Some(4),
        "32" | "32.0" => Some(5),
        "64" | "64.0" => Some(6),
        _ => None,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::links;
    use crate::telemetry::Link;

    /// One device of a chain: address, vendor, and its link now and at the most.
    type Device<'a> = (&'a str, &'a str, [(&'a str, &'a str); 2]);

    const X16_GEN4: (&str, &str) = ("16.0 GT/s PCIe", "16");
    const X8_GEN3: (&str, &str) = ("8.0 GT/s PCIe", "8");
    const INSIDE: (&str, &str) = ("2.5 GT/s PCIe", "1");

    fn describe(folder: &Path, (_, vendor, links): &Device<'_>) {
        fs::create_dir_all(folder).expect("a tree of sysfs");
        fs::write(folder.join("vendor"), format!("{vendor}\n")).expect("a tree of sysfs");
        for (which, (speed, width)) in ["current", "max"].iter().zip(links) {
            fs::write(folder.join(format!("{which}_link_speed")), format!("{speed}\n")).expect("a tree of sysfs");
            fs::write(folder.join(format!("{which}_link_width")), format!("{width}\n")).expect("a tree of sysfs");
        }
    }

    /// The links of the last device of a chain that begins with the root port.
    fn of_chain(chain: &[Device<'_>]) -> [Option<Link>; 2] {
        let sys = tempfile::tempdir().expect("a temporary folder");
        let listed = sys.path().join("bus/pci/devices");
        fs::create_dir_all(&listed).expect("a tree of sysfs");
        let mut folder = sys.path().join("devices/pci0000:00");
        for device in chain {
            folder.push(device.0);
            describe(&folder, device);
            symlink(&folder, listed.join(device.0)).expect("a tree of sysfs");
        }
        links(sys.path(), chain.last().expect("a chain").0)
    }

    fn pcie(generation: u32, lanes: u32) -> Option<Link> {
        Some(Link { generation, lanes })
    }

    #[test]
    fn a_card_without_a_switch_has_its_own_link() {
        let port = ("0000:00:01.0", "0x8086", [X16_GEN4; 2]);
        let found = of_chain(&[port, ("0000:01:00.0", "0x10de", [X8_GEN3, X16_GEN4])]);
        assert_eq!(found, [pcie(3, 8), pcie(4, 16)]);
        let found = of_chain(&[port, ("0000:01:00.0", "0x8086", [X8_GEN3, X16_GEN4])]);
        assert_eq!(found, [pcie(3, 8), pcie(4, 16)], "a root port of the same maker is the host's");
    }

    #[test]
    fn a_card_with_a_switch_has_the_link_of_its_outer_end() {
        for (vendor, port) in [("0x1002", "0x1022"), ("0x8086", "0x8086"), ("0x1002", "0x8086")] {
            let found = of_chain(&[
                ("0000:00:01.0", port, [X8_GEN3; 2]),
                ("0000:01:00.0", vendor, [X8_GEN3, X16_GEN4]),
                ("0000:02:00.0", vendor, [("16.0 GT/s PCIe", "16"); 2]),
                ("0000:03:00.0", vendor, [INSIDE; 2]),
            ]);
            assert_eq!(found, [pcie(3, 8), pcie(4, 16)], "{vendor} below {port}");
        }
    }

    #[test]
    fn switches_that_are_not_the_card_s_do_not_count() {
        let foreign = [
            ("0000:00:01.0", "0x8086", [X16_GEN4; 2]),
            ("0000:01:00.0", "0x10b5", [X16_GEN4; 2]),
            ("0000:02:00.0", "0x10b5", [X16_GEN4; 2]),
        ];
        let mut behind = foreign.to_vec();
        behind.push(("0000:03:00.0", "0x10de", [X8_GEN3; 2]));
        assert_eq!(of_chain(&behind), [pcie(3, 8); 2], "a switch on the board");
        let mut behind = foreign.to_vec();
        behind.push(("0000:03:00.0", "0x8086", [X8_GEN3; 2]));
        behind.push(("0000:04:00.0", "0x8086", [X16_GEN4; 2]));
        behind.push(("0000:05:00.0", "0x8086", [INSIDE; 2]));
        assert_eq!(of_chain(&behind), [pcie(3, 8); 2], "the card's own switch behind it");
        let thunderbolt = [
            ("0000:00:07.0", "0x8086", [INSIDE; 2]),
            ("0000:20:00.0", "0x8086", [INSIDE; 2]),
            ("0000:21:01.0", "0x8086", [INSIDE; 2]),
            ("0000:22:00.0", "0x8086", [X8_GEN3, X16_GEN4]),
            ("0000:23:01.0", "0x8086", [INSIDE; 2]),
            ("0000:24:00.0", "0x8086", [INSIDE; 2]),
        ];
        assert_eq!(of_chain(&thunderbolt), [pcie(3, 8), pcie(4, 16)], "Thunderbolt's bridges");
    }

    #[test]
    fn what_is_no_link_is_absent() {
        let port = ("0000:00:01.0", "0x8086", [X16_GEN4; 2]);
        for (now, expected) in [
            (("Unknown", "16"), None),
            (("Unknown speed", "16"), None),
            (("16.0 GT/s PCIe", "0"), None),
            (("16.0 GT/s PCIe", "255"), None),
            (("16.0 GT/s PCIe", "many"), None),
            (("", ""), None),
            (("2.5 GT/s PCIe", "16"), pcie(1, 16)),
            (("8 GT/s", "8"), pcie(3, 8)),
            (("64.0 GT/s PCIe", "16"), pcie(6, 16)),
        ] {
            let found = of_chain(&[port, ("0000:01:00.0", "0x1002", [now, X16_GEN4])]);
            assert_eq!(found, [expected, pcie(4, 16)], "{now:?}");
        }
        assert_eq!(links(Path::new("/nonexistent"), "0000:01:00.0"), [None; 2]);
    }

    #[test]
    fn a_device_that_is_no_link_to_a_chain_speaks_for_itself() {
        let sys = tempfile::tempdir().expect("a temporary folder");
        describe(&sys.path().join("bus/pci/devices/0000:03:00.0"), &("", "0x1002", [X8_GEN3, X16_GEN4]));
        assert_eq!(links(sys.path(), "0000:03:00.0"), [pcie(3, 8), pcie(4, 16)]);
    }
}
