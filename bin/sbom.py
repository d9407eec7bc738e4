"""Writes the bill of materials of what is shipped, from requirements.production.lock, as CycloneDX 1.6.

``python bin/sbom.py`` writes apps/listing/data/sbom.json; the same lock gives the same file.
"""

import re
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.production.lock"
FILE = ROOT / "apps" / "listing" / "data" / "sbom.json"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bom() -> str:
    """The bill of materials as JSON."""
    text = LOCK.read_text()
    starts = list(PINNED.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    document = Bom(
        serial_number=uuid5(NAMESPACE_URL, text),
        metadata=BomMetaData(component=_component("plainclaim", _version(), [])),
    )
    document.metadata.timestamp = None  # type: ignore[assignment]
    for match, end in zip(starts, ends, strict=True):
        digests = DIGEST.findall(text[match.end() : end])
        document.components.add(_component(match[1], match[2], digests))
    return JsonV1Dot6(document).output_as_string(indent=1) + "\n"


def _version() -> str:
    published = (ROOT / "apps" / "listing" / "published.py").read_text()
    version = re.search(r'SOFTWARE_VERSION: Final = "([^"]+)"', published)
    assert version is not None
    return version[1]


def _component(name: str, version: str, digests: list[str]) -> Component:
    kind = ComponentType.LIBRARY if digests else ComponentType.APPLICATION
    purl = PackageURL("pypi", name=name, version=version) if digests else None
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests]
    reference = f"{name}@{version}"
    return Component(name=name, version=version, type=kind, bom_ref=reference, purl=purl, hashes=hashes)


if __name__ == "__main__":
    FILE.write_text(bom())
