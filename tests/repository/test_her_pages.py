"""Every page of hers at once: no cache keeps it, its address tells nothing, its forms want a token."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.test import Client

from apps.accounts.models import Member
from apps.sync.models import SyncRun
from tests.claims import made
from tests.fhir.stub import Stub, bundle
from tests.repository.test_ownership import HERS, Page, bring, connection, door, gathered, owner, stub
from tests.sync.conftest import COVERAGE, ORGANIZATION, PATIENT, PRACTITIONER
from tests.takeaway.given import sure

__all__ = ["bring", "connection", "door", "owner", "stub"]
OF_A_PLAN = ("eob-1", "eob-2", "cov-1", "Patient/")
"""How the plan calls her records."""
HOSTILE = (
    '<img src="x" onerror="1"><a href="https://evil.example/">canary</a> https://evil.example/ javascript:1'
)
WORDS = {"display", "text", "name", "family", "given", "description", "title", "subscriberId"}


def test_w_09_w_29_w_34_no_page_is_kept_no_address_tells_of_her_and_no_form_works_without_its_token(
    owner: Client, alice: Member
) -> None:
    """W-09: of what is public no copy that she gets either; pictures are everybody's.

    W-29: every form that posts. W-34: after a question mark stand numbers made here, days, and words of ours.
    """
    known, forms, _ = gathered(owner, alice)
    assert len(known) > 80 and len(forms) > 25
    private = [address for address in sorted(known - {"/account/logout/"}) if not address.endswith(".png")]
    kept = [address for address in private if "no-store" not in owner.get(address).get("Cache-Control", "")]
    assert kept == []
    sent = {value for address in known for _, value in parse_qsl(urlsplit(address).query, True)}
    sent |= {value for method, _, fields in forms if method == "get" for value in fields.values()}
    told = " ".join(map(unquote, sent))
    assert len(sent) > 20
    assert [needle for needle in (*HERS, *OF_A_PLAN, str(alice.pk)) if needle in told] == []
    bare = Client(enforce_csrf_checks=True)
    bare.cookies = owner.cookies
    posts = [
        (address, fields | {"csrfmiddlewaretoken": ""})
        for method, address, fields in forms
        if method == "post"
    ]
    assert [address for address, fields in posts if bare.post(address, fields).status_code != 403] == []


def spoilt(value: Any, key: str = "") -> Any:
    """The same with markup and an address in every text of it, and beside every code."""
    if isinstance(value, dict):
        said = {"text": HOSTILE} if "coding" in value else {}
        return {name: spoilt(inner, name) for name, inner in (value | said).items()}
    if isinstance(value, list):
        return [spoilt(inner, key) for inner in value]
    return HOSTILE if isinstance(value, str) and key in WORDS else value


def test_w_22_w_23_on_no_page_a_text_of_a_plan_is_markup_or_a_link(
    alice: Member, alice_client: Client, stub: Stub, bring: Callable[..., SyncRun]
) -> None:
    """W-22, W-23: a claim, an approval, a card and those they name, through a whole update."""
    claim = made.visit(id="eob-1", patient={"reference": "Patient/alice"}, provider={"display": "x"})
    claim["processNote"] = [{"number": 1, "text": "x"}]
    asked = {**claim, "id": "eob-2", "use": "preauthorization"}
    stub.on("ExplanationOfBenefit", bundle(spoilt(claim), spoilt(asked)))
    stub.on(
        "Coverage", bundle(spoilt(COVERAGE | {"subscriberId": "x", "class": [{"name": "x", "value": "1"}]}))
    )
    stub.on("Organization", bundle(spoilt(ORGANIZATION)))
    stub.on("Practitioner", bundle(spoilt(PRACTITIONER)))
    stub.on("Patient/alice", spoilt(PATIENT))
    assert bring().state == SyncRun.State.FINISHED
    known, _, said = gathered(sure(alice_client, alice), alice)
    assert {"claims", "coverage", "connections"} <= {address.split("/")[1] for address in known}
    assert [
        part
        for part in ('<img src="x"', 'onerror="1', '<a href="https://evil', "<a href='https://evil")
        if part in said
    ] == []
    assert said.count("&lt;img src=") > 20, "they stand there as words"
    links = Page(said, "/").links
    assert [link for link in links if "evil.example" in unquote(link) or "javascript:" in link] == []
