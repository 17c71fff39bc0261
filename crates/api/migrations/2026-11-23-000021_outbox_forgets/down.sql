DROP TRIGGER learners_outbox_removed ON learners;
DROP TRIGGER learners_outbox_renamed ON learners;
DROP FUNCTION outbox_forget;
