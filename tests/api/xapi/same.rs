//! The same id again: the same statement or another one; voids; and what is in the context of version 2.0.

use super::*;

fn void(id: &str, target: &str) -> Value {
    json!({
        "id": id,
        "actor": { "mbox": "mailto:admin@comune.example" },
        "verb": { "id": VOIDED },
        "object": { "objectType": "StatementRef", "id": target },
    })
}

impl Lrs {
    /// A request of version 2.0.
    fn second(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.app.at(&format!("/xapi/{path}"));
        let request = self.app.http.request(method, url);
        request
            .basic_auth(CLIENT, Some(SECRET))
            .header(VERSION, "2.0.0")
    }

    async fn is_voided(&self, id: &str) -> bool {
        let open = self.get(&format!("statements?statementId={id}")).await;
        let voided = self
            .get(&format!("statements?voidedStatementId={id}"))
            .await;
        assert_ne!(open.status(), voided.status(), "one or the other");
        voided.status() == StatusCode::OK
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_the_same_by_the_standard_is_taken_again() {
    let lrs = Lrs::start().await;
    let one = id();
    let members = [
        json!({ "mbox": "mailto:a@b.example" }),
        json!({ "mbox": "mailto:c@b.example" }),
    ];
    let first = json!({
        "id": one,
        "actor": { "objectType": "Group", "member": members },
        "verb": { "id": "https://verbs.example/did", "display": { "it": "fece" } },
        "object": { "id": "https://activities.example/it", "definition": { "name": { "it": "Prova" } } },
        "timestamp": "2026-11-23T10:00:00+01:00",
        "result": { "score": { "raw": 1 } },
    });
    expect(lrs.post(&first).await, StatusCode::OK).await;
    let path = format!("statements?statementId={one}");
    let given = expect(lrs.get(&path).await, StatusCode::OK).await;
    let changed = |pointer: &str, value: Value| {
        let mut other = first.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        other
    };
    for same in [
        first.clone(),
        given,
        changed("/id", one.to_uppercase().into()),
        changed("/timestamp", "2026-11-23T09:00:00.000Z".into()),
        changed("/actor/member", json!([members[1], members[0]])),
        changed("/verb/display", json!({ "en": "did" })),
        changed("/object/definition", json!({ "name": { "en": "Test" } })),
    ] {
        assert_eq!(lrs.post(&same).await.status(), StatusCode::OK, "{same}");
    }
    for other in [
        changed("/timestamp", "2026-11-23T10:00:00Z".into()),
        changed("/actor/member", json!([members[0]])),
        changed("/verb/id", "https://verbs.example/saw".into()),
        changed("/result/score/raw", json!(2)),
    ] {
        let status = lrs.post(&other).await.status();
        assert_eq!(status, StatusCode::CONFLICT, "{other}");
    }
    let put = lrs.request(Method::PUT, &path).json(&first).send().await;
    assert_eq!(put.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(lrs.found(&[]).await.len(), 1);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_of_a_void_is_refused_or_without_effect() {
    let lrs = Lrs::start().await;
    // In one request, either way round.
    for is_reversed in [false, true] {
        let (target, first, second) = (id(), id(), id());
        expect(
            lrs.post(&statement(&target, "anna", "did", "it")).await,
            StatusCode::OK,
        )
        .await;
        let mut batch = vec![void(&first, &target), void(&second, &first)];
        if is_reversed {
            batch.reverse();
        }
        let refused = expect(lrs.post(&json!(batch)).await, StatusCode::BAD_REQUEST).await;
        assert_eq!(refused["requirement"], "xAPI Data 2.3.2");
        assert!(!lrs.is_voided(&target).await, "nothing of it is stored");
    }
    // The void of the void is there first: then nobody can know yet.
    let (target, first, second) = (id(), id(), id());
    for step in [
        statement(&target, "anna", "did", "it"),
        void(&second, &first),
        void(&first, &target),
    ] {
        expect(lrs.post(&step).await, StatusCode::OK).await;
    }
    assert!(lrs.is_voided(&target).await);
    assert!(!lrs.is_voided(&first).await && !lrs.is_voided(&second).await);
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_and_groups_of_the_context_are_found_by_related_agents() {
    let lrs = Lrs::start().await;
    let one = id();
    let mut with = statement(&one, "anna", "did", "it");
    let group = json!({ "objectType": "Group", "mbox": "mailto:aula@comune.example",
        "member": [{ "mbox": "mailto:dario@comune.example" }] });
    with["context"] = json!({
        "contextAgents": [{ "objectType": "contextAgent", "agent": { "mbox": "mailto:carla@comune.example" },
            "relevantTypes": ["https://types.example/tutor"] }],
        "contextGroups": [{ "objectType": "contextGroup", "group": group }],
    });
    let first = expect(lrs.post(&with).await, StatusCode::BAD_REQUEST).await;
    assert_eq!(
        first["requirement"], "xAPI Data 2.2",
        "1.0.3 has no such thing"
    );
    let posted = lrs.second(Method::POST, "statements").json(&with);
    expect(posted.send().await.unwrap(), StatusCode::OK).await;
    for name in ["carla", "aula", "dario"] {
        let agent = agent(name);
        for (related, found) in [("true", 1), ("false", 0)] {
            let request = lrs
                .second(Method::GET, "statements")
                .query(&[("agent", agent.as_str()), ("related_agents", related)]);
            let page = expect(request.send().await.unwrap(), StatusCode::OK).await;
            let count = page["statements"].as_array().unwrap().len();
            assert_eq!(count, found, "{name}, related: {related}");
        }
    }
    let mut wrong = with.clone();
    wrong["id"] = id().into();
    wrong["context"]["contextAgents"][0]["objectType"] = "Agent".into();
    let refused = lrs.second(Method::POST, "statements").json(&wrong);
    let refused = expect(refused.send().await.unwrap(), StatusCode::BAD_REQUEST).await;
    assert_eq!(refused["requirement"], "IEEE 9274.1.1 4.2.2.5");
    lrs.app.stop().await;
}
