"""Supervision of fieldwork: workload, second interviews, messages."""
