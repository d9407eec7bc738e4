"""The invented members of Harborlight Health, the demo payer, and everything it knows about them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from apps.demo_payer.people import clinical, payer
from apps.demo_payer.people.cast import everyone
from apps.demo_payer.people.coding import Json, to_json
from apps.demo_payer.people.stories import chronic, denied, dental, family, hospital, long_history, quiet

__all__ = ["GENERATOR_VERSION", "everyone", "resources", "to_json"]

# Raise it whenever the output of the same day changes: whoever keeps a copy compares it, and renews.
GENERATOR_VERSION = "7"

_STORIES = (family, chronic, hospital, dental, denied, quiet, long_history)


def resources(today: date | None = None) -> Iterator[Json]:
    """Every FHIR R4 resource of the demo payer, as plain dicts with Decimal amounts (see `to_json`).

    `today` (default: the current day in UTC) is the day the payer stands at: nothing later has happened yet.
    The same day always gives the same resources; a claim keeps its id from day to day within a calendar year.
    """
    day = today or datetime.now(UTC).date()
    yield from payer.resources()
    for person in _STORIES:
        story = list(person.story(day))
        chart = clinical.Chart(day, story)
        for resource in story:
            yield resource
            yield from chart.beside(resource)
    yield from clinical.once(day)
