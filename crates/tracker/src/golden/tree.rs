//! The course of a golden case, from its few lines.

use std::sync::Arc;

use percorso_package::{
    Item, Launch, Metadata, Organization, Package, ScormType, Sequencing, Standard,
};
use serde_json::{Value, json};

use super::Case;
use crate::session::Course;

/// Builds the course that a tree of the case describes.
pub(super) fn course(case: &Case, tree: &Value) -> Result<Arc<Course>, serde_json::Error> {
    let root = item(tree)?;
    let organization = Organization {
        identifier: root.identifier.clone(),
        title: root.title,
        objectives_global_to_system: tree["objectives_global_to_system"].as_bool(),
        shared_data_global_to_system: tree["shared_data_global_to_system"].as_bool(),
        completion_threshold: root.completion_threshold,
        metadata: Metadata::default(),
        sequencing: root.sequencing,
        items: root.items,
    };
    let package = Package {
        standard: case.standard,
        edition: (case.standard == Standard::Scorm2004).then_some(case.edition),
        identifier: case.id.clone(),
        manifest_version: None,
        root: String::new(),
        metadata: Metadata::default(),
        organizations: vec![organization],
        default_organization: 0,
        resources: Vec::new(),
        course_structure: None,
    };
    Ok(Arc::new(Course::new(&package)))
}

fn item(node: &Value) -> Result<Item, serde_json::Error> {
    let id = node
        .as_str()
        .or_else(|| node["id"].as_str())
        .unwrap_or("course");
    let children = node["children"].as_array().cloned().unwrap_or_default();
    let mut whole = serde_json::to_value(Item::default())?;
    let mut sequencing = serde_json::to_value(Sequencing::default())?;
    let mut modes = json!({});
    for mode in [
        "choice",
        "choice_exit",
        "flow",
        "forward_only",
        "use_current_attempt_objective_info",
        "use_current_attempt_progress_info",
    ] {
        modes[mode] = node[mode].clone();
    }
    sequencing["control_mode"] = modes;
    for (field, value) in node.as_object().into_iter().flatten() {
        if let Some(place) = sequencing.get_mut(field) {
            *place = completed(field, value);
        } else if let Some(place) = whole.get_mut(field).filter(|_| field != "sequencing") {
            *place = value.clone();
        }
    }
    let mut item: Item = serde_json::from_value(whole)?;
    id.clone_into(&mut item.identifier);
    node["title"]
        .as_str()
        .unwrap_or(id)
        .clone_into(&mut item.title);
    item.sequencing = Some(serde_json::from_value(sequencing)?);
    item.items = children.iter().map(self::item).collect::<Result<_, _>>()?;
    if children.is_empty() {
        let scorm_type = if node["asset"] == true {
            ScormType::Asset
        } else {
            ScormType::Sco
        };
        item.launch = Some(Launch {
            resource: format!("resource-{id}"),
            scorm_type,
            path: format!("{id}.html"),
            suffix: String::new(),
        });
    }
    Ok(item)
}

/// Fills in what a case leaves out of the lists of rules and objectives.
fn completed(field: &str, value: &Value) -> Value {
    let filled = |base: Value, value: &Value| {
        let mut base = base;
        for (name, value) in value.as_object().into_iter().flatten() {
            base[name] = value.clone();
        }
        base
    };
    let condition = |value: &Value| {
        let base =
            json!({ "referenced_objective": null, "measure_threshold": null, "negated": false });
        match value {
            Value::String(word) => filled(base, &json!({ "condition": word })),
            _ => filled(base, value),
        }
    };
    let map_each = |value: &Value, each: &dyn Fn(&Value) -> Value| {
        Value::Array(value.as_array().into_iter().flatten().map(each).collect())
    };
    let rule = |value: &Value, combination: &str| {
        let mut rule = filled(json!({ "condition_combination": combination }), value);
        rule["conditions"] = map_each(&value["conditions"], &condition);
        rule
    };
    match field {
        "pre_condition_rules" | "exit_condition_rules" | "post_condition_rules" => {
            map_each(value, &|value| rule(value, "all"))
        }
        "rollup_rules" => {
            let base = json!({ "rollup_objective_satisfied": null, "rollup_progress_completion": null,
                "objective_measure_weight": null, "rules": [] });
            let mut rules = filled(base, value);
            rules["rules"] = map_each(&value["rules"], &|value| {
                let base = json!({ "child_activity_set": "all", "minimum_count": 0, "minimum_percent": 0.0 });
                filled(base, &rule(value, "any"))
            });
            rules
        }
        "objectives" => map_each(value, &|value| {
            let base = json!({ "primary": false, "objective_id": null, "satisfied_by_measure": null,
                "min_normalized_measure": null, "maps": [] });
            filled(base, value)
        }),
        "limit_conditions" => {
            let base = serde_json::to_value(percorso_package::LimitConditions::default());
            filled(base.unwrap_or_default(), value)
        }
        _ => value.clone(),
    }
}
