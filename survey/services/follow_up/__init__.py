"""After publication: who owes what, reminders, what came of it."""
