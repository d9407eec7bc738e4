"""Published claims of payers, read in place and byte for byte; never copied into the repository."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

FOLDERS = (
    *("carin-bb-1.1.0", "carin-bb-2.2.0", "carin-connectathon", "cms-ab2d", "cms-bb2-python-sdk"),
    *("cms-bfd-v2", "davinci-pdex", "hl7-r4-core-examples", "synthea-smart-sample"),
)
"""Every folder that holds claims."""


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"{}")


class File(msgspec.Struct):
    """A published file: a bundle, or one record."""

    resourceType: str = ""
    entry: list[_Entry] = []


class _Type(msgspec.Struct):
    resourceType: str = ""


def claims(shared: Path, folder: str) -> Iterator[tuple[str, bytes]]:
    """Return (file name, exact JSON) of every ExplanationOfBenefit in a folder, inside bundles too."""
    for path in sorted((shared / "fhir" / folder).glob("*.json")):
        body = path.read_bytes()
        file = msgspec.json.decode(body, type=File)
        bodies = (
            [body]
            if file.resourceType == "ExplanationOfBenefit"
            else [bytes(one.resource) for one in file.entry]
        )
        for one in bodies:
            if msgspec.json.decode(one, type=_Type).resourceType == "ExplanationOfBenefit":
                yield path.name, one
