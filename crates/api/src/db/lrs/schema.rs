//! The tables of the learning record store, as their migration leaves them.

diesel::table! {
    /// xAPI statements. Immutable but for being voided.
    lrs_statements (id) {
        /// The statement's id.
        id -> Uuid,
        /// The order in which statements were stored.
        seq -> BigInt,
        /// When it was stored; later for whatever was stored later.
        stored -> Timestamptz,
        /// The verb's id.
        verb -> Text,
        /// context.registration.
        registration -> Nullable<Uuid>,
        /// Keys of the agents that are actor or object, or members of such a group.
        agents -> Array<Text>,
        /// Keys of all agents in it.
        related_agents -> Array<Text>,
        /// The object, when it is an activity.
        activities -> Array<Text>,
        /// All activities in it.
        related_activities -> Array<Text>,
        /// The statement that it voids.
        voids -> Nullable<Uuid>,
        /// Another statement voids it.
        voided -> Bool,
        /// SHA-256 of what was sent: the same id again must be the same statement again.
        equality -> Binary,
        /// The statement as it is given out.
        statement -> Text,
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
