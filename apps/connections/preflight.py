"""What someone is told before they leave for a plan: what it covers, what to have ready, what is asked."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from apps.connections import wording
from apps.plain_language.language import said
from apps.plans.discovery import sign_in_host
from apps.plans.models import Plan
from apps.plans.plan_sign_in import can_sign_in
from apps.plans.scopes import scopes_to_ask, shares_clinical
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


@dataclass(frozen=True)
class Preflight:
    """Everything the page says about one plan; lists are in a member's words and may be empty.

    `host` is the plan's sign-in host, "" while unknown. `is_lasting` is false where the plan's permission
    cannot be renewed without the member. `signs_in` says whether a visitor may come in with this plan.
    `has_clinical` is what the plan's own documents say: what other members met there is told to nobody.
    """

    plan: Plan
    have_ready: tuple[str, ...]
    asked: list[str]
    asks_everything: bool
    has_clinical: bool
    host: str
    is_lasting: bool
    signs_in: bool
    policy_version: str
    policy_date: date


def preflight(plan: Plan) -> Preflight:
    """Put together what is known about the plan, without asking the network."""
    quirks = plan.quirks
    is_lasting = quirks.refresh != "none"
    asked = wording.granted(" ".join(scopes_to_ask(quirks)))
    return Preflight(
        plan=plan,
        have_ready=quirks.have_ready or HAVE_READY,
        asked=[line for line in asked if is_lasting or line != wording.LASTING],
        has_clinical=shares_clinical(quirks),
        asks_everything=wording.EVERYTHING in asked,
        host=sign_in_host(plan),
        is_lasting=is_lasting,
        signs_in=can_sign_in(plan),
        policy_version=newest().version,
        policy_date=newest().day,
    )
