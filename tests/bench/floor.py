"""The least that a server of answers can do: a page rendered once, and a bare INSERT and COMMIT.

``FLOOR_PAGES`` is a folder with the pages to answer with, byte for byte those of the product.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from pathlib import Path

import psycopg
from flask import Flask, redirect, request

PAGES = {path.name: path.read_bytes() for path in Path(os.environ["FLOOR_PAGES"]).iterdir()}
_local = threading.local()


def connection() -> psycopg.Connection:
    if not hasattr(_local, "connection"):
        address = os.environ["DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
        _local.connection = psycopg.connect(address)
    return _local.connection


app = Flask(__name__)


@app.get("/phieu", defaults={"name": "consent"})
@app.get("/phieu/<name>")
def page(name: str):
    return PAGES[name]


@app.post("/phieu", defaults={"name": "consent"})
@app.post("/phieu/<name>")
def take(name: str):
    database = connection()
    answers = json.dumps(request.form)
    database.execute(
        "INSERT INTO floor (id, answers) VALUES (%s, %s)", (secrets.token_hex(16), answers)
    )
    database.commit()
    return redirect(f"/phieu/{request.args.get('to', 'xong')}", 303)
