"""The draw a second time, written from survey/data/verify-a-sample.md alone.

Imports nothing of the product, so that the description is what is tested.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata


def sample_csv(frame: bytes, plan: bytes, seed: str) -> bytes:
    """The bytes that ``sample.csv`` must have."""
    members: dict[str, list[bytes]] = {}
    head, *lines = frame.decode("utf-8").rstrip("\n").split("\n")
    assert head == "pseudonym,stratum"
    for line in lines:
        comma = line.index(",")
        members.setdefault(line[comma + 1 :], []).append(line[:comma].encode("utf-8"))
    start = unicodedata.normalize("NFC", seed).encode("utf-8") + bytes([0x1F])
    out = ["stratum,role,rank,pseudonym,key,inclusion_probability"]
    strata = {each["stratum"]: each for each in json.loads(plan)["strata"]}
    for name in sorted(strata, key=lambda text: text.encode("utf-8")):
        here = strata[name]
        assert len(members[name]) == len(set(members[name])) == here["population"]
        keyed = []
        for unit in members[name]:
            number = hashlib.blake2b(start + unit, digest_size=8).digest()
            key = int.from_bytes(number, "big")
            turned = (key - int(here.get("shift", 0))) % 2**64
            keyed.append((turned, unit, key))
        keyed.sort()
        for place in range(here["n"] + here["reserve"]):
            _turned, unit, key = keyed[place]
            role = "main" if place < here["n"] else "reserve"
            share = f"{here['n']}/{here['population']}"
            out.append(f"{name},{role},{place + 1},{unit.decode()},{key:016x},{share}")
    return ("\n".join(out) + "\n").encode("utf-8")
