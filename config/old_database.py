"""Refusing a database of before the mirror: its tables are others, and nothing could be read from them."""

from typing import Any, Final

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

SENTENCE: Final = (
    "This database was made by an older release and cannot be taken over. Keep it for that release, and give "
    "this one an empty database: members connect their plans again, and everything comes anew."
)


@register(Tags.database)
def is_not_from_before(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Return an error for a database with our tables from before migrations were begun anew."""
    return [
        Error(SENTENCE, id="plainclaim.E001")
        for alias in databases or ()
        if "claims_claim" in connections[alias].introspection.table_names()
    ]
