//! Settings of the private Postgres that fit the machine. Nothing here weakens durability: a commit that was
//! acknowledged is on the disk.

use std::fs;

const MIB: u64 = 1 << 20;
/// Postgres' own default, for machines that do not say what they have.
const LEAST_MIB: u64 = 128;
/// More helps little: the system's cache holds the rest.
const MOST_MIB: u64 = 2048;
/// Of the memory, as Postgres' manual suggests for machines that are its own; ours shares it.
const SHARE: u64 = 8;

/// For the command line, each `name=value`.
pub(super) fn settings() -> Vec<String> {
    vec![
        "fsync=on".into(),
        "synchronous_commit=on".into(),
        format!("shared_buffers={}MB", buffers_mib(memory_bytes())),
        // Checkpoints write each page in full again: seldom, and spread over the time between them.
        "max_wal_size=4GB".into(),
        "checkpoint_timeout=15min".into(),
        // All queries are short; compiling one takes longer than running it.
        "jit=off".into(),
        // What is asked for is in memory, or on a disk without arms.
        "random_page_cost=1.1".into(),
    ]
}

fn buffers_mib(memory_bytes: Option<u64>) -> u64 {
    let share = memory_bytes.map_or(LEAST_MIB, |bytes| bytes / MIB / SHARE);
    share.clamp(LEAST_MIB, MOST_MIB)
}

/// Of the machine, or of the container when that has less.
fn memory_bytes() -> Option<u64> {
    let limit = fs::read_to_string("/sys/fs/cgroup/memory.max");
    let limit = limit.ok().and_then(|text| text.trim().parse().ok());
    let machine = fs::read_to_string("/proc/meminfo");
    let machine = machine.ok().and_then(|text| total_bytes(&text));
    [limit, machine].into_iter().flatten().min()
}

/// `MemTotal` of `/proc/meminfo`.
fn total_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_a_share_of_the_memory_within_bounds() {
        assert_eq!(buffers_mib(None), 128);
        assert_eq!(buffers_mib(Some(512 * MIB)), 128);
        assert_eq!(buffers_mib(Some(4096 * MIB)), 512);
        assert_eq!(buffers_mib(Some(64 << 30)), 2048);
    }

    #[test]
    fn the_memory_is_read_in_kibibytes() {
        let text = "MemTotal:       24645184 kB\nMemFree:         1000 kB\n";
        assert_eq!(total_bytes(text), Some(24_645_184 * 1024));
    }
}
