"""A launch from a plan's own pages (O-30)."""

import html
import logging
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import handshakes, launches, limits
from apps.connections.models import Attempt, Handshake
from apps.plans.discovery import discover
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from config.logs import masked
from tests.connections.conftest import YES
from tests.connections.stub_plan import StubPlan
from tests.quirks import set_quirks
from tests.registered import registered

SECRET = "launch-value-7f3a"


def arrive(client: Client, plan: Plan, launch: str = SECRET) -> str:
    """Follow the portal's link; return the address of the page before leaving."""
    answer = client.get("/launch", {"iss": plan.fhir_base_url, "launch": launch})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def handle_of(address: str) -> str:
    """Return what stands for the launch in the address."""
    return parse_qs(urlsplit(address).query)["launch"][0]


def launch_kept(member: Member) -> str:
    """Return the launch value of the member's newest trip."""
    handshake = member.handshakes.latest("created_at")
    sealed = box_for(member).open(handshake, "sealed_secrets")
    return str(handshakes.json.loads(sealed)["launch"])


def nothing_started(stub: StubPlan) -> bool:
    """Whether nobody was asked and nothing is under way."""
    return not stub.asked and not Handshake.objects.exists() and not Attempt.objects.exists()


BAD = {
    "another server": "iss=https://evil.example.com/fhir&launch=x",
    "no iss": "launch=x",
    "no launch": "iss={base}",
    "nothing": "",
    "empty iss": "iss=&launch=x",
    "empty launch": "iss={base}&launch=",
    "blank launch": "iss={base}&launch=%20%20",
    "iss twice": "iss={base}&iss={base}&launch=x",
    "iss twice, one evil": "iss={base}&iss=https://evil.example.com&launch=x",
    "launch twice": "iss={base}&launch=x&launch=y",
    "a longer path": "iss={base}/more&launch=x",
    "a shorter path": "iss={origin}&launch=x",
    "another spelling": "iss={upper}&launch=x",
    "user info": "iss=http://u:p@127.0.0.1:9/fhir&launch=x",
    "two slashes": "iss={base}//&launch=x",
    "a query": "iss={base}%3Fa%3Db&launch=x",
    "a file": "iss=file:///etc/passwd&launch=x",
    "the cloud": "iss=http://169.254.169.254/latest&launch=x",
    "a zero byte": "iss={base}%00&launch=x",
    "a zero byte in launch": "iss={base}&launch=a%00b",
    "a new line in launch": "iss={base}&launch=a%0d%0aSet-Cookie:%20b",
    "not utf-8": "iss={base}&launch=%ff%00",
    "too long": "iss={base}&launch=" + "x" * (launches.LONGEST + 1),
    "too long once written in an address": "iss={base}&launch=" + "%C3%A9" * 400,
    "an iss too long": "iss={base}" + "x" * 600 + "&launch=x",
}


def test_o_30_a_launch_that_is_not_of_a_known_plan_is_refused_and_nobody_is_asked(
    client: Client, alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-30: 400 and 0 outbound requests, whoever looks."""
    base, upper = quote(plan.fhir_base_url, safe=""), plan.fhir_base_url.replace("fhir", "FHIR")
    for name, query in BAD.items():
        cache.clear()  # of how many came from here
        for browser in (client, alice_client):
            answer = browser.get(f"/launch?{query.format(base=base, origin=stub.origin, upper=upper)}")
            assert answer.status_code == 400, name
            assert b"We do not know where this link comes from" in answer.content
            assert b"On your plan" not in answer.content, "no plan is known to be to blame"
            assert b"evil.example.com" not in answer.content
            assert launches.SESSION_KEY not in browser.session
    assert nothing_started(stub)


def test_o_30_a_plan_that_cannot_be_connected_cannot_be_launched(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-30: the directory holds many servers nobody has vouched for."""
    for values in (
        {"status": "paused"},
        {"status": "unconfirmed"},
        {"is_listed": False},
        {"registration": None},
    ):
        Plan.objects.filter(pk=plan.pk).update(**{"status": "confirmed", "is_listed": True} | values)
        answer = alice_client.get("/launch", {"iss": plan.fhir_base_url, "launch": "x"})
        assert answer.status_code == 400
    assert nothing_started(stub)


@pytest.mark.parametrize(("stored", "sent"), [("", "/"), ("/", "")])
def test_o_30_one_slash_at_the_end_of_iss_makes_no_difference(
    alice_client: Client, plan: Plan, stored: str, sent: str
) -> None:
    """O-30: portals and payers disagree about it, and it is the same server and path."""
    base = plan.fhir_base_url
    Plan.objects.filter(pk=plan.pk).update(fhir_base_url=base + stored)
    answer = alice_client.get("/launch", {"iss": base + sent, "launch": "x"})
    assert answer.status_code == 302
    assert b'data-testid="launched"' in alice_client.get(answer["Location"]).content


def test_o_30_a_launch_starts_nothing_by_itself(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-30: it ends on the page before leaving, whose button and yes are needed as ever."""
    address = arrive(alice_client, plan)
    page = alice_client.get(address)
    assert page.status_code == 200
    assert b"You came here by a link that names this plan" in page.content
    assert b"your plan\xe2\x80\x99s own pages" not in page.content, "anybody can write such a link"
    assert b'data-testid="launch-over"' not in page.content
    assert nothing_started(stub)
    again = alice_client.post("/connections/begin/harborlight/", {"launch": handle_of(address)})
    assert b"Nothing was started" in again.content
    assert nothing_started(stub)


def test_o_30_the_value_goes_along_unchanged_once_the_member_has_agreed(
    alice_client: Client, alice: Member, plan: Plan
) -> None:
    """O-30, O-05: opaque, so also with signs that mean something elsewhere."""
    value = "a+b/c=&d?e#%20 <f>'\"" + "é" * 20
    value += "x" * (launches.LONGEST - len(quote(value, safe="")))
    address = arrive(alice_client, plan, value)
    page = alice_client.post("/connections/begin/harborlight/", {"launch": handle_of(address), **YES})
    assert launch_kept(alice) == value
    (url,) = re.findall(r'href="([^"]+)" rel="noreferrer"', page.content.decode())
    sent = parse_qs(urlsplit(html.unescape(url)).query)
    assert sent["launch"] == [value]
    assert "launch" in sent["scope"][0].split()


def test_smart_133_no_request_to_sign_in_is_longer_than_every_server_takes(
    alice_client: Client, plan: Plan
) -> None:
    """@133: so none has to be a POST. What an operator may enter at its longest, and the longest launch."""
    long_path = "x" * 400
    Plan.objects.filter(pk=plan.pk).update(
        registration=registered("\u00e9" * 255),
        fhir_base_url=f"https://plan.example.com/{long_path}",
        authorize_url=f"https://plan.example.com/{long_path}?tenant=7",
        token_url="https://plan.example.com/t",
    )
    asked = ["openid", "fhirUser", "launch/patient", "patient/*.read", "user/*.read", "offline_access"]
    set_quirks(scope_style="types_v2", scopes=asked)
    plan.refresh_from_db()
    address = arrive(alice_client, plan, "+" * (launches.LONGEST // 3))
    page = alice_client.post("/connections/begin/harborlight/", {"launch": handle_of(address), **YES})
    (url,) = re.findall(r'href="([^"]+)" rel="noreferrer"', page.content.decode())
    url = html.unescape(url)
    assert len(parse_qs(urlsplit(url).query)["launch"][0]) == launches.LONGEST // 3
    assert len(url) < 8000 - 1000  # RFC 9110 section 4.1, and room for scopes of a plan's own


def test_o_30_a_launch_serves_once(alice_client: Client, alice: Member, plan: Plan) -> None:
    """O-30: the second trip is an ordinary one, and the page says that the link has run out."""
    address = arrive(alice_client, plan)
    sent = {"launch": handle_of(address), **YES}
    alice_client.post("/connections/begin/harborlight/", sent)
    assert b'data-testid="launch-over"' in alice_client.get(address).content
    alice_client.post("/connections/begin/harborlight/", sent)
    assert launch_kept(alice) == ""


def test_o_30_a_launch_is_of_one_plan_and_one_browser(
    alice_client: Client, alice: Member, bob_client: Client, bob: Member, plan: Plan
) -> None:
    """O-30: the handle means nothing elsewhere."""
    other = Plan.objects.create(
        slug="other", name="Other", fhir_base_url="https://o.example.com/f", registration=registered("x"),
        own_quirks={"token_auth": "none"},
        authorize_url="https://o.example.com/a", token_url="https://o.example.com/t",
    )  # fmt: skip
    sent = {"launch": handle_of(arrive(alice_client, plan)), **YES}
    alice_client.post(f"/connections/begin/{other.slug}/", sent)
    assert launch_kept(alice) == ""
    bob_client.post("/connections/begin/harborlight/", sent)
    assert launch_kept(bob) == ""


def test_o_30_a_launch_runs_out(alice_client: Client, plan: Plan, now: Any) -> None:
    """O-30: half an hour, enough to make an account on the way."""
    session: dict[str, Any] = {}
    launch = launches.Launch(plan.fhir_base_url, "x")
    handle = launches.remember(session, launch, now=now)
    in_time, too_late = now + timedelta(minutes=29), now + timedelta(minutes=31)
    assert launches.recall(session, handle, plan, now=in_time) == "x"
    assert launches.recall(session, handle, plan, now=too_late) == ""
    for _ in range(launches.MOST_AT_ONCE):
        launches.remember(session, launch, now=now)
    assert launches.recall(session, handle, plan, now=now) == "", "a session does not fill up"


def test_o_30_a_visitors_launch_survives_signing_in(client: Client, alice: Member, plan: Plan) -> None:
    """O-30: `next` leads back to the page before leaving, and the launch is still there."""
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    page = client.get(arrive(client, plan))
    (there,) = re.findall(r'href="(/account/login/[^"]+)"[^>]*>I have one', page.content.decode())
    answer = client.post(html.unescape(there), {"login": alice.email, "password": "a long password of alice"})
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(answer["Location"])
    assert b'data-testid="launched"' in page.content
    (handle,) = re.findall(r'name="launch" value="([^"]+)"', page.content.decode())
    client.post("/connections/begin/harborlight/", {"launch": handle, **YES})
    assert launch_kept(alice) == SECRET


def test_o_30_where_several_plans_share_a_server_the_member_says_which(
    alice_client: Client, alice: Member, plan: Plan
) -> None:
    """O-30: one vendor serves many plans at one base (facts: payers.md, 1upHealth)."""
    plan.pk, plan.slug, plan.name = None, "lakeside", "Lakeside Care"
    plan._state.adding = True
    plan.save()
    page = alice_client.get("/launch", {"iss": plan.fhir_base_url, "launch": SECRET})
    assert page.status_code == 200
    assert page.content.count(b'data-testid="plan-row"') == 2
    assert SECRET.encode() not in page.content
    (door,) = re.findall(r'href="(/connections/begin/lakeside/[^"]+)"', page.content.decode())
    alice_client.post("/connections/begin/lakeside/", {"launch": handle_of(door), **YES})
    assert launch_kept(alice) == SECRET


def test_o_30_no_page_address_log_line_or_referrer_carries_the_value(
    client: Client, plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-30, W-33, W-34: only the portal's own link holds it; it is left at once, with no referrer."""
    discover(plan, now=timezone.now())
    caplog.set_level(logging.DEBUG)
    first = client.get("/launch", {"iss": plan.fhir_base_url, "launch": SECRET})
    assert first["Referrer-Policy"] == "no-referrer"
    assert "no-store" in first["Cache-Control"]
    assert SECRET not in first["Location"]
    for address in (first["Location"], "/connections/begin/harborlight/"):
        assert SECRET.encode() not in client.get(address).content
    refused = client.get("/launch", {"iss": "https://evil.example.com", "launch": SECRET})
    assert SECRET.encode() not in refused.content
    assert SECRET not in caplog.text
    assert masked(f'"GET /launch?iss=https://a.example.com&launch={SECRET} HTTP/1.1"').count(SECRET) == 0


def test_o_30_launches_from_one_address_are_limited(client: Client, plan: Plan, few: None) -> None:
    """W-18."""
    for _ in range(3):
        arrive(client, plan)
    assert client.get("/launch", {"iss": plan.fhir_base_url, "launch": "x"}).status_code == 429
    assert client.post("/launch", {"iss": plan.fhir_base_url, "launch": "x"}).status_code == 405


@pytest.fixture
def few(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three launches from one address be the most."""
    monkeypatch.setattr(limits, "MOST_IN_A_WINDOW", 3)


def refused_one(addresses: list[str]) -> bool:
    """Whether launches from all of these are one too many for somebody."""
    client = Client()
    pages = [client.get("/launch", {"iss": "x", "launch": "y"}, REMOTE_ADDR=address) for address in addresses]
    return 429 in [page.status_code for page in pages]


@pytest.mark.parametrize("address", ["::ffff:1.2.{}.3", "1.2.{}.3", "2001:db8:1:{}::1"])
def test_w_18_people_at_different_addresses_are_counted_apart(few: None, address: str) -> None:
    """W-18: IPv4 written the IPv6 way (RFC 4291 section 2.5.5.2) is not one network of everybody."""
    assert not refused_one([address.format(number) for number in range(8)])


@pytest.mark.parametrize("address", ["::ffff:1.2.3.4", "::ffff:102:304", "1.2.3.4", "2001:db8:1:1::{}"])
def test_w_18_one_network_is_one(few: None, address: str) -> None:
    """W-18: however the address is written."""
    spelled = [address.format(number) for number in range(3)]
    assert refused_one([*spelled, "1.2.3.4" if "ffff" in address else address.format("beef")])
