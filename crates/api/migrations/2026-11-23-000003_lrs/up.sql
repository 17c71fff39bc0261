-- A learning record store: statements as they came, with what they are found by beside them; and the
-- documents of the state and profile resources.
CREATE TABLE lrs_statements (
    id                 uuid        PRIMARY KEY,
    seq                bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    stored             timestamptz NOT NULL,
    verb               text        NOT NULL,
    registration       uuid,
    agents             text[]      NOT NULL,
    related_agents     text[]      NOT NULL,
    activities         text[]      NOT NULL,
    related_activities text[]      NOT NULL,
    voids              uuid,
    voided             boolean     NOT NULL DEFAULT false,
    equality           bytea       NOT NULL,
    statement          text        NOT NULL
);
COMMENT ON TABLE lrs_statements IS 'xAPI statements. Immutable but for being voided.';
COMMENT ON COLUMN lrs_statements.id IS 'The statement''s id.';
COMMENT ON COLUMN lrs_statements.seq IS 'The order in which statements were stored.';
COMMENT ON COLUMN lrs_statements.stored IS 'When it was stored; later for whatever was stored later.';
COMMENT ON COLUMN lrs_statements.verb IS 'The verb''s id.';
COMMENT ON COLUMN lrs_statements.registration IS 'context.registration.';
COMMENT ON COLUMN lrs_statements.agents IS 'Keys of the agents that are actor or object, or members of such a group.';
COMMENT ON COLUMN lrs_statements.related_agents IS 'Keys of all agents in it.';
COMMENT ON COLUMN lrs_statements.activities IS 'The object, when it is an activity.';
COMMENT ON COLUMN lrs_statements.related_activities IS 'All activities in it.';
COMMENT ON COLUMN lrs_statements.voids IS 'The statement that it voids.';
COMMENT ON COLUMN lrs_statements.voided IS 'Another statement voids it.';
COMMENT ON COLUMN lrs_statements.equality IS 'SHA-256 of what was sent: the same id again must be the same statement again.';
COMMENT ON COLUMN lrs_statements.statement IS 'The statement as it is given out.';

CREATE INDEX lrs_statements_by_seq ON lrs_statements (seq);
CREATE INDEX lrs_statements_by_stored ON lrs_statements (stored);
CREATE INDEX lrs_statements_by_verb ON lrs_statements (verb, seq);
CREATE INDEX lrs_statements_by_registration ON lrs_statements (registration, seq);
CREATE INDEX lrs_statements_by_voids ON lrs_statements (voids) WHERE voids IS NOT NULL;
CREATE INDEX lrs_statements_by_agents ON lrs_statements USING gin (agents);
CREATE INDEX lrs_statements_by_related_agents ON lrs_statements USING gin (related_agents);
CREATE INDEX lrs_statements_by_activities ON lrs_statements USING gin (activities);
CREATE INDEX lrs_statements_by_related_activities ON lrs_statements USING gin (related_activities);

CREATE TABLE lrs_documents (
    resource     text        NOT NULL,
    activity     text        NOT NULL,
    agent        text        NOT NULL,
    registration text        NOT NULL,
    name         text        NOT NULL,
    content_type text        NOT NULL,
    content      bytea       NOT NULL,
    etag         text        NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (resource, activity, agent, registration, name)
);
COMMENT ON TABLE lrs_documents IS 'Documents of the resources state, activity profile and agent profile.';
COMMENT ON COLUMN lrs_documents.resource IS 'state, activity or agent.';
COMMENT ON COLUMN lrs_documents.activity IS 'The activity''s id; empty for agent profiles.';
COMMENT ON COLUMN lrs_documents.agent IS 'The agent''s key; empty for activity profiles.';
COMMENT ON COLUMN lrs_documents.registration IS 'The registration; empty when the request named none.';
COMMENT ON COLUMN lrs_documents.name IS 'stateId or profileId.';
COMMENT ON COLUMN lrs_documents.content_type IS 'Media type as it was sent.';
COMMENT ON COLUMN lrs_documents.content IS 'The document.';
COMMENT ON COLUMN lrs_documents.etag IS 'SHA-1 of the content, in hexadecimal and quotes.';
COMMENT ON COLUMN lrs_documents.updated_at IS 'When it was last written.';
