"""Verified points: units claim them with documents, appraisers decide, the table takes them."""
