"""What a member does to leave, and what is there afterwards."""

import html
import re
from typing import Any

from django.test import Client

from apps.connections import account_closure
from apps.connections.models import Connection, Revocation
from apps.connections.tokens import Tokens, open_tokens
from apps.plans.models import Plan
from apps.plans.origins import binding
from apps.vault.boxes import box_for
from tests.connections.stub_plan import StubPlan, as_json

UP, DOWN = as_json({}), as_json({"error": "temporarily_unavailable"}, 503)


def text(page: Any) -> str:
    """Return the words of a page, blanks joined."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def end(client: Client, connection: Connection, records: str = "erase") -> Any:
    """Press one of the two buttons and return the page that follows."""
    return client.post(f"/connections/{connection.pk}/disconnect/", {"records": records}, follow=True)


def close(client: Client, phrase: str = account_closure.PHRASE) -> Any:
    """Type the phrase, press the button, and return the page that follows."""
    return client.post("/account/close/", {"phrase": phrase}, follow=True)


def tokens_of(connection: Connection) -> tuple[str, str]:
    """Return the access and the refresh token of a connection that holds some."""
    tokens = open_tokens(connection, box_for(connection.member))
    assert tokens.refresh_token
    return tokens.access_token, tokens.refresh_token


def granted(plan: Plan) -> Tokens:
    """Return tokens of the plan, whose token address is at the place of its records."""
    bound_to = binding(plan, plan.fhir_base_url)
    return Tokens(access_token="at-grant", refresh_token="rt-grant", bound_to=bound_to)


def asked_of(stub: StubPlan) -> list[tuple[str, str]]:
    """Return (hint, token) of every revocation the plan was asked for, in order."""
    return [(asked.form["token_type_hint"], asked.form["token"]) for asked in stub.requests_to("/revoke")]


def the_revocation() -> Revocation:
    """Return the only one there is, as it is now."""
    return Revocation.objects.select_related("plan").get()
