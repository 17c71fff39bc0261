-- Which statement has which attachment, so that bytes go when nobody has them any longer: those of refused
-- statements, and those of people who were erased. And whether two statements are the same is found out by
-- comparing them, when the same id comes again: no sum of each has to be kept.

CREATE TABLE lrs_statement_attachments (
    statement_id uuid NOT NULL,
    sha2         text NOT NULL,
    PRIMARY KEY (statement_id, sha2)
);
CREATE INDEX lrs_statement_attachments_by_sha2 ON lrs_statement_attachments (sha2);
COMMENT ON TABLE lrs_statement_attachments IS 'Which statement has which attachment. Written with the statement, removed with it.';
COMMENT ON COLUMN lrs_statement_attachments.statement_id IS 'The statement''s id.';
COMMENT ON COLUMN lrs_statement_attachments.sha2 IS 'SHA-2 of the bytes in small hexadecimal digits.';

-- jsonb keeps no U+0000, and a backslash before it may be the text of one: both are taken out of the way.
INSERT INTO lrs_statement_attachments (statement_id, sha2)
SELECT DISTINCT s.id, lower(a.item ->> 'sha2')
FROM (SELECT id, replace(replace(statement, '\\', '\u005c'), '\u0000', '')::jsonb AS statement
      FROM lrs_statements WHERE statement LIKE '%"attachments"%') s
CROSS JOIN LATERAL (
    SELECT jsonb_path_query(s.statement, '$.attachments[*]') UNION ALL
    SELECT jsonb_path_query(s.statement, '$.object.attachments[*]')
) a (item)
WHERE a.item ->> 'sha2' IS NOT NULL;

ALTER TABLE lrs_attachments ADD COLUMN put_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN lrs_attachments.put_at IS 'When it last came. One that no statement has is forgotten a day later.';
COMMENT ON COLUMN lrs_attachments.content_type IS 'Media type as the part said it when it first came; each statement says its own.';

ALTER TABLE lrs_statements ALTER COLUMN equality DROP NOT NULL;
COMMENT ON COLUMN lrs_statements.equality IS 'Of servers before migration 55: SHA-256 of what was sent. No longer written or read.';
