-- Tens of millions of statements: every filter becomes a walk along one index in the order of storing,
-- where an inverted index would have to sort all it finds; attachments; what is known of activities.

CREATE TABLE lrs_references (
    key bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (key, seq)
);
COMMENT ON TABLE lrs_references IS 'What each statement is found by. One narrow row for each agent, verb, activity and registration of a statement, also of those that it refers to.';
COMMENT ON COLUMN lrs_references.key IS 'First 64 bits of the SHA-256 of a kind, a space and the text looked for.';
COMMENT ON COLUMN lrs_references.seq IS 'Place of the statement in the order of storing.';

ALTER TABLE lrs_statements ADD COLUMN refers uuid;
COMMENT ON COLUMN lrs_statements.refers IS 'The statement that its object refers to, voiding or not.';
UPDATE lrs_statements SET refers = (statement::jsonb #>> '{object,id}')::uuid
WHERE statement::jsonb #>> '{object,objectType}' = 'StatementRef';
CREATE INDEX lrs_statements_by_refers ON lrs_statements (refers) WHERE refers IS NOT NULL;

INSERT INTO lrs_references (key, seq)
SELECT DISTINCT ('x' || encode(substring(sha256(convert_to(k.kind || ' ' || k.text, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint, s.seq
FROM lrs_statements s
CROSS JOIN LATERAL (
    SELECT 'agent', unnest(s.agents) UNION ALL
    SELECT 'related-agent', unnest(s.related_agents) UNION ALL
    SELECT 'activity', unnest(s.activities) UNION ALL
    SELECT 'related-activity', unnest(s.related_activities) UNION ALL
    SELECT 'verb', s.verb UNION ALL
    SELECT 'registration', s.registration::text WHERE s.registration IS NOT NULL
) k (kind, text);

DROP INDEX lrs_statements_by_verb, lrs_statements_by_registration, lrs_statements_by_agents, lrs_statements_by_related_agents,
    lrs_statements_by_activities, lrs_statements_by_related_activities;
ALTER TABLE lrs_statements DROP COLUMN agents, DROP COLUMN related_agents, DROP COLUMN activities, DROP COLUMN related_activities;
DROP INDEX lrs_statements_by_seq;
CREATE UNIQUE INDEX lrs_statements_by_seq ON lrs_statements (seq);

CREATE TABLE lrs_activities (
    id         text        PRIMARY KEY,
    definition text        NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE lrs_activities IS 'Activities that some statement defines.';
COMMENT ON COLUMN lrs_activities.id IS 'The activity''s id.';
COMMENT ON COLUMN lrs_activities.definition IS 'All that was said of it, as JSON: what came later wins, languages come together.';
COMMENT ON COLUMN lrs_activities.updated_at IS 'When it last changed.';

CREATE TABLE lrs_attachments (
    sha2         text        PRIMARY KEY,
    content_type text        NOT NULL,
    size_bytes   bigint      NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE lrs_attachments IS 'Attachments of statements. Their bytes are in the blob store.';
COMMENT ON COLUMN lrs_attachments.sha2 IS 'SHA-2 of the bytes in hexadecimal, as the statement says it; with `-attachment` behind it the name in the blob store.';
COMMENT ON COLUMN lrs_attachments.content_type IS 'Media type as the part said it.';
COMMENT ON COLUMN lrs_attachments.size_bytes IS 'Length.';
COMMENT ON COLUMN lrs_attachments.created_at IS 'When it first came.';
