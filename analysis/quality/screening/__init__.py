"""Screening: named rules that collect evidence about answers, ranked, never a verdict."""
