DROP TRIGGER package_versions_outbox ON package_versions;
DROP TRIGGER certificates_outbox ON certificates;
DROP TRIGGER registrations_outbox ON registrations;
DROP FUNCTION package_outbox, certificate_outbox, registration_outbox, activities_completed(jsonb), outbox_put(text, jsonb);
DROP TABLE webhook_deliveries, outbox_events, webhooks;
