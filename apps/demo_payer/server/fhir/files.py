"""A Binary as it is given (R4 binary.html#rest): as a resource, or as the file that it holds."""

from base64 import b64decode
from typing import Any

import msgspec
from django.http import HttpResponse

from apps.demo_payer.server.fhir.outcomes import CONTENT_TYPE, OutOfScope
from apps.demo_payer.server.models import Resource

_SHAPES = ("fhir+json", "*/*")
_PADDED = "padded-to"


def given(row: Resource, accept: str) -> HttpResponse:
    """Answer a Binary; raise OutOfScope for one that the hospital holds back from apps."""
    binary: dict[str, Any] = msgspec.json.decode(bytes(row.body))
    meta = binary["meta"]
    if any(label.get("code") == "R" for label in meta.get("security", [])):
        raise OutOfScope("This document is held back from apps.")
    vast = [
        extension["valueInteger"]
        for extension in meta.get("extension", [])
        if extension["url"].endswith(_PADDED)
    ]
    if not vast and any(shape in accept for shape in _SHAPES):
        return HttpResponse(bytes(row.body), content_type=CONTENT_TYPE)
    body = b64decode(binary["data"])
    return HttpResponse(body.ljust(max(vast, default=0)), content_type=binary["contentType"])
