//! The fake nodes leave nothing behind, and the script mends what others left.

use std::path::Path;
use std::process::Command;

use crate::run::{self, finished, in_root, stdout};
use crate::trials::Tested;

fn root() -> String {
    stdout(&finished(&mut in_root(&["path"]))).trim().to_owned()
}

/// Folders of the node that the process `pid` made. Those of the tests that run beside this one are none of its business.
fn folders_of(pid: &str) -> Vec<String> {
    let entries = std::fs::read_dir(Path::new(&root()).join("tmp")).expect("the root has a folder for temporary files");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.starts_with(&format!("fake-node-{pid}-"))).collect()
}

fn on_ga100(script: &str) -> Command {
    let mut command = in_root(&["run", "ga100", "sh", "-c", script]);
    command.current_dir("/");
    command
}

pub(crate) fn a_node_is_seen_only_inside_and_leaves_nothing_behind() -> Tested {
    run::root()?;
    let seen = finished(&mut on_ga100("stat -c %F:%t:%T /dev/dri/renderD128; cat /sys/dev/char/226:128/device/vendor"));
    assert_eq!(stdout(&seen), "character special file:e2:80\n0x10de\n", "inside");

    // Killed before it can tidy up, once its folder was there.
    let killed = finished(&mut on_ga100("echo $$; ls -d /tmp/fake-node-$$-*; kill -9 $$"));
    let said = stdout(&killed);
    let [pid, folder] = said.lines().collect::<Vec<_>>()[..] else { panic!("a pid and one folder, not {said:?}") };
    assert!(!killed.status.success() && folder.starts_with("/tmp/fake-node-"), "{killed:?}");
    finished(&mut on_ga100("exec true"));
    assert_eq!(folders_of(pid), Vec::<String>::new(), "the next one tidies up for it");
    let mounts = std::fs::read_to_string("/proc/self/mounts").expect("mounts");
    assert!(!mounts.contains(&root()), "mounts end with the command: {mounts}");
    Ok(())
}

pub(crate) fn unknown_chips_are_refused_with_the_list() -> Tested {
    let output = finished(&mut in_root(&["run", "voodoo2", "true"]));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaint.contains("lavapipe") && complaint.contains("gb202"), "{complaint}");
    Ok(())
}
