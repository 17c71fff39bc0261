//! What is known of an activity from all statements about it.

use serde_json::Value;

/// Maps by language, which come together; of everything else what came later wins.
const MAPS: &[&str] = &["name", "description", "extensions"];

/// Takes a later definition into an earlier one; whether that changed anything.
pub(crate) fn merge(into: &mut Value, later: &Value) -> bool {
    let (Some(known), Some(later)) = (into.as_object_mut(), later.as_object()) else {
        return false;
    };
    let mut changed = false;
    for (name, value) in later {
        let Some(old) = known.get_mut(name) else {
            known.insert(name.clone(), value.clone());
            changed = true;
            continue;
        };
        match (old.as_object_mut(), value.as_object()) {
            (Some(old), Some(new)) if MAPS.contains(&name.as_str()) => {
                for (tag, text) in new {
                    changed |= old.insert(tag.clone(), text.clone()).as_ref() != Some(text);
                }
            }
            _ => {
                changed |= old != value;
                *old = value.clone();
            }
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn languages_come_together_and_the_rest_is_the_latest() {
        let mut known = json!({ "name": { "it": "Prova" }, "type": "https://a.example/1" });
        let later = json!({ "name": { "en": "Test" }, "type": "https://a.example/2" });
        assert!(merge(&mut known, &later));
        assert_eq!(
            known,
            json!({ "name": { "it": "Prova", "en": "Test" }, "type": "https://a.example/2" })
        );
        assert!(!merge(&mut known, &later));
    }
}
