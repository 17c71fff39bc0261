//! The one stored form of engine state: JSON with a version.
//!
//! A reader knows its own version and the older ones; of a newer one it says so. The form is the
//! state's own; a change to it that an older reader would misread gets the next version number.

use serde::{Deserialize, Serialize};

use crate::session::{SnapshotError, State};

/// The version written.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    state: &'a State,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Read {
    state: State,
}

/// Writes a state.
pub(crate) fn write(state: &State) -> Vec<u8> {
    serde_json::to_vec(&Written {
        version: VERSION,
        state,
    })
    .expect("a state is maps and strings, which JSON can say")
}

/// Reads a state.
///
/// # Errors
/// When it is of a newer version, or damaged.
pub(crate) fn read(snapshot: &[u8]) -> Result<State, SnapshotError> {
    let Version { version } = serde_json::from_slice(snapshot).map_err(SnapshotError::Malformed)?;
    if version != VERSION {
        return Err(SnapshotError::Version {
            found: version,
            newest: VERSION,
        });
    }
    let Read { state } = serde_json::from_slice(snapshot).map_err(SnapshotError::Malformed)?;
    Ok(state)
}
