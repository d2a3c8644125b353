"""The life of questionnaires: drafts with their faults, published versions, what waves ask."""
