-- What a statement has one of (verb, actor, object, authority, registration) is found by an index on its own
-- row: a reference costs a row and an entry in an index, a column only the entry. What it may have any number
-- of stays in lrs_references, and so does all of the statements stored before this.

ALTER TABLE lrs_statements
    ADD COLUMN verb_key      bigint,
    ADD COLUMN actor_key     bigint,
    ADD COLUMN activity_key  bigint,
    ADD COLUMN authority_key bigint;
COMMENT ON COLUMN lrs_statements.verb_key IS 'Key of the verb; null for statements from before it was kept, which lrs_references has.';
COMMENT ON COLUMN lrs_statements.actor_key IS 'Key of the actor; null for anonymous groups, and as for the verb.';
COMMENT ON COLUMN lrs_statements.activity_key IS 'Key of the object; null when it is no activity, and as for the verb.';
COMMENT ON COLUMN lrs_statements.authority_key IS 'Key of who answers for it. Never inherited by statements that refer to it.';
COMMENT ON TABLE lrs_references IS 'What else a statement is found by. One narrow row for each: members of groups, other agents and activities, and all that statements which it refers to are found by.';

-- The key of an authority, of old statements too: who may read only their own reads no others. jsonb keeps no
-- U+0000, and a backslash before it may be the text of one: both are taken out of the way.
UPDATE lrs_statements s
SET authority_key = ('x' || encode(substring(sha256(convert_to('authority ' || coalesce(
        a.agent ->> 'mbox',
        'sha1:' || lower(a.agent ->> 'mbox_sha1sum'),
        'openid:' || (a.agent ->> 'openid'),
        'account:' || (a.agent #>> '{account,homePage}') || ' ' || (a.agent #>> '{account,name}'),
        ''), 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint
FROM (SELECT id, replace(replace(statement, '\\', '\u005c'), '\u0000', '')::jsonb -> 'authority' AS agent FROM lrs_statements) a
WHERE a.id = s.id;

CREATE INDEX lrs_statements_by_verb ON lrs_statements (verb_key, seq);
CREATE INDEX lrs_statements_by_actor ON lrs_statements (actor_key, seq);
CREATE INDEX lrs_statements_by_activity ON lrs_statements (activity_key, seq);
CREATE INDEX lrs_statements_by_authority ON lrs_statements (authority_key, seq);
CREATE INDEX lrs_statements_by_registration ON lrs_statements (registration, seq);
