"""What views need of the installation's settings."""

from __future__ import annotations

from pathlib import Path

from flask import current_app


def code_key() -> bytes:
    return current_app.extensions["settings"].code_key_bytes


def public_url() -> str:
    return current_app.extensions["settings"].public_url


def instance() -> Path:
    return current_app.extensions["settings"].instance_dir
