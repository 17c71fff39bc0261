//! Packages from a few words.

use percorso_package::{
    ConditionCombination, ControlMode, Edition, Item, Launch, Metadata, Organization, Package,
    RuleAction, RuleCondition, RuleConditionKind, ScormType, Sequencing, SequencingRule, Standard,
};

/// A package of one organization.
pub fn package(standard: Standard, organization: Organization) -> Package {
    Package {
        standard,
        edition: (standard == Standard::Scorm2004).then_some(Edition::Fourth),
        identifier: "package".to_owned(),
        manifest_version: None,
        root: String::new(),
        metadata: Metadata::default(),
        organizations: vec![organization],
        default_organization: 0,
        resources: Vec::new(),
        course_structure: None,
    }
}

/// An organization that says nothing of what is global.
pub fn organization(sequencing: Sequencing, items: Vec<Item>) -> Organization {
    Organization {
        identifier: "course".to_owned(),
        title: "Course".to_owned(),
        objectives_global_to_system: None,
        shared_data_global_to_system: None,
        completion_threshold: None,
        metadata: Metadata::default(),
        sequencing: Some(sequencing),
        items,
    }
}

/// Content.
pub fn sco(id: String, sequencing: Option<Sequencing>) -> Item {
    Item {
        launch: Some(launch(&id)),
        title: id.clone(),
        identifier: id,
        sequencing,
        ..Item::default()
    }
}

/// Where an activity's content lies.
pub fn launch(id: &str) -> Launch {
    Launch {
        resource: id.to_owned(),
        scorm_type: ScormType::Sco,
        path: format!("{id}.html"),
        suffix: String::new(),
    }
}

/// A cluster that flows.
pub fn flowing() -> Sequencing {
    Sequencing {
        control_mode: Some(ControlMode {
            flow: Some(true),
            ..ControlMode::default()
        }),
        ..Sequencing::default()
    }
}

/// A pre-condition rule of one condition.
pub fn rule(action: RuleAction, condition: RuleConditionKind) -> SequencingRule {
    SequencingRule {
        condition_combination: ConditionCombination::All,
        conditions: vec![RuleCondition {
            condition,
            referenced_objective: None,
            measure_threshold: None,
            negated: false,
        }],
        action,
    }
}

/// Flowing clusters of leaves, each sequenced by its number.
pub fn clusters(count: usize, leaves: usize, sequencing: impl Fn(usize) -> Sequencing) -> Package {
    let items = (0..count).map(|cluster| Item {
        identifier: format!("cluster-{cluster}"),
        title: format!("Cluster {cluster}"),
        sequencing: Some(flowing()),
        items: (0..leaves)
            .map(|leaf| {
                let number = cluster * leaves + leaf;
                sco(format!("leaf-{number}"), Some(sequencing(number)))
            })
            .collect(),
        ..Item::default()
    });
    package(
        Standard::Scorm2004,
        organization(flowing(), items.collect()),
    )
}
