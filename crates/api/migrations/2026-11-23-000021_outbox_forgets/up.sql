-- Who is erased is erased from what is on its way to other programs, too: events name learners by their
-- key. An erasure removes the learner or takes the key away, whichever code does it.
CREATE FUNCTION outbox_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM outbox_events
    WHERE data @> jsonb_build_object('learner', jsonb_build_object('id', OLD.key, 'home_page', OLD.home_page));
    RETURN NULL;
END
$$;
CREATE TRIGGER learners_outbox_renamed AFTER UPDATE OF home_page, key ON learners FOR EACH ROW
    WHEN (OLD.home_page IS DISTINCT FROM NEW.home_page OR OLD.key IS DISTINCT FROM NEW.key)
    EXECUTE FUNCTION outbox_forget();
CREATE TRIGGER learners_outbox_removed AFTER DELETE ON learners FOR EACH ROW EXECUTE FUNCTION outbox_forget();
