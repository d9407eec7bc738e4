"""What pages say of claims that came through two connections."""

import re
from typing import Any

from django.test import Client

from tests.claims.given import an_eob

ONCE = "came through two of your connections"


def page(client: Client, path: str, **query: str) -> str:
    """Return the HTML of a page."""
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(html: str) -> list[str]:
    """Return the paths of the claims of a list."""
    return re.findall(r'href="(/claims/[0-9a-f-]{36}/)" data-testid="claim-row"', html)


def result(html: str) -> str:
    """Return what a list says it comes to."""
    found = re.search(r'data-testid="result"[^>]*>([^<]*)<', html)
    assert found
    return found[1]


def of_patient(number: int) -> dict[str, Any]:
    """Return a claim that differs from others in whom it is about alone, which is not named."""
    return an_eob(1, id=f"eob-of-{number}", patient={"reference": f"Patient/{number}"})
