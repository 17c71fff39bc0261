//! What an AU may state, requirement by requirement.

use super::*;

#[test]
fn initialized_is_first_and_the_preferences_before_it() {
    let mut world = World::launched();
    let (allowed, passed) = (world.allowed(), world.defined(Verb::Passed));
    world.refuses("9.3.0.0-4", allowed, |_| {});
    world.refuses("9.3.0.0-4", passed, |_| {});
    world.session.preferences_read = false;
    let initialized = world.defined(Verb::Initialized);
    world.refuses("11.0.0.0-3", initialized.clone(), |_| {});
    world.session.preferences_read = true;
    assert_eq!(world.state(&initialized).map(|_| ()), Ok(()));
    world.refuses("9.3.2.0-3", initialized, |_| {});
}

#[test]
fn terminated_is_last_and_abandoned_ends_everything() {
    let mut world = World::initialized();
    let terminated = world.defined(Verb::Terminated);
    world.state(&terminated).unwrap();
    let later = |statement: &mut Value| statement["timestamp"] = "2026-11-23T10:00:00.001Z".into();
    let allowed = world.allowed();
    world.refuses("9.3.0.0-5", allowed.clone(), later);
    world.refuses("9.3.0.0-5", terminated, later);
    assert_eq!(world.session.abandon(70_000), None);

    let mut world = World::initialized();
    assert_eq!(world.session.abandon(70_000), Some(60_000));
    world.refuses("9.3.6.0-2", allowed, |_| {});
    assert_eq!(world.session.abandon(80_000), None);
    let mut never = World::launched();
    assert_eq!(never.session.abandon(70_000), Some(0));
}

/// 9.3.8.0-4, 9.3.0.0-5: what was under way when `terminated` was taken counts, when it was stated before.
#[test]
fn what_terminated_overtook_is_taken_and_what_was_stated_after_it_is_not() {
    let at = |mut statement: Value, timestamp: &str| {
        statement["timestamp"] = timestamp.into();
        statement
    };
    let terminated = |timestamp: &str| {
        let mut world = World::initialized();
        let statement = at(world.defined(Verb::Terminated), timestamp);
        world.state(&statement).unwrap();
        world
    };
    for (timestamp, end) in [
        ("2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T09:59:59.999Z", "2026-11-23T10:00:00.000+00:00"),
        ("2026-11-23t10:00:00.49z", "2026-11-23T10:00:00.5Z"),
    ] {
        let mut world = terminated(end);
        let completed = at(world.defined(Verb::Completed), timestamp);
        assert_eq!(world.state(&completed), Ok(Vec::new()), "{timestamp}");
        assert!(world.of.unit("urn:au:quiz").completed && world.session.is_over());
        // Its rules hold as ever.
        world.refuses("9.3.0.0-2", completed, |_| {});
    }
    for (timestamp, end) in [
        ("2026-11-23T10:00:00.51Z", "2026-11-23T10:00:00.5Z"),
        ("2026-11-23T10:00:01Z", "2026-11-23T10:00:00.999Z"),
        ("20261123T100000Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00Z", "20261123T100001Z"),
    ] {
        let mut world = terminated(end);
        let completed = at(world.defined(Verb::Completed), timestamp);
        world.refuses("9.3.0.0-5", completed, |_| {});
    }
}

#[test]
fn every_statement_has_id_time_actor_and_template() {
    let mut world = World::initialized();
    let allowed = world.allowed();
    let mut refuses = |requirement, change: Box<dyn FnOnce(&mut Value)>| {
        world.refuses(requirement, allowed.clone(), change);
    };
    refuses("9.1.0.0-1", Box::new(removing("", "id")));
    refuses("9.7.0.0-1", Box::new(removing("", "timestamp")));
    refuses(
        "9.7.0.0-2",
        Box::new(setting("/timestamp", "2026-11-23T10:00:00-06:00".into())),
    );
    refuses(
        "9.7.0.0-2",
        Box::new(setting("/timestamp", "2026-11-23T10:00:00".into())),
    );
    refuses("6.3.0.0-1", Box::new(setting("/verb/id", v::VOIDED.into())));
    refuses(
        "8.1.3.0-3",
        Box::new(setting("/actor/account/name", "43".into())),
    );
    refuses("8.1.3.0-3", Box::new(adding("/actor", "member", json!([]))));
    refuses("10.2.1.0-6", Box::new(removing("", "context")));
    refuses("8.1.4.0-3", Box::new(removing("/context", "registration")));
    refuses(
        "8.1.4.0-3",
        Box::new(setting("/context/registration", SESSION.into())),
    );
    refuses("9.6.3.1-4", Box::new(removing("/context", "extensions")));
    refuses(
        "10.2.1.0-7",
        Box::new(adding("/context/extensions", v::SESSION_ID, "x".into())),
    );
    refuses(
        "10.2.1.0-6",
        Box::new(removing("/context", "contextActivities")),
    );
    refuses(
        "10.2.1.0-6",
        Box::new(setting(
            "/context/contextActivities/grouping",
            json!([{ "id": "urn:x" }]),
        )),
    );
    let move_on = json!([{ "id": v::CATEGORY_MOVE_ON }]);
    for list in ["category", "other"] {
        let move_on = move_on.clone();
        refuses(
            "9.6.2.2-2",
            Box::new(move |statement| {
                statement["context"]["contextActivities"][list] = move_on;
            }),
        );
    }
    // More beside the template, and a list of one as the object itself.
    let mut richer = allowed.clone();
    richer["context"]["contextActivities"] =
        json!({ "grouping": { "id": "urn:au:quiz" }, "other": [{ "id": "urn:y" }] });
    richer["context"]["extensions"]["urn:z"] = 1.into();
    richer["context"]["registration"] = REGISTRATION.to_uppercase().into();
    assert_eq!(world.state(&richer), Ok(Vec::new()));
}

#[test]
fn defined_statements_are_about_the_unit_by_the_learners_account() {
    let mut world = World::initialized();
    let passed = world.defined(Verb::Passed);
    let mut refuses = |requirement, change: Box<dyn FnOnce(&mut Value)>| {
        world.refuses(requirement, passed.clone(), change);
    };
    refuses(
        "9.2.0.0-2",
        Box::new(setting("/actor/objectType", "Group".into())),
    );
    refuses("9.2.0.0-3", Box::new(removing("/actor", "account")));
    refuses(
        "8.1.3.0-3",
        Box::new(setting(
            "/actor/account/homePage",
            "https://x.example".into(),
        )),
    );
    refuses("9.4.0.0-1", Box::new(removing("", "object")));
    refuses(
        "9.4.0.0-1",
        Box::new(adding("/object", "objectType", "Agent".into())),
    );
    refuses(
        "8.1.5.0-6",
        Box::new(setting("/object/id", "urn:au:quiz".into())),
    );
    refuses("9.6.0.0-1", Box::new(removing("", "context")));
    refuses("9.6.1.0-1", Box::new(removing("/context", "registration")));
    refuses(
        "9.6.1.0-1",
        Box::new(setting("/context/registration", SESSION.into())),
    );
    refuses(
        "9.6.2.0-1",
        Box::new(removing("/context/contextActivities", "grouping")),
    );
    refuses(
        "9.6.3.1-4",
        Box::new(|statement: &mut Value| without(statement, "/context/extensions", v::SESSION_ID)),
    );
    for (verb, requirement) in [
        (Verb::Launched, "9.3.1.0-2"),
        (Verb::Abandoned, "9.3.0.0-10"),
        (Verb::Waived, "9.3.0.0-11"),
        (Verb::Satisfied, "9.3.9.0-1"),
    ] {
        refuses(requirement, Box::new(setting("/verb/id", verb.id().into())));
    }
    refuses(
        "7.1.3.0-1",
        Box::new(setting("/verb/id", "urn:altro".into())),
    );
}

#[test]
fn results_are_what_their_verbs_ask_for() {
    let mut world = World::initialized();
    let [passed, failed, completed, terminated] = [
        Verb::Passed,
        Verb::Failed,
        Verb::Completed,
        Verb::Terminated,
    ]
    .map(|verb| world.defined(verb));
    let mut check = |requirement, statement: &Value, change: Box<dyn FnOnce(&mut Value)>| {
        world.refuses(requirement, statement.clone(), change);
    };
    check(
        "9.5.1.0-2",
        &completed,
        Box::new(adding("/result", "score", json!({ "scaled": 1 }))),
    );
    check(
        "9.5.1.0-3",
        &passed,
        Box::new(removing("/result/score", "min")),
    );
    check(
        "9.5.1.0-3",
        &passed,
        Box::new(removing("/result/score", "max")),
    );
    check(
        "9.5.2.0-1",
        &passed,
        Box::new(removing("/result", "success")),
    );
    check(
        "9.5.2.0-1",
        &passed,
        Box::new(setting("/result/success", false.into())),
    );
    check(
        "9.5.2.0-2",
        &failed,
        Box::new(removing("/result", "success")),
    );
    check(
        "9.5.2.0-2",
        &failed,
        Box::new(setting("/result/success", true.into())),
    );
    check(
        "9.5.2.0-3",
        &completed,
        Box::new(adding("/result", "success", true.into())),
    );
    check(
        "9.5.3.0-1",
        &completed,
        Box::new(removing("/result", "completion")),
    );
    check(
        "9.5.3.0-1",
        &completed,
        Box::new(setting("/result/completion", false.into())),
    );
    check(
        "9.5.3.0-2",
        &passed,
        Box::new(adding("/result", "completion", true.into())),
    );
    check("9.5.4.1-1", &terminated, Box::new(removing("", "result")));
    check(
        "9.5.4.1-2",
        &completed,
        Box::new(removing("/result", "duration")),
    );
    check(
        "9.5.4.1-3",
        &passed,
        Box::new(removing("/result", "duration")),
    );
    check(
        "9.5.4.1-4",
        &failed,
        Box::new(removing("/result", "duration")),
    );
    check(
        "9.3.4.0-2",
        &passed,
        Box::new(setting("/result/score/scaled", json!(0.79))),
    );
    check(
        "9.3.5.0-2",
        &failed,
        Box::new(setting("/result/score/scaled", json!(0.8))),
    );
    let extension = "/context/extensions";
    check(
        "9.6.3.2-2",
        &passed,
        Box::new(move |statement: &mut Value| without(statement, extension, v::MASTERY_SCORE)),
    );
    check(
        "9.6.3.2-2",
        &passed,
        Box::new(adding(extension, v::MASTERY_SCORE, json!(0.7))),
    );
    let category = "/context/contextActivities/category";
    for statement in [&completed, &passed, &failed] {
        check(
            "9.6.2.2-1",
            statement,
            Box::new(setting(category, json!([{ "id": v::CATEGORY_CMI5 }]))),
        );
    }
    let both = json!([{ "id": v::CATEGORY_CMI5 }, { "id": v::CATEGORY_MOVE_ON }]);
    check("9.6.2.2-2", &terminated, Box::new(setting(category, both)));
}

#[test]
fn verbs_are_not_repeated_in_a_session_nor_judgements_in_a_registration() {
    let mut world = World::initialized();
    let statements = [Verb::Passed, Verb::Failed, Verb::Completed];
    let [passed, failed, completed] = statements.map(|verb| world.defined(verb));
    world.state(&failed).unwrap();
    world.refuses("9.3.0.0-2", failed.clone(), |_| {});
    world.refuses("9.3.0.0-3", passed.clone(), |_| {});
    world.state(&completed).unwrap();
    world.refuses("9.3.0.0-2", completed.clone(), |_| {});

    // A second session of the same registration.
    let again = |world: &mut World| {
        world.session = session(&world.course, "urn:au:quiz");
        world.session.preferences_read = true;
        world.state(&world.defined(Verb::Initialized)).unwrap();
    };
    again(&mut world);
    world.refuses("9.3.0.0-6", completed, |_| {});
    world.state(&passed).unwrap();
    world.refuses("9.3.0.0-8", failed.clone(), |_| {});
    again(&mut world);
    world.refuses("9.3.0.0-7", passed, |_| {});
    world.refuses("9.3.0.0-8", failed, |_| {});
}

#[test]
fn browse_and_review_record_no_satisfaction() {
    for (mode, requirement) in [
        (LaunchMode::Browse, "10.2.2.0-2"),
        (LaunchMode::Review, "10.2.2.0-3"),
    ] {
        let mut world = World::launched();
        world.session.mode = mode;
        world.state(&world.defined(Verb::Initialized)).unwrap();
        for verb in [Verb::Completed, Verb::Passed, Verb::Failed] {
            let statement = world.defined(verb);
            world.refuses(requirement, statement, |_| {});
        }
        assert_eq!(world.state(&world.allowed()), Ok(Vec::new()));
        assert_eq!(
            world.state(&world.defined(Verb::Terminated)).map(|_| ()),
            Ok(())
        );
        assert_eq!(world.of.unit("urn:au:quiz").total_time_ms, 0);
    }
}
