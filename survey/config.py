"""The settings of one installation, read from the environment once, at the door.

What belongs to a study (margins, cut-offs, minimum cells) stands in its plan and scheme, not here.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from cryptography.fernet import Fernet


def _setting(variable: str, default: str, meaning: str):
    return field(metadata={"variable": variable, "default": default, "meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, with its environment variable, default and meaning (README shows them)."""

    instance_dir: Path = _setting(
        "SURVEY_INSTANCE", "instance", "Folder for the database, keys and documents"
    )
    database_url: str = _setting(
        "DATABASE_URL", "sqlite in the instance folder", "SQLAlchemy address of the database"
    )
    public_url: str = _setting(
        "PUBLIC_URL", "http://HOST:PORT", "Address that QR codes and links point to"
    )
    host: str = _setting("HOST", "127.0.0.1", "Address the server listens on")
    port: int = _setting("PORT", "8000", "Port the server listens on")
    threads: int = _setting("THREADS", "8", "Threads of the embedded server")
    secret_key: str = _setting(
        "SECRET_KEY", "made once in the instance folder", "Signs cookies and form tokens"
    )
    code_key: str = _setting(
        "CODE_KEY", "made once in the instance folder", "Key of the digests of one-time codes"
    )
    contact_key: str = _setting(
        "CONTACT_KEY", "made once in the instance folder", "Fernet key that encrypts contacts"
    )
    release_key: str = _setting(
        "RELEASE_KEY",
        "made once in the instance folder",
        "Ed25519 key that signs releases, 64 hexadecimal digits",
    )
    secure_cookies: bool = _setting(
        "SECURE_COOKIES", "on when PUBLIC_URL is https", "Send cookies over HTTPS only"
    )
    trusted_proxies: int = _setting(
        "TRUSTED_PROXIES", "0", "Number of reverse proxies whose X-Forwarded-* headers are believed"
    )
    ratelimit_storage: str = _setting(
        "RATELIMIT_STORAGE", "memory://", "Where rate limits are counted (several processes: Redis)"
    )
    scanner_command: str = _setting(
        "SCANNER_COMMAND",
        "none",
        "Virus scanner of uploads: reads a file on standard input, exits 0 clean, 1 infected",
    )
    log_level: str = _setting("LOG_LEVEL", "INFO", "Lowest level that is logged")

    def environment(self) -> dict[str, str]:
        """The variables from which another process reads the same settings."""
        return {f.metadata["variable"]: str(getattr(self, f.name)) for f in fields(self)}

    @property
    def code_key_bytes(self) -> bytes:
        """The key as the keyed hash takes it: 32 bytes, however long the text is."""
        return hashlib.sha256(self.code_key.encode()).digest()

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; keys that are not given are made once and kept in the instance."""
        env = os.environ if env is None else env
        instance = Path(env.get("SURVEY_INSTANCE", "instance")).resolve()
        keys = _Keys(instance / "keys.json", env)
        host, port = env.get("HOST", "127.0.0.1"), int(env.get("PORT", "8000"))
        public_url = env.get("PUBLIC_URL", f"http://{host}:{port}").rstrip("/")
        return cls(
            instance_dir=instance,
            database_url=env.get("DATABASE_URL", f"sqlite:///{instance / 'survey.db'}"),
            public_url=public_url,
            host=host,
            port=port,
            threads=int(env.get("THREADS", "8")),
            secret_key=keys.get("SECRET_KEY"),
            code_key=keys.get("CODE_KEY"),
            contact_key=keys.get("CONTACT_KEY"),
            release_key=keys.get("RELEASE_KEY"),
            secure_cookies=_flag(env.get("SECURE_COOKIES"), public_url.startswith("https:")),
            trusted_proxies=int(env.get("TRUSTED_PROXIES", "0")),
            ratelimit_storage=env.get("RATELIMIT_STORAGE", "memory://"),
            scanner_command=env.get("SCANNER_COMMAND", "").strip(),
            log_level=env.get("LOG_LEVEL", "INFO").upper(),
        )


def table() -> list[tuple[str, str, str]]:
    """(variable, default, meaning) of each setting, in order."""
    return [
        (m["variable"], m["default"], m["meaning"]) for m in (f.metadata for f in fields(Settings))
    ]


def _flag(text: str | None, default: bool) -> bool:
    return default if text is None else text.strip().lower() in {"1", "true", "yes", "on"}


class _Keys:
    """Secrets from the environment, else from a private file made at first need."""

    makers = {
        "SECRET_KEY": lambda: secrets.token_hex(32),
        "CODE_KEY": lambda: secrets.token_hex(32),
        "CONTACT_KEY": lambda: Fernet.generate_key().decode(),
        "RELEASE_KEY": lambda: secrets.token_hex(32),
    }

    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        self.path, self.env = path, env

    def get(self, name: str) -> str:
        if self.env.get(name):
            return self.env[name]
        kept = self._kept()
        # An instance from before this key was needed gets it now.
        return kept[name] if name in kept else self._added(name)

    def _kept(self) -> dict[str, str]:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._draft({name: make() for name, make in self.makers.items()})
            # Linked into place: of two processes that start together, both read the same keys.
            try:
                os.link(draft, self.path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return json.loads(self.path.read_text(encoding="utf-8"))

    def _added(self, name: str) -> str:
        """A further key: first come, first kept, in a file that one process alone can make."""
        path = self.path.with_name(f"{name.lower()}.json")
        draft = self._draft({name: self.makers[name]()})
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return json.loads(path.read_text(encoding="utf-8"))[name]

    def _draft(self, content: dict[str, str]) -> Path:
        draft = self.path.with_name(f"keys.{os.getpid()}.tmp")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content, indent=1), encoding="utf-8")
        return draft
