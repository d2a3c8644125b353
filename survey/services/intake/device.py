"""The QR code that sets a field client up."""

from __future__ import annotations

import base64
import json
import zlib

from survey.render import qr


def settings_code(server_url: str, *, title: str, language: str) -> str:
    """The text of the QR code that sets ODK Collect or KoboCollect up.

    Source: ODK documentation, collect-import-export ("Making your own QR code").
    """
    settings = {
        "general": {
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "delete_send": False,
            "app_language": language,
        },
        "admin": {},
        "project": {"name": title},
    }
    text = json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(text, 9)).decode("ascii")


def settings_svg(server_url: str, *, title: str, language: str) -> str:
    """The same as a picture to scan from the screen."""
    return qr.svg(settings_code(server_url, title=title, language=language))
