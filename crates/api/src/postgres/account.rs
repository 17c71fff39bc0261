//! Postgres refuses to run as root: started as root, its programs run as an unprivileged account.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::Path,
};

use anyhow::{Context, Result};
use tokio::process::Command;

/// In order of preference.
const NAMES: &[&str] = &["postgres", "nobody"];

/// The account that the programs run as.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
}

/// The account to drop to; none when we are not root.
///
/// # Errors
/// When we are root and there is no such account.
pub(super) fn unprivileged() -> Result<Option<Account>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").context("the accounts cannot be read")?;
    let found = NAMES.iter().find_map(|name| parse(&passwd, name));
    found.map(Some).context("started as root, and there is no account `postgres` or `nobody` to run Postgres as; start as another account")
}

fn parse(passwd: &str, name: &str) -> Option<Account> {
    let fields = passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    let fields = fields
        .into_iter()
        .find(|fields| fields.first() == Some(&name))?;
    Some(Account {
        uid: fields.get(2)?.parse().ok()?,
        gid: fields.get(3)?.parse().ok()?,
    })
}

impl Account {
    /// Gives a directory to the account.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(super) fn give(self, path: &Path) -> Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("{} cannot be given to Postgres' account", path.display()))
    }

    /// Whether the account may enter every folder on the way to an absolute path, itself included.
    pub(super) fn reaches(self, path: &Path) -> bool {
        path.ancestors().all(|folder| {
            fs::metadata(folder)
                .is_ok_and(|meta| self.may_enter(meta.uid(), meta.gid(), meta.mode()))
        })
    }

    fn may_enter(self, owner: u32, group: u32, mode: u32) -> bool {
        let enter = if owner == self.uid {
            0o100
        } else if group == self.gid {
            0o010
        } else {
            0o001
        };
        mode & enter != 0
    }

    /// Makes a command run as the account.
    pub(super) fn run(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, parse};

    #[test]
    fn an_account_is_read_by_its_whole_name() {
        let passwd = "postgresql:x:1:1::/:/bin/sh\npostgres:x:104:106::/:/bin/bash\n";
        let account = parse(passwd, "postgres").unwrap();
        assert_eq!((account.uid, account.gid), (104, 106));
        assert!(parse(passwd, "nobody").is_none());
    }

    #[test]
    fn a_folder_is_entered_by_its_owner_its_group_or_anybody() {
        let account = Account { uid: 104, gid: 106 };
        let may = |owner, group, mode| account.may_enter(owner, group, mode);
        assert_eq!(
            [
                may(0, 0, 0o700),
                may(0, 0, 0o711),
                may(104, 0, 0o700),
                may(0, 106, 0o750)
            ],
            [false, true, true, true]
        );
    }
}
