DROP TABLE cmi5_sessions;
