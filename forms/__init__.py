"""The questionnaire as a language: one definition, several faces."""
