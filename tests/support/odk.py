"""ODK's own programs and the XML that ODK clients make, for tests of the XForm face."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

XFORMS = "{http://www.w3.org/2002/xforms}"
INSTANCE_ID = "uuid:6b0a1c1e-6f0c-4c9c-9b0e-0d4f0c1f2a3b"


def validate(xml: bytes, folder: Path) -> None:
    """Hold a form against ODK Validate (JavaRosa, the engine of ODK Collect)."""
    if shutil.which("java") is None:
        pytest.skip("ODK Validate was not run: there is no Java on this machine")
    from pyxform.validators.odk_validate import check_xform

    path = folder / "form.xml"
    path.write_bytes(xml)
    check_xform(str(path))  # raises with what Validate says


def validate_all(forms: Mapping[str, bytes], folder: Path) -> list[str]:
    """The names of the forms that ODK Validate refuses, in one run."""
    if shutil.which("java") is None:
        pytest.skip("ODK Validate was not run: there is no Java on this machine")
    from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

    paths = {}
    for index, (name, xml) in enumerate(forms.items()):
        paths[folder / f"{index}.xml"] = name
        (folder / f"{index}.xml").write_bytes(xml)
    command = ["java", "-jar", ODK_VALIDATE_PATH, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    _, _, refused = done.stderr.partition("The following files failed validation:")
    found = [paths[Path(line)] for line in refused.split() if Path(line) in paths]
    assert bool(found) == bool(done.returncode), done.stderr
    assert done.stdout.count("Xform is valid!") + len(found) == len(paths)
    return found


def blank(xml: bytes) -> ElementTree.Element:
    """The empty instance that a client starts from, with its ids."""
    root = ElementTree.fromstring(xml).find(f".//{XFORMS}instance/{XFORMS}data")
    assert root is not None
    for element in root.iter():
        if element.tag.endswith("}instanceID"):
            element.text = INSTANCE_ID
    return root


def filled(
    xml: bytes,
    texts: Mapping[str, str],
    *,
    without: Iterable[str] = (),
    meta: Mapping[str, str] = {},
) -> bytes:
    """An instance with these texts by node name; ``without`` are nodes that are not sent."""
    root = blank(xml)
    left = set(without)
    for parent in list(root.iter()):
        for child in list(parent):
            name = child.tag.rpartition("}")[2]
            if name in left:
                parent.remove(child)
            elif name in texts:
                child.text = texts[name]
            elif name == "meta":
                for key, text in meta.items():
                    ElementTree.SubElement(child, XFORMS + key).text = text
    # Names are written plain, whatever was written before in this process.
    ElementTree.register_namespace("", XFORMS.strip("{}"))
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
