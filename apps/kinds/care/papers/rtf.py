"""The text of RTF; runs in the child process only."""

import json

from striprtf.striprtf import rtf_to_text


def told(body: bytes, _number: int) -> bytes:
    """Return the words of an RTF paper, as JSON: pictures and objects in it are left out."""
    text = rtf_to_text(body.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    return json.dumps({"text": text}).encode()
