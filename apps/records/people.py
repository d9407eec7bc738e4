"""People and places that others refer to: mirrored and named, in no book."""

from apps.plain_language.language import said
from apps.records.kinds import Kind
from apps.records.naming import NAMING

PLACES = Kind(
    name="place",
    fhir_types=NAMING,
    words=(said("person or place"), said("people and places")),
    is_news=False,
)
