//! The way up, down and up again.

use percorso_api::db;

use crate::support::new_database;

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_down_and_up_again() {
    let url = new_database().await;
    assert_eq!(db::pending(&url).await.unwrap(), 0);
    let count = db::revert(&url).await.unwrap();
    assert!(count > 0);
    assert_eq!(db::pending(&url).await.unwrap(), count);
    assert_eq!(db::migrate(&url).await.unwrap(), count);
    assert_eq!(db::migrate(&url).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_may_migrate_at_once() {
    let url = new_database().await;
    db::revert(&url).await.unwrap();
    let (one, other) = tokio::join!(db::migrate(&url), db::migrate(&url));
    let ran = [one.unwrap(), other.unwrap()];
    assert!(ran.contains(&0) && ran.iter().sum::<usize>() > 0, "{ran:?}");
}
