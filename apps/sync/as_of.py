"""Of which day the names and addresses in a claim are, by `meta.lastUpdated` (CARIN BB); pure."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from apps.plain_language.dates import date_words
from apps.plain_language.language import _


class Dated(NamedTuple):
    """A record others refer to: what it is called, and the day of its last change as written, if told."""

    name: str
    on: str | None


def sentence(on: str | None) -> str:
    """Return of which day one record is."""
    if on is None:
        return _("Your plan did not say of which day this is.")
    return _("As your plan had it on {date}.").format(date=date_words(on))


def sentences(records: Sequence[Dated], *, care_on: dt.date | None) -> tuple[str, ...]:
    """Return one sentence where all are of one day, else one for each; () where there are none.

    A record that was last changed before the care began is as it was then; one changed later may have been
    different.
    """
    days = {one.on for one in records}
    if len(days) > 1:
        return tuple(dict.fromkeys(_one(record, care_on) for record in records))
    return tuple(_all(on, care_on) for on in days)


def _is_later(on: str, care_on: dt.date) -> bool:
    return on > care_on.isoformat()[: len(on)]


def _all(on: str | None, care_on: dt.date | None) -> str:
    if on is None:
        return _("Your plan did not say of which day the names and addresses are.")
    if care_on is None:
        words = _("Names and addresses are as your plan had them on {date}.")
    elif _is_later(on, care_on):
        words = _(
            "Names and addresses are as your plan had them on {date}. That is after this care began, so they "
            "may have been different then."
        )
    else:
        words = _(
            "Names and addresses are as your plan had them when this care began; it last changed them on "
            "{date}."
        )
    return words.format(date=date_words(on))


def _one(record: Dated, care_on: dt.date | None) -> str:
    if record.on is None:
        words = _("{name}: your plan did not say of which day this is.")
    elif care_on is None:
        words = _("{name}: as your plan had it on {date}.")
    elif _is_later(record.on, care_on):
        words = _("{name}: as your plan had it on {date}, after this care began.")
    else:
        words = _("{name}: as your plan had it when this care began; last changed on {date}.")
    return words.format(name=record.name, date=date_words(record.on))
