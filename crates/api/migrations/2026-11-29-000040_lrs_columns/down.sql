-- Back to references for everything, as they were made from the statement.
INSERT INTO lrs_references (key, seq)
SELECT ('x' || encode(substring(sha256(convert_to(k.kind || ' ' || k.text, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint, s.seq
FROM (SELECT seq, replace(replace(statement, '\\', '\u005c'), '\u0000', '')::jsonb AS statement FROM lrs_statements WHERE verb_key IS NOT NULL) s
CROSS JOIN LATERAL (
    SELECT who, coalesce(
        agent ->> 'mbox',
        'sha1:' || lower(agent ->> 'mbox_sha1sum'),
        'openid:' || (agent ->> 'openid'),
        'account:' || (agent #>> '{account,homePage}') || ' ' || (agent #>> '{account,name}')) AS text
    FROM (
        SELECT 'actor', s.statement -> 'actor' UNION ALL
        SELECT 'authority', s.statement -> 'authority' UNION ALL
        SELECT 'object', s.statement -> 'object' WHERE s.statement #>> '{object,objectType}' IN ('Agent', 'Group') UNION ALL
        SELECT 'member', jsonb_array_elements(coalesce(s.statement #> '{actor,member}', '[]') || coalesce(s.statement #> '{object,member}', '[]'))
    ) agents (who, agent)
) a
CROSS JOIN LATERAL (
    SELECT 'agent', a.text WHERE a.who <> 'authority' UNION ALL
    SELECT 'related-agent', a.text UNION ALL
    SELECT 'verb', s.statement #>> '{verb,id}' UNION ALL
    SELECT 'registration', s.statement #>> '{context,registration}' UNION ALL
    SELECT kind, s.statement #>> '{object,id}' FROM (VALUES ('activity'), ('related-activity')) kinds (kind)
    WHERE coalesce(s.statement #>> '{object,objectType}', 'Activity') = 'Activity'
) k (kind, text)
WHERE k.text IS NOT NULL
ON CONFLICT DO NOTHING;

DROP INDEX lrs_statements_by_verb, lrs_statements_by_actor, lrs_statements_by_activity, lrs_statements_by_authority,
    lrs_statements_by_registration;
ALTER TABLE lrs_statements
    DROP COLUMN verb_key, DROP COLUMN actor_key, DROP COLUMN activity_key, DROP COLUMN authority_key;
COMMENT ON TABLE lrs_references IS 'What each statement is found by. One narrow row for each agent, verb, activity and registration of a statement, also of those that it refers to.';
