-- Who did what to which thing, and what administrators need to let people and programs in: sign-in through
-- an identity provider, links to choose a password, secrets that are changed without an outage.

CREATE TABLE audit_log (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT now(),
    actor_kind   text        NOT NULL CHECK (actor_kind IN ('account', 'client', 'system', 'nobody')),
    actor        text        NOT NULL,
    act          text        NOT NULL,
    subject_kind text        NOT NULL,
    subject      text        NOT NULL,
    details      jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_act ON audit_log (act, id);
CREATE INDEX audit_log_actor ON audit_log (actor, id);
CREATE INDEX audit_log_subject ON audit_log (subject, id);
COMMENT ON TABLE audit_log IS 'Administrative acts. Lines are added, never changed; after a year they may be removed.';
COMMENT ON COLUMN audit_log.id IS 'In the order they were noted.';
COMMENT ON COLUMN audit_log.at IS 'When.';
COMMENT ON COLUMN audit_log.actor_kind IS 'account: a person who is signed in. client: a program. system: the server or its command line. nobody: whoever failed to sign in.';
COMMENT ON COLUMN audit_log.actor IS 'Account id, client id or command; empty for nobody.';
COMMENT ON COLUMN audit_log.act IS 'What was done, e.g. account.disabled.';
COMMENT ON COLUMN audit_log.subject_kind IS 'Kind of thing it was done to, e.g. account.';
COMMENT ON COLUMN audit_log.subject IS 'Its id.';
COMMENT ON COLUMN audit_log.details IS 'What else is worth knowing. No names, addresses or secrets.';

-- Not even the program changes what was noted. Retention may remove what is older than a year.
CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '1 year' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append only';
END
$$;
CREATE TRIGGER audit_log_kept BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_is_append_only();
CREATE TRIGGER audit_log_kept_whole BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();

CREATE TABLE account_identities (
    issuer     text        NOT NULL,
    subject    text        NOT NULL,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX account_identities_account ON account_identities (account_id);
COMMENT ON TABLE account_identities IS 'By whom identity providers know the people who sign in through them.';
COMMENT ON COLUMN account_identities.issuer IS 'The provider: `iss` of its ID tokens.';
COMMENT ON COLUMN account_identities.subject IS 'The person: `sub` of its ID tokens, never given to another.';
COMMENT ON COLUMN account_identities.account_id IS 'The account.';
COMMENT ON COLUMN account_identities.created_at IS 'When they first signed in this way.';
COMMENT ON COLUMN account_identities.seen_at IS 'When they last signed in this way.';

CREATE TABLE password_links (
    token_hash bytea       PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX password_links_account ON password_links (account_id);
COMMENT ON TABLE password_links IS 'Links by which people choose a password. Good once: the row goes with its use.';
COMMENT ON COLUMN password_links.token_hash IS 'SHA-256 of the link''s token.';
COMMENT ON COLUMN password_links.account_id IS 'Whose password.';
COMMENT ON COLUMN password_links.created_at IS 'When it was made.';
COMMENT ON COLUMN password_links.expires_at IS 'When it stops working.';

-- A browser that came through a provider can be signed out there too.
ALTER TABLE web_sessions ADD COLUMN id_token text;
COMMENT ON COLUMN web_sessions.id_token IS 'The ID token, when the person came through an identity provider: `id_token_hint` of the sign-out there.';

ALTER TABLE api_clients ADD COLUMN previous_secret_hash text;
ALTER TABLE api_clients ADD COLUMN previous_until timestamptz;
COMMENT ON COLUMN api_clients.previous_secret_hash IS 'Argon2id hash of the secret before the last rotation; null when there is none.';
COMMENT ON COLUMN api_clients.previous_until IS 'Until when the secret before the last rotation is good.';
