"""Schemes as files: read, checked, written, kept, compared, tried on older data.

Needs the standard library's part of ``analysis.index`` alone, but for `replay`.
"""
