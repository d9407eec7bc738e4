"""Secrets stay where they belong, and words are there for every failure."""

import json

import pytest
from django.db import connection as database
from django.test import Client

from apps.accounts.models import Member
from apps.connections.errors import ConnectionFailed
from apps.connections.models import Connection, Handshake
from apps.connections.people import person_of
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from tests.connections.conftest import come_back, connect, leave
from tests.connections.stub_plan import StubPlan


def test_tokens_and_person_are_sealed_in_the_database(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-36, D-01: neither in any column of any row."""
    made = connect(alice_client, plan, stub)
    tokens = open_tokens(made, box_for(alice))
    with database.cursor() as cursor:
        everything = b""
        for model in (Connection, Handshake):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608 - a constant
            for row in cursor.fetchall():
                everything += b"|".join(
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    for value in row
                )
    assert tokens.access_token.encode() not in everything
    assert (tokens.refresh_token or "").encode() not in everything
    assert b"Rosa" not in everything
    assert b"member-1" not in everything


def test_no_secret_reaches_a_page_or_a_log_line(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-36, W-33: also at DEBUG, also when things go wrong."""
    caplog.set_level("DEBUG")
    answer = stub.sign_in(leave(alice_client, plan))
    verifiers = []
    pages = [come_back(alice_client, answer), come_back(alice_client, answer)]
    made = alice.connections.get()
    verifiers.append(stub.requests_to("/token")[0].form["code_verifier"])
    pages += [alice_client.get(path) for path in ("/connections/", f"/connections/{made.pk}/")]
    pages.append(alice_client.get(f"/connections/{made.pk}/disconnect/"))
    tokens = open_tokens(made, box_for(alice))
    secrets = [*answer.values(), *verifiers, tokens.access_token, tokens.refresh_token or "", "s3cr%t"]
    seen = "".join(page.content.decode() for page in pages)
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    for secret in secrets:
        assert secret not in seen
        assert secret not in logged
        assert secret not in json.dumps(dict(alice_client.session), default=str)
    assert "Rosa" not in logged
    own = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert "p-1" not in "\n".join(own)


def test_errors_and_rows_do_not_print_secrets(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """W-32: what a traceback would show."""
    made = connect(alice_client, plan, stub)
    tokens = open_tokens(made, box_for(alice))
    printed = f"{tokens!r} {made!r} {made} {person_of(made, box_for(alice))!r} {alice.handshakes.get()}"
    assert tokens.access_token not in printed
    assert "Rosa" not in printed


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"]
)
def test_o_37_nothing_in_the_answer_decides_where_the_member_lands(
    alice_client: Client, plan: Plan, stub: StubPlan, next_: str
) -> None:
    """O-37: no open redirect."""
    answer = {**stub.sign_in(leave(alice_client, plan)), "next": next_, "redirect_uri": next_}
    page = come_back(alice_client, answer)
    assert page.status_code == 303
    assert page["Location"].startswith("/connections/")


def test_every_failure_has_words_for_the_member() -> None:
    """What happened, whether anything is lost, and what to do."""
    kinds = ConnectionFailed.__subclasses__()
    assert len(kinds) >= 15
    for kind in kinds:
        assert kind.title and kind.sentence.endswith(".") and kind.lost and kind.next_step.endswith(".")
        assert kind.status in {200, 400, 403, 409, 429, 502, 503}
        assert not {"FHIR", "OAuth", "token"} & set(kind.sentence.split())
