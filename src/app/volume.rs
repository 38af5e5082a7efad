//! Whether the data directory outlives the container. Invariant: a guess that is wrong costs a warning, nothing else.

use std::path::Path;

/// File systems whose content goes with the container or the machine's next start.
const EPHEMERAL: [&str; 4] = ["overlay", "tmpfs", "ramfs", "aufs"];

/// Whether `dir` lies on a file system that is thrown away.
pub(super) fn is_ephemeral(dir: &Path) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    file_system(&mounts, &dir).is_some_and(|kind| EPHEMERAL.contains(&kind))
}

/// The type of the file system that holds `dir`: the longest mount point wins, of equals the last one mounted.
fn file_system<'a>(mounts: &'a str, dir: &Path) -> Option<&'a str> {
    let mount = |line: &'a str| {
        let (left, right) = line.split_once(" - ")?;
        let point = left.split(' ').nth(4)?;
        dir.starts_with(point)
            .then_some((point.len(), right.split(' ').next()?))
    };
    mounts
        .lines()
        .filter_map(mount)
        .max_by_key(|(length, _)| *length)
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_decides() {
        let mounts = "1 0 0:1 / / rw - overlay overlay rw\n2 1 8:1 /vol /data rw shared:1 - ext4 /dev/sda rw\n";
        assert_eq!(file_system(mounts, Path::new("/data/db")), Some("ext4"));
        assert_eq!(file_system(mounts, Path::new("/database")), Some("overlay"));
        assert_eq!(file_system("", Path::new("/data")), None);
    }
}
