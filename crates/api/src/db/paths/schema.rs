//! The tables of the path.

diesel::table! {
    bodies (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        kind -> Text,
        parent_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    events (id) {
        id -> Uuid,
        code -> Text,
        title -> Text,
        description -> Text,
        speaker -> Text,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        join_url -> Nullable<Text>,
        threshold_minutes -> Integer,
        cancelled_at -> Nullable<Timestamptz>,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    courses (id) {
        id -> Uuid,
        code -> Text,
        title -> Text,
        description -> Text,
        language -> Text,
        credit_rule -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        state -> Text,
    }
}

diesel::table! {
    course_items (course_id, position) {
        course_id -> Uuid,
        position -> Integer,
        package_id -> Nullable<Uuid>,
        event_id -> Nullable<Uuid>,
        required -> Bool,
        credit_minutes -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(courses, course_items);
