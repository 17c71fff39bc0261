//! The tables of the learning record store, as their migrations leave them.

diesel::table! {
    /// xAPI statements. Immutable but for being voided.
    lrs_statements (id) {
        /// The statement's id.
        id -> Uuid,
        /// Its place in the order of storing.
        seq -> BigInt,
        /// When it was stored; later for whatever was stored later.
        stored -> Timestamptz,
        /// context.registration.
        registration -> Nullable<Uuid>,
        /// The statement that it voids.
        voids -> Nullable<Uuid>,
        /// Another statement voids it.
        voided -> Bool,
        /// The statement as it is given out.
        statement -> Text,
        /// The statement that its object refers to.
        refers -> Nullable<Uuid>,
        /// Key of the verb.
        verb_key -> Nullable<BigInt>,
        /// Key of the actor, unless it is an anonymous group.
        actor_key -> Nullable<BigInt>,
        /// Key of the object, when it is an activity.
        activity_key -> Nullable<BigInt>,
        /// Key of who answers for it.
        authority_key -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// What each statement is found by.
    lrs_references (key, seq) {
        /// First 64 bits of the SHA-256 of a kind and the text looked for.
        key -> BigInt,
        /// Place of the statement in the order of storing.
        seq -> BigInt,
    }
}

diesel::table! {
    /// Activities that some statement defines.
    lrs_activities (id) {
        /// The activity's id.
        id -> Text,
        /// All that was said of it, as JSON.
        definition -> Text,
        /// When it last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Attachments of statements.
    lrs_attachments (sha2) {
        /// SHA-2 of the bytes.
        sha2 -> Text,
        /// Media type.
        content_type -> Text,
        /// Length.
        size_bytes -> BigInt,
        /// When it first came.
        created_at -> Timestamptz,
        /// When it last came.
        put_at -> Timestamptz,
    }
}

diesel::table! {
    /// Which statement has which attachment.
    lrs_statement_attachments (statement_id, sha2) {
        /// The statement's id.
        statement_id -> Uuid,
        /// SHA-2 of the bytes.
        sha2 -> Text,
    }
}

diesel::table! {
    /// Documents of the resources state, activity profile and agent profile.
    lrs_documents (resource, activity, agent, registration, name) {
        /// state, activity or agent.
        resource -> Text,
        /// The activity's id; empty for agent profiles.
        activity -> Text,
        /// The agent's key; empty for activity profiles.
        agent -> Text,
        /// The registration; empty when the request named none.
        registration -> Text,
        /// stateId or profileId.
        name -> Text,
        /// Media type as it was sent.
        content_type -> Text,
        /// The document.
        content -> Binary,
        /// SHA-1 of the content, in hexadecimal and quotes.
        etag -> Text,
        /// When it was last written.
        updated_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(lrs_references, lrs_statements);
