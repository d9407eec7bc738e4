"""P-10: how many claims and records there are is the same on every page, in every file, and for operators."""

import json
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running
from apps.records.models import Record
from apps.sync import actions, runner
from apps.sync.models import SyncRun
from apps.takeaway import preparation
from apps.takeaway.models import Export
from tests.sync.conftest import Connect
from tests.takeaway.given import cells, content, get, sure

KINDS = ("claim", "older version of a claim", "approval in advance", "coverage",
         "original record as the plan sent it")  # fmt: skip
MANY = ("claims", "older versions of claims", "approvals in advance", "coverages",
        "original records as the plan sent them")  # fmt: skip
NONE = dict.fromkeys(KINDS, 0)
WHO = ["marisol", "gideon", "theo", "nadia"]
"""Who has older versions, an approval in advance, a second plan, and no claims yet."""


def words(client: Client, path: str) -> str:
    """Return what a page says, without its tags."""
    html = client.get(path, follow=True).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def number(text: str, pattern: str) -> int:
    """Return the number before *pattern*, 0 where it is not told."""
    match = re.search(rf"\b([\d,]+) {pattern}", text)
    return int(match[1].replace(",", "")) if match else 0


def listed(html: str) -> dict[str, int]:
    """Return what a list of what is here says, by kind."""
    items = re.findall(r"<li>\s*([\d,]+) ([^<]+)</li>", html)
    names = dict(zip(MANY, KINDS, strict=True))
    told = {names.get(name.strip(), name.strip()): int(count.replace(",", "")) for count, name in items}
    return NONE | {name: count for name, count in told.items() if name in KINDS}


def body(client: Client, form: str) -> bytes:
    """Return a file of everything, also one that a worker has to make."""
    answer = get(client, form)
    if answer.status_code == 303:
        export = Export.objects.latest("created_at")
        preparation.run(export_id=export.pk, now_fn=timezone.now)
        held = number(words(client, f"/take-along/{export.pk}/"), r"records?\.")
        export.refresh_from_db()
        assert held == export.done
        answer = client.get(f"/take-along/{export.pk}/file/")
    assert answer.status_code == 200
    return content(answer)


@pytest.mark.parametrize("username", WHO)
def test_p_10_each_demo_member_reads_the_same_numbers_everywhere(
    username: str,
    demo_payer: Running,
    connected: Connect,
    alice: Member,
    alice_client: Client,
    admin_client: Client,
) -> None:
    connection = connected(demo_payer, username)
    run = actions.start(connection=connection, now=timezone.now())
    runner.run(run_id=run.pk, now_fn=timezone.now)
    run.refresh_from_db()
    assert run.state == SyncRun.State.FINISHED
    here = listed(alice_client.get(f"/connections/{connection.pk}/disconnect/").content.decode())
    claims, older = here["claim"], here["older version of a claim"]
    assert here == {**here, **pages(alice_client, run)}
    assert here == files(sure(alice_client, alice))
    assert here == listed(alice_client.get("/account/close/").content.decode())
    assert here["original record as the plan sent it"] == Record.objects.filter(connection=connection).count()
    step = run.steps.get(resource_type="ExplanationOfBenefit")
    assert (step.received, step.set_aside) == (
        claims + older + here["approval in advance"],
        here["approval in advance"],
    )
    operators = words(admin_client, f"/admin/sync/syncrun/{run.pk}/change/")
    assert f"{step.received} " in operators
    assert receipt_of(alice_client, connection) == here


def pages(client: Client, run: SyncRun) -> dict[str, int]:
    """Return what the list and the update say, which have to agree."""
    list_, update = (words(client, path) for path in ("/claims/", f"/sync/{run.pk}/"))
    claims = number(update.partition("Done: ")[2], "claims?\\b")
    older = number(update.partition("Done: ")[2], "older versions? of (a claim|claims)")
    assert number(list_, "claims?(,|\\b)") == claims, list_[:600]
    assert number(list_, "other versions?") == older
    return {
        "claim": claims,
        "older version of a claim": older,
        "coverage": number(update.partition("Done: ")[2], "coverages?\\b"),
    }


def files(client: Client) -> dict[str, int]:
    """Return what the files hold."""
    told = json.loads(body(client, "reading"))
    current = sum(claim["is_current"] for claim in told["claims"])
    assert len(cells(body(client, "claims"))) == len(told["claims"])
    return {
        "claim": current,
        "older version of a claim": len(told["claims"]) - current,
        "approval in advance": len(told["approvals"]),
        "coverage": len(told["coverages"]),
        "original record as the plan sent it": len(json.loads(body(client, "originals"))["entry"]),
    }


def receipt_of(client: Client, connection: Connection) -> dict[str, int]:
    """Disconnect, keep the records, and return what the receipt says."""
    client.post(f"/connections/{connection.pk}/disconnect/", {"records": "keep"})
    names = dict(zip(MANY, KINDS, strict=True))
    counts = connection.member.receipts.get().counts.items()
    told = {names.get(name, name): count for name, count in counts}
    return NONE | {name: count for name, count in told.items() if name in KINDS}
