"""The fields of our JSON as they were given out: `python -m tests.takeaway.pinning` adds the new ones."""

import json
import os
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from apps.takeaway import ours

PINNED = Path(__file__).with_name("reading-1.json")


def fields() -> dict[str, str]:
    """Return every field of the form with the JSON types it may have."""
    return {
        f"{part}.{name}": " ".join(sorted(_type(option) for option in field.get("anyOf", [field])))
        for part, schema in ours.schema()["$defs"].items()
        for name, field in schema.get("properties", {}).items()
    }


def _type(schema: dict[str, str]) -> str:
    return schema.get("type") or schema.get("$ref", "").rpartition("/")[2] or "words"


if __name__ == "__main__":
    PINNED.write_text(json.dumps(fields(), indent=1, sort_keys=True) + "\n")
