"""Whatever is wrong on the desk has something to press or to copy."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Revocation
from apps.plans.models import Plan
from apps.sync.models import Beat, PlanPace, Refresh
from tests.accounts.test_sign_up import DOWN
from tests.desk.conftest import a_plan, connected
from tests.desk.test_doctor import BROKEN
from tests.desk.test_page import attempts

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What a request told of the proxies stays in the cache."""
    yield
    cache.clear()


def public(settings: Any) -> None:
    """Have the site be for others, and nobody say who runs it."""
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://claims.acme.org", ["claims.acme.org", "testserver"]


def late(connection: Any) -> None:
    """Have one connection of one be stuck."""
    then = timezone.now() - 5 * DAY
    Refresh.objects.create(
        connection=connection, due_at=timezone.now() - DAY, hours=24, bucket=1, succeeded_at=then
    )


def by_fewer(settings: Any) -> None:
    """Have a request come through one proxy where two are counted."""
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    Client(REMOTE_ADDR="127.0.0.1", headers={"x-forwarded-for": "203.0.113.7"}).post("/account/login/", {})


def over(settings: Any) -> None:
    """Have the certificate's day be over."""
    settings.SITE_URL = "https://127.0.0.1:1"
    Beat.objects.create(name="certificate", at=timezone.now())


BROKEN_HERE = {
    **{name.capitalize(): BROKEN[name] for name in ("workers", "queue", "backup", "disk", "keys")},
    "Mail": lambda settings, **_: (
        setattr(settings, "MAILERS", DOWN),
        Beat.objects.create(name="mail tried", at=timezone.now()),
    ),
    "Certificate": lambda settings, **_: over(settings),
    "Proxies": lambda settings, **_: by_fewer(settings),
    "Listing": lambda settings, **_: public(settings),
    "Revocations": lambda monkeypatch, **_: monkeypatch.setattr(
        Revocation.objects, "aggregate", Mock(side_effect=DatabaseError)
    ),
}  # fmt: skip
PLANS_WRONG = {
    "refused": BROKEN["invalid_client harborlight"],
    "refused, without a secret": lambda **_: (
        BROKEN["invalid_client harborlight"](),
        Plan.objects.update(own_quirks={"token_auth": "private_key_jwt"}),
    ),
    "down": lambda connection, **_: PlanPace.objects.create(plan=connection.plan, pauses=4, outages=9),
    "failing": lambda connection, **_: attempts(connection.plan, IssuerDiffers=7),
    "stuck": lambda connection, **_: late(connection),
    "unjudged": lambda **_: Plan.objects.update(own_quirks=7),
}  # fmt: skip


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("what", [*BROKEN_HERE, *PLANS_WRONG])
def test_whatever_is_wrong_has_a_button_or_a_command_to_copy(
    what: str, admin_client: Client, alice: Member, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of what may be wrong with the house said what to do, and left looking for where."""
    connection = connected(a_plan(), alice)
    break_it = (BROKEN_HERE | PLANS_WRONG)[what]
    break_it(connection=connection, alice=alice, settings=settings, monkeypatch=monkeypatch)
    page = admin_client.get("/admin/").content.decode()
    row = r"<tr role=\"row\"><td role=\"cell\"><span class=\"light light--wrong\">.*?</tr>"
    plan = r'<tbody[^>]* data-testid="plan-harborlight">.*?</tbody>'
    (html,) = re.findall(plan if what in PLANS_WRONG else row, page, re.DOTALL)
    assert "light--wrong" in html
    assert f">{what}<" in html or what in PLANS_WRONG, "and nothing else"
    assert re.search(r'<button type="submit"|<a class="button"|<code class="desk__command">', html), html
