//! The tables of administration.

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        at -> Timestamptz,
        actor_kind -> Text,
        actor -> Text,
        act -> Text,
        subject_kind -> Text,
        subject -> Text,
        details -> Jsonb,
    }
}
