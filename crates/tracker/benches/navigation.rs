//! How long a refresh of the player's navigation and a request take on a tree of 1,000 activities.

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use percorso_package::{
    ControlMode, Edition, Item, Launch, Metadata, Organization, Package, ScormType, Sequencing,
    Standard,
};
use percorso_tracker::session::{
    Begin, Course, Event, LaunchMode, Learner, LearnerGlobals, NavigationRequest, Session,
};

/// Flowing clusters, `width` of them with `width` leaves each; or one cluster of all the leaves.
fn course(clusters: usize, leaves: usize) -> Arc<Course> {
    let flowing = || {
        Some(Sequencing {
            control_mode: Some(ControlMode {
                flow: Some(true),
                ..ControlMode::default()
            }),
            ..Sequencing::default()
        })
    };
    let leaf = |name: String| Item {
        launch: Some(Launch {
            resource: name.clone(),
            scorm_type: ScormType::Sco,
            path: format!("{name}.html"),
            suffix: String::new(),
        }),
        title: name.clone(),
        identifier: name,
        ..Item::default()
    };
    let items = (0..clusters).map(|cluster| Item {
        identifier: format!("cluster-{cluster}"),
        title: format!("Cluster {cluster}"),
        sequencing: flowing(),
        items: (0..leaves)
            .map(|n| leaf(format!("leaf-{cluster}-{n}")))
            .collect(),
        ..Item::default()
    });
    let package = Package {
        standard: Standard::Scorm2004,
        edition: Some(Edition::Fourth),
        identifier: "package".to_owned(),
        manifest_version: None,
        root: String::new(),
        metadata: Metadata::default(),
        organizations: vec![Organization {
            identifier: "course".to_owned(),
            title: "Course".to_owned(),
            objectives_global_to_system: None,
            shared_data_global_to_system: None,
            completion_threshold: None,
            metadata: Metadata::default(),
            sequencing: flowing(),
            items: items.collect(),
        }],
        default_organization: 0,
        resources: Vec::new(),
        course_structure: None,
    };
    Arc::new(Course::new(&package))
}

fn begun(course: &Arc<Course>) -> Session {
    let begin = Begin {
        learner: Learner {
            id: "learner".to_owned(),
            name: "Learner".to_owned(),
            language: String::new(),
        },
        mode: LaunchMode::Normal,
        globals: LearnerGlobals::default(),
        seed: 1,
        waived: Vec::new(),
    };
    let mut session = Session::begin(Arc::clone(course), None, begin).expect("no snapshot is read");
    session.apply(0, &Event::Start { activity: None });
    session
}

fn navigation(criterion: &mut Criterion) {
    for (shape, clusters, leaves) in [("deep", 30, 32), ("flat", 1, 1000)] {
        let course = course(clusters, leaves);
        let session = begun(&course);
        criterion.bench_function(&format!("view/{shape}"), |bencher| {
            bencher.iter(|| std::hint::black_box(session.view()));
        });
        criterion.bench_function(&format!("continue/{shape}"), |bencher| {
            bencher.iter_batched(
                || session.clone(),
                |mut session| {
                    let request = NavigationRequest::Continue;
                    session.apply(1, &Event::Navigate { request })
                },
                criterion::BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, navigation);
criterion_main!(benches);
