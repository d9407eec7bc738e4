"""What a page weighs on a slow line, opened for the first time: markup, styles and scripts, compressed."""

import gzip
import json
import re
from pathlib import Path

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import NOW, a_connection, save, shown
from tests.demo_payer.people_on_a_day import claims, everything

pytestmark = pytest.mark.django_db
MOST = 40_000
LOADED = re.compile(r'<(?:link rel="stylesheet" href|script[^>]* src)="/static/([^"?]+)')
HAROLD = "70420001"
AS_A_BROWSER = {"accept-encoding": "gzip", "sec-fetch-site": "none"}


def weight(client: Client, path: str) -> int:
    """Return the bytes of a page and of what it loads, each compressed as it is served."""
    answer = client.get(path, headers=AS_A_BROWSER)
    assert answer.status_code == 200, path
    loaded = set(LOADED.findall(gzip.decompress(answer.content).decode()))
    assert loaded >= {"css/tokens.css", "css/base.css", "css/components.css"}, path
    files = [Path(str(finders.find(name))).read_bytes() for name in loaded]
    return len(answer.content) + sum(len(gzip.compress(file)) for file in files)


def test_no_page_of_a_member_with_years_of_claims_weighs_more_than_forty_kilobytes(
    alice: Member, alice_client: Client
) -> None:
    about_him = [*claims(HAROLD), *(row for row in everything() if HAROLD in json.dumps(row, default=str))]
    bodies = {row["id"]: json.dumps(row, default=float).encode() for row in about_him}
    with time_machine.travel(NOW, tick=False):
        save(a_connection(alice), *bodies.values())
        years = sorted({row.entry.on.year for row in shown(alice)})
        pages = ["/", "/plans/", "/home/", "/claims/", "/care/", "/coverage/", "/account/", "/search/"]
        pages += ["/connections/", *(f"/money/{year}/" for year in years)]
        pages += [f"/claims/{row.id}/" for row in shown(alice)[::6]]
        weights = {path: weight(alice_client, path) for path in pages}
    assert len(pages) > 20
    assert {path: size for path, size in weights.items() if size > MOST} == {}
