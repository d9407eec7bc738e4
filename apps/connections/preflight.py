"""What someone is told before they leave for a plan: what it covers, what to have ready, what is asked."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from django.core.exceptions import ObjectDoesNotExist

from apps.connections import wording
from apps.plain_language.language import said
from apps.plans.discovery import sign_in_host
from apps.plans.models import Plan
from apps.plans.scopes import scopes_to_ask, shares_clinical
from apps.plans.signing_in import can_sign_in
from config.policies import newest

HAVE_READY: Final = (
    said("Your member card: some plans ask for the member number on it."),
    said(
        "Your user name and password for the plan's own website. If you have none yet, you can usually make "
        "an account on its sign-in page."
    ),
    said("The phone or e-mail address your plan has on file: it may send you a code."),
)
"""What plans in general ask for, where nobody wrote down what this one asks for."""

type Clinical = Literal["none", "shared", "claims_only", "unknown"]
"""What is known of a plan's clinical records: it has none by its own documents, members here met some,
members here asked and met none, or nobody knows yet."""


@dataclass(frozen=True)
class Preflight:
    """Everything the page says about one plan; lists are in a member's words and may be empty.

    `host` is the plan's sign-in host, "" while unknown. `is_lasting` is false where the plan's permission
    cannot be renewed without the member. `signs_in` says whether a visitor may come in with this plan.
    """

    plan: Plan
    kinds: list[str]
    states: list[str]
    have_ready: tuple[str, ...]
    asked: list[str]
    asks_everything: bool
    clinical: Clinical
    host: str
    is_lasting: bool
    signs_in: bool
    policy_version: str
    policy_date: date


def clinical(plan: Plan) -> Clinical:
    """What is known of the plan's clinical records, from its documents and from what members here met."""
    if not shares_clinical(plan.quirks):
        return "none"
    met: dict[str, str] = {}
    with suppress(ObjectDoesNotExist):  # nobody was ever asked
        met = {name: known["state"] for name, known in plan.pace.met.items()}
    if "records" in met.values():
        return "shared"
    return "claims_only" if met else "unknown"


def preflight(plan: Plan) -> Preflight:
    """Put together what is known about the plan, without asking the network."""
    quirks = plan.quirks
    is_lasting = quirks.refresh != "none"
    asked = wording.granted(" ".join(scopes_to_ask(quirks)))
    return Preflight(
        plan=plan,
        kinds=plan.kind_names,
        states=plan.state_names,
        have_ready=quirks.have_ready or HAVE_READY,
        asked=[line for line in asked if is_lasting or line != wording.LASTING],
        clinical=clinical(plan),
        asks_everything=wording.EVERYTHING in asked,
        host=sign_in_host(plan),
        is_lasting=is_lasting,
        signs_in=can_sign_in(plan),
        policy_version=newest().version,
        policy_date=newest().day,
    )
