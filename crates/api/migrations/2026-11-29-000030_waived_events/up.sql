-- A webinar that was called off asks nothing of anybody, but nobody did anything in it either: it is waived. It
-- counts no minutes, has no date and begins nothing; whoever was there all the same has attended it. Something
-- that is done is done when it was seen to be, at the latest: an attendance noted while the webinar runs is not
-- of the future. `reached` joins the view, so that no reader has an idea of its own of what that is, and the
-- version whose learning objects the learner has.
CREATE OR REPLACE VIEW enrolment_items AS
SELECT e.id AS enrolment_id, e.course_id, e.learner_id, i.position, i.required, i.credit_minutes,
       i.package_id, i.event_id, COALESCE(v.title, ev.title) AS title,
       r.id AS registration_id, r.completion, r.success, r.progress,
       ev.starts_at, ev.ends_at, ev.speaker, ev.join_url, ev.cancelled_at, a.minutes AS attended_minutes,
       state.done, CASE WHEN state.done THEN COALESCE(r.completed_at, LEAST(ev.ends_at, a.noted_at)) END AS done_at,
       COALESCE(r.total_time_ms, 0) AS claimed_ms, COALESCE(s.wall_ms, 0) AS wall_ms, COALESCE(s.active_ms, 0) AS active_ms,
       CASE WHEN NOT state.done THEN 0
            WHEN c.credit_rule = 'active' AND i.package_id IS NOT NULL
                THEN LEAST(i.credit_minutes, ceil(COALESCE(s.active_ms, 0) / 60000.0)::integer)
            WHEN c.credit_rule = 'active' THEN LEAST(i.credit_minutes, COALESCE(a.minutes, 0))
            ELSE i.credit_minutes END AS credited_minutes,
       CASE WHEN state.done THEN 'done'
            WHEN ev.cancelled_at IS NOT NULL THEN 'waived'
            WHEN a.minutes > 0 OR r.completion IN ('incomplete', 'completed') OR (r.completion = 'unknown' AND r.started_at IS NOT NULL) THEN 'begun'
            ELSE 'not_begun' END AS reached,
       COALESCE(r.package_version_id, v.id) AS version_id
FROM course_enrolments e
JOIN courses c ON c.id = e.course_id
JOIN course_items i ON i.course_id = e.course_id
LEFT JOIN packages p ON p.id = i.package_id
LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version
LEFT JOIN events ev ON ev.id = i.event_id
LEFT JOIN attendances a ON a.event_id = i.event_id AND a.learner_id = e.learner_id
LEFT JOIN LATERAL (
    SELECT * FROM registrations r
    WHERE r.learner_id = e.learner_id AND r.package_id = i.package_id AND NOT r.preview
    ORDER BY (r.completion = 'completed' AND r.success <> 'failed') DESC, r.id DESC LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT sum(wall_ms)::bigint AS wall_ms, sum(active_ms)::bigint AS active_ms FROM sessions WHERE registration_id = r.id
) s ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN i.package_id IS NOT NULL THEN COALESCE(r.completion = 'completed' AND r.success <> 'failed', false)
                ELSE COALESCE(a.attended, false) END AS done
) state;
COMMENT ON VIEW enrolment_items IS 'Each item of each enrolment with what was reached in it (done, waived, begun or not_begun), times, credit.';
COMMENT ON COLUMN standings.needed IS 'Required items, waived ones left out.';

-- What was noted by the old rule: dates to come, and completions of which nothing was done. Attestati that were
-- given stay as they are.
UPDATE course_enrolments e SET completed_at = NULL WHERE e.completed_at IS NOT NULL AND e.certified_at IS NULL
    AND EXISTS (SELECT FROM course_items i JOIN events ev ON ev.id = i.event_id
                WHERE i.course_id = e.course_id AND (ev.cancelled_at IS NOT NULL OR ev.ends_at > now()));
UPDATE standings SET stale = true WHERE course_id IN
    (SELECT i.course_id FROM course_items i JOIN events ev ON ev.id = i.event_id WHERE ev.cancelled_at IS NOT NULL OR ev.ends_at > now());
