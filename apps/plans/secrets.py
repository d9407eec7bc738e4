"""The client secret we hold at a plan: sealed with the house key, opened only to speak to that plan."""

from apps.plans.models import Plan
from apps.vault.boxes import house_box

COLUMN = "sealed_client_secret"


def seal_client_secret(plan: Plan, text: str) -> None:
    """Put the sealed secret on the row (the caller saves it); an empty text removes it."""
    plan.sealed_client_secret = house_box().seal(plan, COLUMN, text.encode()) if text else None


def client_secret(plan: Plan) -> str | None:
    """The secret in clear, or None when there is none. Raises vault SealBroken when it was tampered with."""
    if not plan.sealed_client_secret:
        return None
    return house_box().open(plan, COLUMN).decode()
