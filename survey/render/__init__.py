"""Bytes out: QR codes, printed documents, plots, files.  No database, no web, no clock."""
