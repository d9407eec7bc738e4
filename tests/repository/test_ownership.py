"""One member's rows, and everybody else at every address of hers: nothing changes, nothing is told (W-03)."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.db import models
from django.test import Client
from django.urls import ResolverMatch, get_resolver, resolve
from django.urls.exceptions import Resolver404

from apps.accounts.models import Member
from apps.connections import account_closure
from apps.connections.models import Connection, Handshake, Identity, Receipt
from apps.sync.models import SyncRun
from apps.takeaway.models import Export
from apps.vault.boxes import box_for, house_box
from apps.vault.registry import sealed_models
from tests.conftest import came_in
from tests.fhir.stub import Stub
from tests.repository.her_rows import HERS, IN_HER_FILES, NOBODY_READS, fill
from tests.repository.test_addresses import addresses
from tests.sync.conftest import bring, connection, door, stub  # noqa: F401 - fixtures
from tests.takeaway.given import content, sure

OWNER = {
    "accounts.Member": "pk", "accounts.SessionName": "session__opened__member",
    "connections.Revocation": "receipts__member",
    "records.Catalogue": "connection__member", "records.Book": "member", "sync.Refresh": "connection__member",
    "sessions.Session": "opened__member", "mfa.Authenticator": "user", "account.EmailAddress": "user",
}  # fmt: skip
"""How a row leads to its owner, where it does not say `member`."""
NOBODYS = {
    "account.EmailConfirmation": "codes are used instead",
    "admin.LogEntry": "operators'",
}
BY_A_MAILED_LINK = {
    "account/mails/stop/<str:token>/": "stops mails and no more; accounts/test_mail_notices.py",
    "account/operator/<uuid:pk>/<str:token>/": "of operators, once; accounts/test_operators.py",
    "account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "accounts/test_changed_ways.py",
    "connections/callback/<slug:slug>": "an answer of a plan; connections/test_mix_up.py",
}
"""Addresses whose numbers stand on no page: whoever holds one may, and their own tests say what."""
WAY_BACK = re.compile(r"\bnext=[^&]*")
PLACES = {"year": "2026", "place": "0", "number": "1"}
"""What stands in an address beside the number of a row: a year of her claims, the picture of a paper."""
UNASKED = {"is_staff": "on", "is_superuser": "on", "is_active": "", "closing_at": "2026-01-01"}
"""Fields that no form of a member's names, sent with every one (W-37)."""
TOKEN = "csrfmiddlewaretoken"
PROOF = "/reauthenticate/"
"""Where somebody is led who has to prove who they are first: nothing behind it would be tried."""
ENDS = ("/account/logout/", "/connections/go-on/")
"""What ends by being read: her session, and an answer that waits."""
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
IDS = {
    "connection_id": Connection, "handshake_id": Handshake, "receipt_id": Receipt, "identity_id": Identity,
    "run_id": SyncRun, "export_id": Export,
}  # fmt: skip


class Page(HTMLParser):
    """The links of a page, and its forms as (method, address, what its fields and one button send)."""

    def __init__(self, html: str, address: str) -> None:
        super().__init__()
        self.address, self.links, self.forms = address, set[str](), list[tuple[str, str, dict[str, str]]]()
        self._form: tuple[str, str, dict[str, str]] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what can be pressed."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and (link := urljoin(self.address, given.get("href", ""))).startswith("/"):
            self.links.add(link.partition("#")[0])
        elif tag == "form":
            action = urljoin(self.address, given.get("action", ""))
            self._form = (given.get("method", "get").lower(), action, {})
            self.forms.append(self._form)
        elif given.get("name") == TOKEN:
            return  # another one on each page, and the browsers here are not asked for it
        elif tag in ("input", "select", "textarea", "option") and self._form and "name" in given:
            typed = account_closure.PHRASE if given["name"] == "phrase" else given.get("value", "")
            self._form[2][given["name"]] = typed or "x"
        elif tag == "button" and self._form and given.get("name"):
            method, action, fields = self._form
            self.forms.append((method, action, {**fields, given["name"]: given.get("value", "")}))


def way_to(model: type[models.Model]) -> str:
    """The look-up from a row to its owner; "": it has none."""
    if way := OWNER.get(model._meta.label):
        return way
    return "member" if any(field.name == "member" for field in model._meta.concrete_fields) else ""


def hers(alice: Member) -> dict[str, list[str]]:
    """Every row of hers in every table, as text."""
    rows = {}
    for model in apps.get_models():
        if way := way_to(model):
            stored = model._base_manager.filter(**{way: alice.pk}).distinct().values()
            rows[model._meta.label] = sorted(map(repr, stored))
    return rows


@pytest.fixture
def owner(
    november_2026: None, alice_client: Client, stub: Stub, bring: Callable[..., SyncRun],  # noqa: F811
    connection: Connection, now: datetime,  # noqa: F811
) -> Client:  # fmt: skip
    """Return Alice's browser; every table that leads to a member has a real row of hers."""
    return fill(alice_client, stub=stub, bring=bring, connection=connection, now=now)


def filled(pattern: str, alice: Member) -> Iterator[str]:
    """The addresses of this pattern with the numbers of her rows in them."""
    if "<" not in pattern and "(" not in pattern:
        yield f"/{pattern}"
        return
    rows: Any = alice.records.values_list("pk", flat=True)
    for name, model in IDS.items():
        if f":{name}>" in pattern:
            rows = model._base_manager.filter(member=alice).values_list("pk", flat=True)
    if "devices/" in pattern:
        rows = alice.open_sessions.values_list("pk", flat=True)
    elif "webauthn/keys" in pattern:
        rows = alice.authenticator_set.values_list("pk", flat=True)  # type: ignore[attr-defined]
    elif re.fullmatch(r"[a-z/]+<int:year>/", pattern):
        rows = [PLACES["year"]]
    if re.search(r"<(uuid|int):\w+>", pattern) and "<str:" not in pattern:
        for row in rows:
            yield "/" + re.sub(r"<\w+:(\w+)>", lambda part, row=row: PLACES.get(part[1], str(row)), pattern)


def resolved(address: str) -> ResolverMatch | None:
    """What answers at an address; None for one that a pattern was filled in for wrongly."""
    with suppress(Resolver404):
        return resolve(address.partition("?")[0])
    return None


def gathered(owner: Client, alice: Member) -> tuple[set[str], list[tuple[str, str, dict[str, str]]], str]:
    """Every address of hers, every form on her pages, and all that those pages say."""
    patterns = [pattern for pattern in addresses(get_resolver()) if not pattern.startswith("admin/")]
    known = {address for pattern in patterns for address in filled(pattern, alice)}
    forms, said, todo = {}, [], {address for address in known if not address.startswith(ENDS)}
    for _depth in range(2):
        linked = set()
        for address in sorted(todo):
            cache.clear()
            answer = owner.get(address)
            if answer.status_code != 200 or answer.streaming or "html" not in answer["Content-Type"]:
                continue
            said.append(answer.content.decode())
            page = Page(said[-1], address)
            linked |= {link for link in page.links if not link.startswith(("/static/", "/admin/"))}
            forms |= {
                (method, action, *_sent(fields)): (method, action, fields)
                for method, action, fields in page.forms
            }
        todo = linked - known
        known |= linked
    return known, [*forms.values()], "\n".join(said)


def _sent(fields: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What a form sends but for where it leads back to: the one of the language is on every page."""
    return (field for field in fields.items() if field[0] != "next")


def visitor() -> Client:
    return Client(raise_request_exception=False)


def another_member() -> Client:
    bob = Member.objects.filter(email="bob@example.com").first()
    bob = bob or Member.objects.create_user("bob@example.com", "a long password of bob")
    client = Client(raise_request_exception=False)
    client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    return sure(client, bob)


def operator() -> Client:
    boss = Member.objects.filter(email="boss@example.com").first()
    boss = boss or Member.objects.create_superuser("boss@example.com", "a long password of the boss")
    client = Client(raise_request_exception=False)
    return came_in(boss, client, method="mfa", type="webauthn", reauthenticated=True)


def told(answer: Any, sent: str) -> list[str]:
    """What of hers is in an answer, but for what the request itself brought along."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = f"{answer.headers} {answer.cookies} {body.decode(errors='replace')}"
    return [needle for needle in (*HERS, NOBODY_READS) if needle in text and needle not in sent]


def test_the_rows_that_are_walked_are_real_ones(owner: Client, alice: Member) -> None:
    """Else an answer that leaks one held nothing of hers: what is sealed opens, and her files are whole."""
    before = hers(alice)
    empty = {label for label, rows in before.items() if not rows} - set(NOBODYS)
    assert empty == set(), "make a row of hers in `owner`, or say in NOBODYS why there is none"
    for sealed in sealed_models():
        if way := way_to(sealed.model):
            rows = list(sealed.model._base_manager.filter(**{way: alice.pk}).distinct())
            box = box_for(alice) if sealed.has_member else house_box()
            for column in sealed.columns:
                filled = [row for row in rows if getattr(row, column)]
                assert filled, f"{sealed.model._meta.label}.{column}"
                assert all(box.open(row, column) for row in filled)
    for export in alice.exports.all():
        text = content(owner.get(f"{export.get_absolute_url()}file/")).decode()
        assert [needle for needle in IN_HER_FILES[export.format] if needle not in text] == []


def test_w_03_nobody_else_changes_or_reads_what_is_hers_at_any_address(owner: Client, alice: Member) -> None:
    """Every method at every address with the numbers of her rows, and every form that her pages hold."""
    known, forms, said = gathered(owner, alice)
    before = hers(alice)
    assert [needle for needle in HERS if needle not in said] == [], "she reads it herself"
    called = {
        match.route for address in {*known, *(form[1] for form in forms)} if (match := resolved(address))
    }
    unreached = set(addresses(get_resolver())) - called
    assert {pattern for pattern in unreached if not pattern.startswith("admin/")} == set(BY_A_MAILED_LINK)
    assert len(forms) > 25
    numbers = {
        part for address in known for part in address.split("/") if re.fullmatch(r"[0-9a-f-]{36}|\d+", part)
    }
    wrong = []
    for who in (visitor, another_member, operator):
        client = who()
        calls: list[tuple[str, str, dict[str, str]]] = [*forms]
        for address in {WAY_BACK.sub("", address): address for address in sorted(known)}.values():
            is_of_a_row = bool(numbers & set(address.split("/")))
            calls += [(method, address, {}) for method in (METHODS if is_of_a_row else ("get", "post"))]
        for method, address, fields in calls:
            if who is not visitor and "_auth_user_id" not in client.session:
                client = who()  # it has signed out, or closed its account
            cache.clear()
            sent = fields | UNASKED if method == "post" else fields
            answer = getattr(client, method)(address, sent)
            # Whoever agrees may begin at this plan; it is not there, and they are told so.
            is_away = answer.status_code == 503 and address.startswith("/connections/begin/")
            is_asked = who is not visitor and PROOF not in address and PROOF in str(answer.headers)
            if (answer.status_code >= 500 and not is_away) or is_asked or told(answer, f"{address} {fields}"):
                wrong.append((who.__name__, method, address, answer.status_code))
        changed = {label: rows for label, rows in hers(alice).items() if rows != before[label]}
        assert changed == {}, who.__name__
    assert wrong == []
    risen = Member.objects.filter(email="bob@example.com", is_staff=False, is_superuser=False)
    assert risen.exists() or not Member.objects.filter(email="bob@example.com").exists()


def posts_of(answer: Any, page: str, rows: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a page of the admin can send: its form as it stands, and each action, to look and to do it."""
    context = answer.context or {}
    if "adminform" in context:
        sets = [formset.formset for formset in context.get("inline_admin_formsets", ())]
        parts = [context["adminform"].form, *sets, *(form for rows in sets for form in rows.forms)]
        forms = [getattr(part, "management_form", part) for part in parts]
        values = {form.add_prefix(name): form[name].value() for form in forms for name in form.fields}
        filled = {name: value for name, value in values.items() if value not in (None, False)}
        yield page, filled | {"_save": "Save"}
    if context.get("action_form"):
        actions = [name for name, _ in context["action_form"].fields["action"].choices if name]
        for action, row in ((action, row) for action in actions for row in rows):
            chosen = {"action": action, "_selected_action": row, "index": "0"}
            yield page, chosen
            yield page, chosen | {"decision": "do", "reason": "they asked", "text": "Hello.", "post": "yes"}


def test_w_04_an_operator_with_every_right_reads_nothing_of_hers_in_the_admin(
    owner: Client, alice: Member
) -> None:
    """There is no way around it, and so no row that tells of one: operators see numbers and states."""
    before, client, seen, posts = hers(alice), operator(), 0, list[tuple[str, dict[str, Any]]]()
    for model in admin.site._registry:
        where = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        own = {"pk": client.session["_auth_user_id"]} if model is Member else {"pk": None}
        stored = model._base_manager.exclude(**own).values_list("pk", flat=True)[:20]
        numbers = [str(number) for number in stored]
        rows = [f"{where}{number}/{end}/" for number in numbers for end in ("change", "history")]
        for page in (where, f"{where}add/", *rows):
            answer = client.get(page)
            seen += answer.status_code == 200
            assert told(answer, "") == [], page
            if answer.status_code == 200:
                posts += posts_of(answer, page, numbers)
    assert seen > 20
    assert {label: rows for label, rows in hers(alice).items() if rows != before[label]} == {}
    # What is done comes last: some of it ends what the others look at.
    for address, fields in sorted(posts, key=lambda post: ("decision" in post[1], post[0])):
        answer = operator().post(address, fields, follow=True)
        assert (answer.status_code < 500, told(answer, str(fields))) == (True, []), (address, fields)
        assert "/account/" not in str(answer.redirect_chain), "the operator is asked for nothing more"
    assert sum("decision" in fields for _, fields in posts) > 10
