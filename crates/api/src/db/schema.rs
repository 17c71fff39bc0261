//! The tables, as the migrations leave them: the comments are the database's own.

diesel::table! {
    /// Keys that sign our tokens and content paths. The newest one not retired signs; retired ones still verify until their tokens have expired.
    signing_keys (id) {
        /// The `kid` of a token.
        id -> Uuid,
        /// HMAC-SHA-256 key, 32 random bytes.
        secret -> Binary,
        /// When it was made.
        created_at -> Timestamptz,
        /// When it stopped signing; null while it signs.
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Programs that use the API by OAuth 2.0 client credentials.
    api_clients (id) {
        /// The `client_id`.
        id -> Text,
        /// What people call it.
        name -> Text,
        /// Argon2id hash of the secret.
        secret_hash -> Text,
        /// Scopes a token may carry, e.g. packages:write.
        scopes -> Array<Text>,
        /// When it was made.
        created_at -> Timestamptz,
        /// When it was revoked; null while good.
        revoked_at -> Nullable<Timestamptz>,
        /// Argon2id hash of the secret before the last rotation; null when there is none.
        previous_secret_hash -> Nullable<Text>,
        /// Until when the secret before the last rotation is good.
        previous_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// People who sign in to the pages.
    accounts (id) {
        /// Also the learner id of a learner who signs in here.
        id -> Uuid,
        /// Sign-in name; unique without regard to case.
        email -> Text,
        /// Full name.
        name -> Text,
        /// Argon2id hash; null when the person signs in elsewhere.
        password_hash -> Nullable<Text>,
        /// learner, author, coordinator or admin.
        role -> Text,
        /// The body (Comune, Unione, Provincia) the person belongs to.
        organization -> Nullable<Text>,
        /// Language of the pages: it or en.
        language -> Text,
        /// When it was made.
        created_at -> Timestamptz,
        /// When sign-in was stopped; null while allowed.
        disabled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Signed-in browsers.
    web_sessions (token_hash) {
        /// SHA-256 of the cookie, so that a stolen table opens nothing.
        token_hash -> Binary,
        /// Who is signed in.
        account_id -> Uuid,
        /// When they signed in.
        created_at -> Timestamptz,
        /// When the cookie stops working.
        expires_at -> Timestamptz,
        /// The ID token, when the person came through an identity provider: `id_token_hint` of the sign-out there.
        id_token -> Nullable<Text>,
    }
}

diesel::table! {
    /// A content package through all its versions.
    packages (id) {
        /// The public package id.
        id -> Uuid,
        /// The version new registrations get.
        current_version -> Integer,
        /// When its first version was published.
        created_at -> Timestamptz,
        /// When it was archived: no new registrations since; null while offered.
        archived_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// One published archive. Immutable.
    package_versions (id) {
        /// Names the version in content paths.
        id -> Uuid,
        /// The package it is a version of.
        package_id -> Uuid,
        /// From 1, without gaps.
        version -> Integer,
        /// scorm_1_2, scorm_2004 or cmi5.
        standard -> Text,
        /// Edition of SCORM 2004, e.g. 4th Edition.
        edition -> Nullable<Text>,
        /// The manifest's identifier.
        identifier -> Text,
        /// Title for people.
        title -> Text,
        /// BCP 47 tag of the content, when the manifest says one.
        language -> Nullable<Text>,
        /// Size of the uploaded file.
        size_bytes -> BigInt,
        /// SHA-256 of the file as stored (audio and video re-stored without compression).
        sha256 -> Binary,
        /// SHA-256 of the file as uploaded: the same file again is the same version again.
        upload_sha256 -> Binary,
        /// Where the blob store has it.
        blob_key -> Text,
        /// The typed package (percorso_package::Package).
        manifest -> Jsonb,
        /// What reading it found.
        findings -> Jsonb,
        /// When it was published.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// The central directory of each archive: content is served from these offsets.
    package_entries (package_version_id, path) {
        /// The archive.
        package_version_id -> Uuid,
        /// Path inside the archive, normalised (NFC, forward slashes).
        path -> Text,
        /// 0 stored, 8 deflated.
        method -> SmallInt,
        /// First byte of the entry's data in the stored file.
        data_offset -> BigInt,
        /// Bytes in the archive.
        compressed_bytes -> BigInt,
        /// Bytes when inflated.
        size_bytes -> BigInt,
        /// CRC-32 of the inflated bytes, verified at import.
        crc32 -> BigInt,
    }
}

diesel::table! {
    /// People who take courses, by the key of the system that knows them.
    learners (id) {
        /// Our id, never shown to content.
        id -> Uuid,
        /// Namespace of the key (`learner.account.home_page`); empty for our own.
        home_page -> Text,
        /// The client's own id; reaches content unchanged.
        key -> Text,
        /// Name as it reaches content.
        name -> Text,
        /// E-mail, when given.
        email -> Nullable<Text>,
        /// The body (Comune, Unione, Provincia), when given.
        organization -> Nullable<Text>,
        /// BCP 47 tag, when given.
        language -> Nullable<Text>,
        /// When first named.
        created_at -> Timestamptz,
        /// When last named with other data.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Global objectives and shared data stores that belong to the learner across packages (adlseq:objectivesGlobalToSystem, adlcp:sharedDataGlobalToSystem).
    learner_globals (learner_id, scope, target_id) {
        /// The learner.
        learner_id -> Uuid,
        /// objective or shared_data.
        scope -> Text,
        /// targetObjectiveID or targetID of the manifests.
        target_id -> Text,
        /// Owned by the tracker.
        value -> Jsonb,
        /// When last written.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// One learner's run through one package. Sessions and their journal hang off it.
    registrations (id) {
        /// Public; also the xAPI registration.
        id -> Uuid,
        /// The package taken.
        package_id -> Uuid,
        /// The version the learner stays on.
        package_version_id -> Uuid,
        /// Who takes it.
        learner_id -> Uuid,
        /// The engine's snapshot (tracker::snapshot, versioned); null before the first session.
        state -> Nullable<Binary>,
        /// Counts writes of the state: a writer that read an older one must read again.
        revision -> BigInt,
        /// completed, incomplete, not_attempted or unknown.
        completion -> Text,
        /// passed, failed or unknown.
        success -> Text,
        /// -1 to 1.
        score_scaled -> Nullable<Double>,
        /// As authored.
        score_raw -> Nullable<Double>,
        /// As authored.
        score_min -> Nullable<Double>,
        /// As authored.
        score_max -> Nullable<Double>,
        /// 0 to 1.
        progress_measure -> Nullable<Double>,
        /// Time that content claimed, all sessions.
        total_time_ms -> BigInt,
        /// Attempts on the root activity.
        attempts -> Integer,
        /// The tree with each activity's progress, and the reasons why it is incomplete.
        progress -> Nullable<Jsonb>,
        /// When registered.
        created_at -> Timestamptz,
        /// When progress here last changed, to the moment; when the learner last did anything, to the minute.
        updated_at -> Timestamptz,
        /// When content was first delivered.
        started_at -> Nullable<Timestamptz>,
        /// When the learner last did anything.
        last_accessed_at -> Nullable<Timestamptz>,
        /// When completion was first reached.
        completed_at -> Nullable<Timestamptz>,
        /// An author's preview: counted nowhere, removed with its learner after a day.
        preview -> Bool,
    }
}

diesel::table! {
    /// What a registration held before each reset: kept, never lost.
    past_attempts (registration_id, number) {
        /// The registration.
        registration_id -> Uuid,
        /// From 1, in order of resets.
        number -> Integer,
        /// The engine's snapshot at the reset.
        state -> Nullable<Binary>,
        /// The progress at the reset.
        progress -> Nullable<Jsonb>,
        /// When it was reset.
        reset_at -> Timestamptz,
    }
}

diesel::table! {
    /// Activities an administrator has waived for a learner.
    waivers (registration_id, activity_id) {
        /// The registration.
        registration_id -> Uuid,
        /// The manifest's identifier.
        activity_id -> Text,
        /// Why, in words.
        reason -> Text,
        /// API client or account.
        created_by -> Text,
        /// When.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// One opening of the player on a registration.
    sessions (id) {
        /// Public session id.
        id -> Uuid,
        /// The registration.
        registration_id -> Uuid,
        /// normal, browse or review.
        launch_mode -> Text,
        /// Where the launch asked to begin; null for wherever sequencing says.
        activity_id -> Nullable<Text>,
        /// Language of the player.
        language -> Nullable<Text>,
        /// Where the learner goes back to.
        return_url -> Nullable<Text>,
        /// What the engine began with (tracker::session::Begin), so that the session can be replayed.
        begin -> Nullable<Jsonb>,
        /// When the launch link was made.
        created_at -> Timestamptz,
        /// Until when the link can be started.
        launch_expires_at -> Timestamptz,
        /// When the link was used.
        started_at -> Nullable<Timestamptz>,
        /// When the session ended.
        ended_at -> Nullable<Timestamptz>,
        /// ended, suspended, superseded, abandoned, reset or moved.
        end_reason -> Nullable<Text>,
        /// Last journal number acknowledged to the page.
        last_number -> BigInt,
        /// Time that content claimed (cmi.session_time).
        claimed_ms -> BigInt,
        /// Time from start to the last sign of life.
        wall_ms -> BigInt,
        /// Time the page was visible and in use.
        active_ms -> BigInt,
        /// Made by the page that started the session: whoever knows it may have the answer to the start again.
        start_nonce -> Nullable<Uuid>,
        /// Where content is shown: any_window (a frame of the page) or own_window; null where the launch did not say.
        launch_method -> Nullable<Text>,
        /// Key of the codes (HMAC-SHA-256) of the journal lines that the page keeps on the device; null until the page was given one.
        journal_key -> Nullable<Binary>,
        /// Last number in the journal: a Close from outside is one more than last_number.
        last_line -> BigInt,
    }
}

diesel::table! {
    /// Every run-time call and request that changed something or failed, in order. Append-only.
    journal_entries (session_id, number) {
        /// The session.
        session_id -> Uuid,
        /// From 1, without gaps.
        number -> BigInt,
        /// The learner's clock.
        at -> Timestamptz,
        /// Our clock.
        received_at -> Timestamptz,
        /// What happened, as JSON: tracker::session::Event, or delivery::Media of a video or recording.
        event -> Text,
        /// The answer, with its error code, and the decisions it caused, as JSON; null when it was "true" and nothing else.
        outcome -> Nullable<Text>,
    }
}

diesel::joinable!(web_sessions -> accounts (account_id));
diesel::joinable!(package_versions -> packages (package_id));
diesel::joinable!(package_entries -> package_versions (package_version_id));
diesel::joinable!(learner_globals -> learners (learner_id));
diesel::joinable!(registrations -> packages (package_id));
diesel::joinable!(registrations -> package_versions (package_version_id));
diesel::joinable!(registrations -> learners (learner_id));
diesel::joinable!(past_attempts -> registrations (registration_id));
diesel::joinable!(waivers -> registrations (registration_id));
diesel::joinable!(sessions -> registrations (registration_id));
diesel::joinable!(journal_entries -> sessions (session_id));

diesel::allow_tables_to_appear_in_same_query!(
    signing_keys,
    api_clients,
    accounts,
    web_sessions,
    packages,
    package_versions,
    package_entries,
    learners,
    learner_globals,
    registrations,
    past_attempts,
    waivers,
    sessions,
    journal_entries,
);
