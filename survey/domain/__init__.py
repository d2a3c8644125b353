"""Pure rules of the survey: no database, no web, no clock."""
