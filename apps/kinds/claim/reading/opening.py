"""The JSON of a claim, decoded once for all who ask: who it is, whom it names, what it says."""

from typing import Any

import msgspec

from apps.fhir import tolerant
from apps.kinds.claim.reading import people
from apps.kinds.claim.reading.shapes import Complete, Explanation


class Unreadable(tolerant.Unreadable):
    """This is no claim we can read."""

    sentence = "Your plan sent a claim we could not read. Nothing else is affected."


class Opened(msgspec.Struct, frozen=True, gc=False):
    """A decoded claim; `misfits` are (path, value) of what has a wrong type for its element."""

    body: bytes
    claim: Explanation
    mentions: people.Mentions
    misfits: tuple[tuple[str, Any], ...] = ()

    @property
    def id(self) -> str | None:
        """The id of the record as the plan sent it."""
        return self.claim.id


def opened(body: bytes) -> Opened:
    """Decode the JSON of one ExplanationOfBenefit; raise `Unreadable` when it is none."""
    complete = tolerant.fitting(body, Complete)
    try:
        claim, misfits = (complete, ()) if complete is not None else tolerant.sifted(body, Explanation)
    except tolerant.Hopeless as error:
        raise Unreadable(error.reason) from None
    if claim.resource_type != "ExplanationOfBenefit":
        raise Unreadable("it is not an ExplanationOfBenefit")
    return Opened(body, claim, people.mentions(claim), misfits)
