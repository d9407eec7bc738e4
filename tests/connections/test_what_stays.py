"""What stays once a plan is erased or an account closed, table by table: what the privacy policy names."""

from collections import Counter
from datetime import datetime
from html import unescape
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import support_codes
from apps.accounts.models import Member
from apps.audit.models import AuditEntry
from apps.connections.models import Connection, Handshake, Identity
from apps.listing.policies import text_of
from apps.plans.models import Plan
from apps.records import remarks
from apps.records.activity import Activity
from apps.records.models import Remark
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.sync.models import Refresh, SyncRun
from apps.takeaway import actions as takeaway
from apps.takeaway.models import Export
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, an_eob, path_of, save
from tests.conftest import by_passkey, signed_in
from tests.connections.conftest import connect
from tests.connections.everything import rows, tables_with
from tests.connections.leaving import close, end
from tests.connections.stub_plan import StubPlan
from tests.connections.test_acts import operate, press
from tests.connections.test_closing import names_of
from tests.overview.test_household import made as made_for
from tests.overview.test_household import say

STAYS = {
    "connections_receipt": "a receipt",
    "connections_revocation": "whether the plan confirmed",
    "connections_attempt": "how far each try came, without whose it was",
    "accounts_consent": "what was agreed to for the plan",
    "accounts_securityevent": "lines of what happened, for a year",
    "records_activity": "the days on which records were read, for a year",
    "connections_identity": "that one signs in with the plan",
    "records_remark": "settings of the member's own (`SETTINGS`)",
}
"""What the policy's sentences about erasing say stays, by the table it stands in."""
SETTINGS = {
    Topic.AGREED: "which person on your plans you are",
    Topic.HOLDER: "which person on your plans you are",
    Topic.HIDDEN: "how sensitive care and new test results are to be shown here",
    Topic.ASKS: "how sensitive care and new test results are to be shown here",
    Topic.SHARED: "and given to others",
}
"""What is said that belongs to no plan, in the words of the policy."""
NO_WORD_OF_A_PLAN = {"django_session", "accounts_sessionname", "accounts_opensession", "accounts_cacheentry"}
"""Of being signed in."""
QUEUE = "django_tasks_database_dbtaskresult"
HOW_OLD_THE_NEWS_IS = "sync_lastvisit"


def sizes() -> Counter[str]:
    """Return how many rows each table has."""
    return Counter(table for table, _row in rows())


def fill(connection: Connection, now: datetime) -> list[type[models.Model]]:
    """Have a row of every kind that points to a connection; return the kinds."""
    run = SyncRun.objects.create(
        member=connection.member, connection=connection, created_at=now, next_try_at=now, queued_at=now
    )
    export = Export.objects.create(
        member=connection.member, format="json", created_at=now, queued_at=now, expires_at=now
    )
    known: dict[type[models.Model], Any] = {SyncRun: run, Export: export, Member: connection.member}
    kinds = [
        relation.related_model
        for relation in Connection._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.related_model is not Handshake
    ]
    Refresh.objects.get_or_create(connection=connection, defaults={"bucket": 1, "due_at": now})
    for kind in kinds:
        if not kind._base_manager.filter(connection=connection).exists():
            wanted = [
                column for column in kind._meta.concrete_fields if not (column.null or column.has_default())
            ]
            values = {column.name: _value(column, known, now) for column in wanted if not column.primary_key}
            kind._base_manager.create(**values | {"connection": connection})
    return kinds


def _value(column: Any, known: dict[type[models.Model], Any], now: datetime) -> Any:
    if isinstance(column, models.ForeignKey):
        target: Any = column.related_model
        return known.get(target) or target._base_manager.first()
    if isinstance(column, models.DateTimeField):
        return now
    if isinstance(column, models.BinaryField):
        return b""
    if isinstance(column, models.CharField):
        return column.choices[0][0] if column.choices else ""
    return 1


def test_o_34_the_tables_in_which_something_stays_are_those_the_policy_names(
    sure: Client, alice: Member, plan: Plan, stub: StubPlan, now: datetime
) -> None:
    """O-34: another plan stays connected, and everything that can be there of the erased one was."""
    other = a_connection(alice, plan="Another plan")
    save(other, an_eob(1))
    before = sizes()
    made = connect(sure, plan, stub)
    save(made, an_eob(2))
    Identity.objects.create(member=alice, plan=plan, issuer="i", subject_digest="d", created_at=now)
    sure.post("/hiding/", {"screen-hiv": "out"})
    sure.get("/claims/")
    kinds = fill(made, now)
    full = sizes()
    assert {kind._meta.db_table for kind in kinds} <= {table for table in full if full[table] > before[table]}
    end(sure, made)
    takeaway.tidy(now=now)  # the file itself, whose day is over; its part of the plan went at once
    after = sizes()
    grown = {table for table in after if after[table] > before[table]}
    assert grown - NO_WORD_OF_A_PLAN - {QUEUE, HOW_OLD_THE_NEWS_IS} == set(STAYS)
    assert not [kind for kind in kinds if kind._base_manager.filter(connection_id=made.pk).exists()]
    assert Activity.objects.filter(member=alice).exists()


def test_o_34_of_what_she_said_her_own_settings_stay_when_the_last_plan_is_erased_and_the_policy_names_them(
    sure: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-34: what was noted of claims and people goes with the plan; the settings go with the account."""
    other, made = a_connection(alice, plan="Another plan"), connect(sure, plan, stub)
    save(made, an_eob(2))
    key = Library(alice, box_for(alice)).household.key_of(made.pk)
    sure.post("/people/", {"person": key, "name": "Ana", "fold": "yes", "agreed": "self"})
    sure.post("/hiding/", {"screen-hiv": "out", "share-hiv": "yes", "results": "ask"})
    sure.post(f"{path_of(made, 2)}paid/", {"amount": "5"})
    assert topics_of(alice) == {*SETTINGS, Topic.NAME, Topic.FOLDED, Topic.PAID} - {Topic.HOLDER}
    before = unescape(sure.get(f"{made.get_absolute_url()}disconnect/").content.decode())
    told = " ".join(before.partition('data-testid="will-stay-erased"')[2].partition("</ul>")[0].split())
    assert [words for words in SETTINGS.values() if words not in told] == []
    end(sure, made)
    end(sure, other)
    assert not alice.connections.exists()
    assert topics_of(alice) == set(SETTINGS)
    assert [words for words in SETTINGS.values() if words not in unescape(text_of("privacy", "en"))] == []
    close(sure)
    assert not Remark.objects.exists()


def test_a_yes_that_comes_back_by_undoing_goes_with_its_plan(
    sure: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    made = connect(sure, plan, stub)
    key = Library(alice, box_for(alice)).household.key_of(made.pk)
    for why in ("agreed", "self"):
        sure.post("/people/", {"person": key, "agreed": why})
    said = remarks.about(alice, box_for(alice), Topic.AGREED, key)
    assert said and said.connection_id is None
    sure.post("/people/", {"person": key, "topic": Topic.AGREED, "undo": said.said_at.isoformat()})
    end(sure, made)
    assert Topic.AGREED not in topics_of(alice)


def topics_of(member: Member) -> set[Topic]:
    """Return of what anything is said."""
    said = remarks.several(member, box_for(member), *Topic)
    return {topic for topic, about in said.items() if about}


def test_o_35_what_operators_did_to_an_account_is_kept_under_its_number_and_nothing_else_is(
    sure: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-35: for a year, in the audit and the admin's log, which name the number and no address."""
    connect(sure, plan, stub)
    olga = by_passkey(Member.objects.create_superuser("olga@example.com", "a long password of olga"))
    code = support_codes.open_code(alice, now=timezone.now())
    assert b"Harborlight" in olga.post(reverse("admin:support"), {"code": code}).content
    press(olga, "end_sessions", alice, decision="do", reason="a stolen telephone")
    operate("end_sessions", str(alice.pk), reason="once more")
    names = names_of(alice)
    again = signed_in(alice)
    asked = again.get("/account/close/")
    again.post(asked["Location"], {"password": "a long password of alice", "next": "/account/close/"})
    close(again)
    assert not Member.objects.filter(pk=alice.pk).exists()
    assert tables_with(*names) == {AuditEntry._meta.db_table, LogEntry._meta.db_table}
    assert tables_with(str(alice.email)) == set()


def test_what_is_said_of_somebody_goes_with_the_plan_that_named_them_first(
    alice: Member, alice_client: Client
) -> None:
    max_lopez = ("Max Lopez", "1979-02-03")
    _mine, first, later = made_for(alice, ("Ana Lopez", "1980-02-03", 9), (*max_lopez, 5), (*max_lopez, 2))
    say(alice_client, "Max Lopez", name="Maxi", agreed="agreed")
    end(alice_client, later)
    assert topics_of(alice) >= {Topic.NAME, Topic.AGREED}
    end(alice_client, first)
    assert topics_of(alice).isdisjoint({Topic.NAME, Topic.AGREED})
