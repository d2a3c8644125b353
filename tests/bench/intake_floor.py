"""The least that an intake can do: read the request's form part, one bare INSERT and COMMIT."""

from __future__ import annotations

import os
import secrets
import threading

import psycopg
from flask import Flask, Response, request

_local = threading.local()
MESSAGE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message>ok</message>'
    "</OpenRosaResponse>"
)
app = Flask(__name__)


def connection() -> psycopg.Connection:
    if not hasattr(_local, "connection"):
        address = os.environ["DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
        _local.connection = psycopg.connect(address)
    return _local.connection


@app.post("/odk/<token>/submission")
def take(token: str):
    xml = request.files["xml_submission_file"].read()
    database = connection()
    database.execute("INSERT INTO floor_xml VALUES (%s, %s)", (secrets.token_hex(16), xml))
    database.commit()
    return Response(MESSAGE, 201, content_type="text/xml; charset=utf-8")
