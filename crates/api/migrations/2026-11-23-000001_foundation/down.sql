DROP TABLE journal_entries, sessions, waivers, past_attempts, registrations, learner_globals, learners,
    package_entries, package_versions, packages, web_sessions, accounts, api_clients, signing_keys;
