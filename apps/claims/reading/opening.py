"""The JSON of a claim, decoded once for all who ask: who it is, whom it names, what it says."""

from typing import Any

import msgspec

from apps.claims.reading.shapes import Complete, Explanation
from apps.fhir import tolerant


class Unreadable(tolerant.Unreadable):
    """This is no claim we can read."""

    sentence = "Your plan sent a claim we could not read. Nothing else is affected."


class Opened(msgspec.Struct, frozen=True, gc=False):
    """A decoded claim; `misfits` are (path, value) of what has a wrong type for its element."""

    body: bytes
    claim: Explanation
    misfits: tuple[tuple[str, Any], ...] = ()

    @property
    def id(self) -> str | None:
        """The id of the record as the plan sent it."""
        return self.claim.id


def opened(body: bytes) -> Opened:
    """Decode the JSON of one ExplanationOfBenefit; raise `Unreadable` when it is none."""
    complete = tolerant.fitting(body, Complete)
    if complete is not None:
        found = Opened(body, complete)
    else:
        try:
            found = Opened(body, *tolerant.sifted(body, Explanation))
        except tolerant.Hopeless as error:
            raise Unreadable(error.reason) from None
    if found.claim.resource_type != "ExplanationOfBenefit":
        raise Unreadable("it is not an ExplanationOfBenefit")
    return found
