-- The ground of the main job: who may ask, what can be taken, who takes it, and every step they made.
-- Ids are made by the program (UUIDv7), so that an insert needs no answer and keys stay in time order.

-- ---------------------------------------------------------------------------------------------
-- Who may ask
-- ---------------------------------------------------------------------------------------------

CREATE TABLE signing_keys (
    id         uuid        PRIMARY KEY,
    secret     bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);
COMMENT ON TABLE signing_keys IS 'Keys that sign our tokens and content paths. The newest one not retired signs; retired ones still verify until their tokens have expired.';
COMMENT ON COLUMN signing_keys.id IS 'The `kid` of a token.';
COMMENT ON COLUMN signing_keys.secret IS 'HMAC-SHA-256 key, 32 random bytes.';
COMMENT ON COLUMN signing_keys.created_at IS 'When it was made.';
COMMENT ON COLUMN signing_keys.retired_at IS 'When it stopped signing; null while it signs.';

CREATE TABLE api_clients (
    id          text        PRIMARY KEY,
    name        text        NOT NULL,
    secret_hash text        NOT NULL,
    scopes      text[]      NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz
);
COMMENT ON TABLE api_clients IS 'Programs that use the API by OAuth 2.0 client credentials.';
COMMENT ON COLUMN api_clients.id IS 'The `client_id`.';
COMMENT ON COLUMN api_clients.name IS 'What people call it.';
COMMENT ON COLUMN api_clients.secret_hash IS 'Argon2id hash of the secret.';
COMMENT ON COLUMN api_clients.scopes IS 'Scopes a token may carry, e.g. packages:write.';
COMMENT ON COLUMN api_clients.created_at IS 'When it was made.';
COMMENT ON COLUMN api_clients.revoked_at IS 'When it was revoked; null while good.';

CREATE TABLE accounts (
    id            uuid        PRIMARY KEY,
    email         text        NOT NULL,
    name          text        NOT NULL,
    password_hash text,
    role          text        NOT NULL CHECK (role IN ('learner', 'author', 'coordinator', 'admin')),
    organization  text,
    language      text        NOT NULL DEFAULT 'it',
    created_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz
);
CREATE UNIQUE INDEX accounts_email ON accounts (lower(email));
COMMENT ON TABLE accounts IS 'People who sign in to the pages.';
COMMENT ON COLUMN accounts.id IS 'Also the learner id of a learner who signs in here.';
COMMENT ON COLUMN accounts.email IS 'Sign-in name; unique without regard to case.';
COMMENT ON COLUMN accounts.name IS 'Full name.';
COMMENT ON COLUMN accounts.password_hash IS 'Argon2id hash; null when the person signs in elsewhere.';
COMMENT ON COLUMN accounts.role IS 'learner, author, coordinator or admin.';
COMMENT ON COLUMN accounts.organization IS 'The body (Comune, Unione, Provincia) the person belongs to.';
COMMENT ON COLUMN accounts.language IS 'Language of the pages: it or en.';
COMMENT ON COLUMN accounts.created_at IS 'When it was made.';
COMMENT ON COLUMN accounts.disabled_at IS 'When sign-in was stopped; null while allowed.';

CREATE TABLE web_sessions (
    token_hash bytea       PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX web_sessions_account ON web_sessions (account_id);
COMMENT ON TABLE web_sessions IS 'Signed-in browsers.';
COMMENT ON COLUMN web_sessions.token_hash IS 'SHA-256 of the cookie, so that a stolen table opens nothing.';
COMMENT ON COLUMN web_sessions.account_id IS 'Who is signed in.';
COMMENT ON COLUMN web_sessions.created_at IS 'When they signed in.';
COMMENT ON COLUMN web_sessions.expires_at IS 'When the cookie stops working.';

-- ---------------------------------------------------------------------------------------------
-- What can be taken
-- ---------------------------------------------------------------------------------------------

CREATE TABLE packages (
    id              uuid        PRIMARY KEY,
    current_version integer     NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    archived_at     timestamptz
);
COMMENT ON TABLE packages IS 'A content package through all its versions.';
COMMENT ON COLUMN packages.id IS 'The public package id.';
COMMENT ON COLUMN packages.current_version IS 'The version new registrations get.';
COMMENT ON COLUMN packages.created_at IS 'When its first version was published.';
COMMENT ON COLUMN packages.archived_at IS 'When it was archived: no new registrations since; null while offered.';

CREATE TABLE package_versions (
    id          uuid        PRIMARY KEY,
    package_id  uuid        NOT NULL REFERENCES packages (id) ON DELETE RESTRICT,
    version     integer     NOT NULL,
    standard    text        NOT NULL,
    edition     text,
    identifier  text        NOT NULL,
    title       text        NOT NULL,
    language    text,
    size_bytes  bigint      NOT NULL,
    sha256      bytea       NOT NULL,
    upload_sha256 bytea     NOT NULL,
    blob_key    text        NOT NULL,
    manifest    jsonb       NOT NULL,
    findings    jsonb       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (package_id, version)
);
CREATE INDEX package_versions_upload ON package_versions (upload_sha256);
COMMENT ON TABLE package_versions IS 'One published archive. Immutable.';
COMMENT ON COLUMN package_versions.id IS 'Names the version in content paths.';
COMMENT ON COLUMN package_versions.package_id IS 'The package it is a version of.';
COMMENT ON COLUMN package_versions.version IS 'From 1, without gaps.';
COMMENT ON COLUMN package_versions.standard IS 'scorm_1_2, scorm_2004 or cmi5.';
COMMENT ON COLUMN package_versions.edition IS 'Edition of SCORM 2004, e.g. 4th Edition.';
COMMENT ON COLUMN package_versions.identifier IS 'The manifest''s identifier.';
COMMENT ON COLUMN package_versions.title IS 'Title for people.';
COMMENT ON COLUMN package_versions.language IS 'BCP 47 tag of the content, when the manifest says one.';
COMMENT ON COLUMN package_versions.size_bytes IS 'Size of the uploaded file.';
COMMENT ON COLUMN package_versions.sha256 IS 'SHA-256 of the file as stored (audio and video re-stored without compression).';
COMMENT ON COLUMN package_versions.upload_sha256 IS 'SHA-256 of the file as uploaded: the same file again is the same version again.';
COMMENT ON COLUMN package_versions.blob_key IS 'Where the blob store has it.';
COMMENT ON COLUMN package_versions.manifest IS 'The typed package (percorso_package::Package).';
COMMENT ON COLUMN package_versions.findings IS 'What reading it found.';
COMMENT ON COLUMN package_versions.created_at IS 'When it was published.';

CREATE TABLE package_entries (
    package_version_id uuid    NOT NULL REFERENCES package_versions (id) ON DELETE CASCADE,
    path               text    NOT NULL,
    method             smallint NOT NULL,
    data_offset        bigint  NOT NULL,
    compressed_bytes   bigint  NOT NULL,
    size_bytes         bigint  NOT NULL,
    crc32              bigint  NOT NULL,
    PRIMARY KEY (package_version_id, path)
);
COMMENT ON TABLE package_entries IS 'The central directory of each archive: content is served from these offsets.';
COMMENT ON COLUMN package_entries.package_version_id IS 'The archive.';
COMMENT ON COLUMN package_entries.path IS 'Path inside the archive, normalised (NFC, forward slashes).';
COMMENT ON COLUMN package_entries.method IS '0 stored, 8 deflated.';
COMMENT ON COLUMN package_entries.data_offset IS 'First byte of the entry''s data in the stored file.';
COMMENT ON COLUMN package_entries.compressed_bytes IS 'Bytes in the archive.';
COMMENT ON COLUMN package_entries.size_bytes IS 'Bytes when inflated.';
COMMENT ON COLUMN package_entries.crc32 IS 'CRC-32 of the inflated bytes, verified at import.';

-- ---------------------------------------------------------------------------------------------
-- Who takes it
-- ---------------------------------------------------------------------------------------------

CREATE TABLE learners (
    id           uuid        PRIMARY KEY,
    home_page    text        NOT NULL DEFAULT '',
    key          text        NOT NULL,
    name         text        NOT NULL,
    email        text,
    organization text,
    language     text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (home_page, key)
);
COMMENT ON TABLE learners IS 'People who take courses, by the key of the system that knows them.';
COMMENT ON COLUMN learners.id IS 'Our id, never shown to content.';
COMMENT ON COLUMN learners.home_page IS 'Namespace of the key (`learner.account.home_page`); empty for our own.';
COMMENT ON COLUMN learners.key IS 'The client''s own id; reaches content unchanged.';
COMMENT ON COLUMN learners.name IS 'Name as it reaches content.';
COMMENT ON COLUMN learners.email IS 'E-mail, when given.';
COMMENT ON COLUMN learners.organization IS 'The body (Comune, Unione, Provincia), when given.';
COMMENT ON COLUMN learners.language IS 'BCP 47 tag, when given.';
COMMENT ON COLUMN learners.created_at IS 'When first named.';
COMMENT ON COLUMN learners.updated_at IS 'When last named with other data.';

CREATE TABLE learner_globals (
    learner_id uuid  NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    scope      text  NOT NULL CHECK (scope IN ('objective', 'shared_data')),
    target_id  text  NOT NULL,
    value      jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (learner_id, scope, target_id)
);
COMMENT ON TABLE learner_globals IS 'Global objectives and shared data stores that belong to the learner across packages (adlseq:objectivesGlobalToSystem, adlcp:sharedDataGlobalToSystem).';
COMMENT ON COLUMN learner_globals.learner_id IS 'The learner.';
COMMENT ON COLUMN learner_globals.scope IS 'objective or shared_data.';
COMMENT ON COLUMN learner_globals.target_id IS 'targetObjectiveID or targetID of the manifests.';
COMMENT ON COLUMN learner_globals.value IS 'Owned by the tracker.';
COMMENT ON COLUMN learner_globals.updated_at IS 'When last written.';

CREATE TABLE registrations (
    id                 uuid        PRIMARY KEY,
    package_id         uuid        NOT NULL REFERENCES packages (id) ON DELETE RESTRICT,
    package_version_id uuid        NOT NULL REFERENCES package_versions (id) ON DELETE RESTRICT,
    learner_id         uuid        NOT NULL REFERENCES learners (id) ON DELETE RESTRICT,
    state              bytea,
    revision           bigint      NOT NULL DEFAULT 0,
    completion         text        NOT NULL DEFAULT 'not_attempted',
    success            text        NOT NULL DEFAULT 'unknown',
    score_scaled       double precision,
    score_raw          double precision,
    score_min          double precision,
    score_max          double precision,
    progress_measure   double precision,
    total_time_ms      bigint      NOT NULL DEFAULT 0,
    attempts           integer     NOT NULL DEFAULT 0,
    progress           jsonb,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    started_at         timestamptz,
    last_accessed_at   timestamptz,
    completed_at       timestamptz
);
CREATE INDEX registrations_package ON registrations (package_id, id);
CREATE INDEX registrations_learner ON registrations (learner_id, id);
CREATE INDEX registrations_updated ON registrations (updated_at, id);
COMMENT ON TABLE registrations IS 'One learner''s run through one package. Sessions and their journal hang off it.';
COMMENT ON COLUMN registrations.id IS 'Public; also the xAPI registration.';
COMMENT ON COLUMN registrations.package_id IS 'The package taken.';
COMMENT ON COLUMN registrations.package_version_id IS 'The version the learner stays on.';
COMMENT ON COLUMN registrations.learner_id IS 'Who takes it.';
COMMENT ON COLUMN registrations.state IS 'The engine''s snapshot (tracker::snapshot, versioned); null before the first session.';
COMMENT ON COLUMN registrations.revision IS 'Counts writes of the state: a writer that read an older one must read again.';
COMMENT ON COLUMN registrations.completion IS 'completed, incomplete, not_attempted or unknown.';
COMMENT ON COLUMN registrations.success IS 'passed, failed or unknown.';
COMMENT ON COLUMN registrations.score_scaled IS '-1 to 1.';
COMMENT ON COLUMN registrations.score_raw IS 'As authored.';
COMMENT ON COLUMN registrations.score_min IS 'As authored.';
COMMENT ON COLUMN registrations.score_max IS 'As authored.';
COMMENT ON COLUMN registrations.progress_measure IS '0 to 1.';
COMMENT ON COLUMN registrations.total_time_ms IS 'Time that content claimed, all sessions.';
COMMENT ON COLUMN registrations.attempts IS 'Attempts on the root activity.';
COMMENT ON COLUMN registrations.progress IS 'The tree with each activity''s progress, and the reasons why it is incomplete.';
COMMENT ON COLUMN registrations.created_at IS 'When registered.';
COMMENT ON COLUMN registrations.updated_at IS 'When anything here last changed.';
COMMENT ON COLUMN registrations.started_at IS 'When content was first delivered.';
COMMENT ON COLUMN registrations.last_accessed_at IS 'When the learner last did anything.';
COMMENT ON COLUMN registrations.completed_at IS 'When completion was first reached.';

CREATE TABLE past_attempts (
    registration_id uuid        NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    number          integer     NOT NULL,
    state           bytea,
    progress        jsonb,
    reset_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (registration_id, number)
);
COMMENT ON TABLE past_attempts IS 'What a registration held before each reset: kept, never lost.';
COMMENT ON COLUMN past_attempts.registration_id IS 'The registration.';
COMMENT ON COLUMN past_attempts.number IS 'From 1, in order of resets.';
COMMENT ON COLUMN past_attempts.state IS 'The engine''s snapshot at the reset.';
COMMENT ON COLUMN past_attempts.progress IS 'The progress at the reset.';
COMMENT ON COLUMN past_attempts.reset_at IS 'When it was reset.';

CREATE TABLE waivers (
    registration_id uuid        NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    activity_id     text        NOT NULL,
    reason          text        NOT NULL,
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (registration_id, activity_id)
);
COMMENT ON TABLE waivers IS 'Activities an administrator has waived for a learner.';
COMMENT ON COLUMN waivers.registration_id IS 'The registration.';
COMMENT ON COLUMN waivers.activity_id IS 'The manifest''s identifier.';
COMMENT ON COLUMN waivers.reason IS 'Why, in words.';
COMMENT ON COLUMN waivers.created_by IS 'API client or account.';
COMMENT ON COLUMN waivers.created_at IS 'When.';

-- ---------------------------------------------------------------------------------------------
-- Every step they made
-- ---------------------------------------------------------------------------------------------

CREATE TABLE sessions (
    id              uuid        PRIMARY KEY,
    registration_id uuid        NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    launch_mode     text        NOT NULL DEFAULT 'normal',
    activity_id     text,
    language        text,
    return_url      text,
    begin           jsonb,
    created_at      timestamptz NOT NULL DEFAULT now(),
    launch_expires_at timestamptz NOT NULL,
    started_at      timestamptz,
    ended_at        timestamptz,
    end_reason      text,
    last_number     bigint      NOT NULL DEFAULT 0,
    claimed_ms      bigint      NOT NULL DEFAULT 0,
    wall_ms         bigint      NOT NULL DEFAULT 0,
    active_ms       bigint      NOT NULL DEFAULT 0
);
CREATE INDEX sessions_registration ON sessions (registration_id, created_at);
COMMENT ON TABLE sessions IS 'One opening of the player on a registration.';
COMMENT ON COLUMN sessions.id IS 'Public session id.';
COMMENT ON COLUMN sessions.registration_id IS 'The registration.';
COMMENT ON COLUMN sessions.launch_mode IS 'normal, browse or review.';
COMMENT ON COLUMN sessions.activity_id IS 'Where the launch asked to begin; null for wherever sequencing says.';
COMMENT ON COLUMN sessions.language IS 'Language of the player.';
COMMENT ON COLUMN sessions.return_url IS 'Where the learner goes back to.';
COMMENT ON COLUMN sessions.begin IS 'What the engine began with (tracker::session::Begin), so that the session can be replayed.';
COMMENT ON COLUMN sessions.created_at IS 'When the launch link was made.';
COMMENT ON COLUMN sessions.launch_expires_at IS 'Until when the link can be started.';
COMMENT ON COLUMN sessions.started_at IS 'When the link was used.';
COMMENT ON COLUMN sessions.ended_at IS 'When the session ended.';
COMMENT ON COLUMN sessions.end_reason IS 'ended, suspended, superseded, abandoned or reset.';
COMMENT ON COLUMN sessions.last_number IS 'Last journal number acknowledged.';
COMMENT ON COLUMN sessions.claimed_ms IS 'Time that content claimed (cmi.session_time).';
COMMENT ON COLUMN sessions.wall_ms IS 'Time from start to the last sign of life.';
COMMENT ON COLUMN sessions.active_ms IS 'Time the page was visible and in use.';

CREATE TABLE journal_entries (
    session_id  uuid        NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number      bigint      NOT NULL,
    at          timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    event       jsonb       NOT NULL,
    outcome     jsonb,
    PRIMARY KEY (session_id, number)
);
COMMENT ON TABLE journal_entries IS 'Every run-time call and request that changed something or failed, in order. Append-only.';
COMMENT ON COLUMN journal_entries.session_id IS 'The session.';
COMMENT ON COLUMN journal_entries.number IS 'From 1, without gaps.';
COMMENT ON COLUMN journal_entries.at IS 'The learner''s clock.';
COMMENT ON COLUMN journal_entries.received_at IS 'Our clock.';
COMMENT ON COLUMN journal_entries.event IS 'tracker::session::Event.';
COMMENT ON COLUMN journal_entries.outcome IS 'The answer, with its error code, and the decisions it caused; null when it was "true" and nothing else.';
