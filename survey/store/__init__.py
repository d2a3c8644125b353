"""The database: models, queries, sessions, migrations."""
