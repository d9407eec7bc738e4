"""What members' updates met of one type at a plan: whether it has such records, and gives them to apps."""

from typing import Final, Literal

from apps.connections.granted import NotGranted
from apps.fhir.errors import NotOffered
from apps.sync.models.runs import SyncStep

type Met = Literal["records", "empty", "refused", "not_offered"]
LOOKED_AT: Final = 3
"""In so many of the newest updates it is looked how a clinical type stands."""
NOT_THE_PLANS: Final = (NotGranted.code, "asked_once", "no_consent")
"""Problems that say something about a permission, and nothing about the plan."""


def met_of(step: SyncStep) -> Met | None:
    """Return what a step that is over met; None where it says nothing about the plan."""
    if step.state == SyncStep.State.DONE:
        return "records" if step.received else "empty"
    if step.state != SyncStep.State.REFUSED or step.problem in NOT_THE_PLANS:
        return None
    return "not_offered" if step.problem == NotOffered.code else "refused"
