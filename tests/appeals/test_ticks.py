"""A site on which nobody compared the rules yet: what its operator is told, and what its members read."""

import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.appeals import rules
from apps.appeals.models import CheckedRule
from apps.desk.findings import Level
from apps.desk.looks import appeals
from tests.appeals.test_views import refused, tick, told
from tests.claims.given import NOW, a_connection, save, shown
from tests.conftest import by_passkey, page

pytestmark = pytest.mark.usefixtures("november_2026")
COUNTING = sum(rule.period is not None for rule in rules.rules())


def test_a_fresh_site_says_which_rows_wait_and_each_is_ticked_by_one_press(db: None) -> None:
    """Nothing said that no member is told a last day before the rows are compared; each took a form."""
    client = by_passkey(Member.objects.create_superuser("operator@example.com", "a long password of theirs"))
    [finding] = appeals(NOW)
    assert finding.level == Level.WARNING
    assert f"{COUNTING} of the {COUNTING} rules that count days to appeal wait" in finding.says
    assert "no last day" in html_of(client, "/admin/"), "it stands on the desk"
    review = html_of(client, finding.link)
    first = re.search(r'<form method="post" action="([^"]+)">.*?</form>', review, re.DOTALL)
    assert first is not None
    fields = dict(re.findall(r'name="(rule|checked_on|page)"(?:[^>]*?) value="([^"]*)"', first[0]))
    assert fields == {
        "rule": "employer-appeal",
        "checked_on": NOW.date().isoformat(),
        "page": "https://www.ecfr.gov/current/title-29/section-2560.503-1",
    }
    assert client.post(first[1], fields).status_code == 302
    assert CheckedRule.objects.keys(today=NOW.date()) == {"employer-appeal"}
    CheckedRule.objects.update(version="as it was before")
    again = re.search(
        r'action="([^"]+)">[^/]*?name="rule" value="employer-appeal"', html_of(client, finding.link)
    )
    assert again is not None and again[1].endswith("/change/"), "a tick that is over is renewed"
    assert client.post(again[1], fields).status_code == 302
    assert CheckedRule.objects.keys(today=NOW.date()) == {"employer-appeal"}
    tick(*(rule.key for rule in rules.rules() if rule.key != "employer-appeal"))
    assert [finding.level for finding in appeals(NOW)] == [Level.OK]


def html_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_where_no_day_is_told_the_page_says_why_and_which_paper_to_look_at(
    alice: Member, alice_client: Client
) -> None:
    save(a_connection(alice), refused())
    address = f"/claims/{shown(alice)[0].id}/appeal/"
    facts = {"letter_on": "2026-11-20", "kind": "employer"}
    alice_client.post(f"{address}letter/", facts)
    html = page(alice_client, address)
    assert "nobody who runs this site has compared this rule" in told(html, "until")
    assert "a letter of denial, or its Explanation of Benefits" in told(html, "paper")
    alice_client.post(f"{address}letter/", facts | {"kind": "medicare"})
    assert "Medicare Summary Notice" in told(page(alice_client, address), "paper")
    tick("medicare-appeal")
    html = page(alice_client, address)
    assert 'data-testid="left"' in html
    assert 'data-testid="paper"' not in html
