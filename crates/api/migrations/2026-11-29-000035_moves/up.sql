-- Those who are under way can be moved to another version of their package. What they had before is kept,
-- so that the move can be undone and their journal replayed.

CREATE TABLE package_migrations (
    id           uuid        PRIMARY KEY,
    package_id   uuid        NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
    from_version integer     NOT NULL,
    to_version   integer     NOT NULL,
    policy       text        NOT NULL CHECK (policy IN ('stay', 'move', 'restart')),
    map          jsonb       NOT NULL,
    created_by   text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    undone_at    timestamptz
);
CREATE INDEX package_migrations_by_package ON package_migrations (package_id, created_at);
COMMENT ON TABLE package_migrations IS 'What was decided about those under way when a package got a new version.';
COMMENT ON COLUMN package_migrations.id IS 'Public id.';
COMMENT ON COLUMN package_migrations.package_id IS 'Of which package.';
COMMENT ON COLUMN package_migrations.from_version IS 'The version they were on.';
COMMENT ON COLUMN package_migrations.to_version IS 'The version they went to.';
COMMENT ON COLUMN package_migrations.policy IS 'stay, move (with the map) or restart.';
COMMENT ON COLUMN package_migrations.map IS 'Identifier of the new version by identifier of the old one.';
COMMENT ON COLUMN package_migrations.created_by IS 'API client or account.';
COMMENT ON COLUMN package_migrations.created_at IS 'When.';
COMMENT ON COLUMN package_migrations.undone_at IS 'When it was last undone, for all or for some; null when never.';

CREATE TABLE registration_moves (
    migration_id    uuid        NOT NULL REFERENCES package_migrations (id) ON DELETE CASCADE,
    registration_id uuid        NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    from_version_id uuid        NOT NULL REFERENCES package_versions (id) ON DELETE CASCADE,
    to_version_id   uuid        NOT NULL REFERENCES package_versions (id) ON DELETE CASCADE,
    state           bytea,
    before          jsonb       NOT NULL,
    waivers         jsonb       NOT NULL,
    past_attempt    integer,
    revision        bigint      NOT NULL,
    moved_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    undone_at       timestamptz,
    PRIMARY KEY (migration_id, registration_id)
);
CREATE INDEX registration_moves_by_registration ON registration_moves (registration_id, moved_at);
COMMENT ON TABLE registration_moves IS 'Registrations that were moved to another version, with what they held before.';
COMMENT ON COLUMN registration_moves.migration_id IS 'By which migration.';
COMMENT ON COLUMN registration_moves.registration_id IS 'The registration.';
COMMENT ON COLUMN registration_moves.from_version_id IS 'The version it left.';
COMMENT ON COLUMN registration_moves.to_version_id IS 'The version it went to.';
COMMENT ON COLUMN registration_moves.state IS 'The engine''s snapshot before.';
COMMENT ON COLUMN registration_moves.before IS 'The other columns of the registration before.';
COMMENT ON COLUMN registration_moves.waivers IS 'Its waivers before: those of the new version name its activities.';
COMMENT ON COLUMN registration_moves.past_attempt IS 'The number under which a restart put the attempt aside; null when nothing was put aside.';
COMMENT ON COLUMN registration_moves.revision IS 'Of the registration after: as long as it is that, nothing was done since.';
COMMENT ON COLUMN registration_moves.moved_at IS 'When.';
COMMENT ON COLUMN registration_moves.undone_at IS 'When it was undone; null while it stands.';
COMMENT ON COLUMN sessions.end_reason IS 'ended, suspended, superseded, abandoned, reset or moved.';
