//! How to get a driver that is missing: which Vulkan drivers are installed, and what a container needs.

use std::path::{Path, PathBuf};

use crate::report::plain;

/// Folders that Vulkan's loader searches on Linux after the user's own (Vulkan-Loader, LoaderDriverInterface.md).
const FOLDERS: [&str; 3] = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];

/// Marks that container engines leave.
const CONTAINER_MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// Advice for a person whose GPU is not in the list; nothing on systems without Vulkan.
pub(super) fn hints() -> Vec<String> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let mut hints: Vec<String> = loader().into_iter().collect();
    hints.push(installed());
    if CONTAINER_MARKS.iter().any(|mark| Path::new(mark).exists()) {
        hints.push(
            "this is a container: it sees a GPU only where it is given one (NVIDIA: `--gpus all` with \
             NVIDIA_DRIVER_CAPABILITIES=all; AMD and Intel: `--device /dev/dri`), and needs the driver's Vulkan files inside"
                .to_owned(),
        );
    } else if !Path::new("/dev/dri").exists() {
        hints.push("there is no /dev/dri: the system has no kernel driver for a GPU, or no GPU".to_owned());
    }
    hints.push(
        "drivers: nvidia-driver (NVIDIA), mesa-vulkan-drivers (AMD, Intel); a missing permission shows as a missing GPU: \
         the user has to be in the groups render and video"
            .to_owned(),
    );
    hints
}

/// A message if the library that finds drivers is missing.
fn loader() -> Option<String> {
    #[cfg(not(target_vendor = "apple"))]
    let why = crate::device::loader_is_missing()?;
    #[cfg(target_vendor = "apple")]
    let why = None::<String>?;
    Some(format!(
        "the Vulkan loader cannot be used ({}): install it (Debian and Ubuntu: libvulkan1, Fedora: vulkan-loader), or let \
         LD_LIBRARY_PATH name a folder with libvulkan.so.1",
        plain(&why)
    ))
}

/// The installed Vulkan drivers.
pub(super) fn installed() -> String {
    for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
        if let Ok(files) = std::env::var(variable) {
            return format!("{variable} allows only: {}", plain(&files));
        }
    }
    let own = dirs::data_dir().map(|folder| folder.join("vulkan/icd.d"));
    let folders = FOLDERS.iter().map(PathBuf::from).chain(own);
    let files = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let mut names: Vec<String> = files.map(|file| plain(&file.file_name().to_string_lossy())).collect();
    names.sort();
    if names.is_empty() {
        "no Vulkan driver is installed (no files in /usr/share/vulkan/icd.d)".to_owned()
    } else {
        format!("Vulkan drivers installed: {}", names.join(", "))
    }
}
