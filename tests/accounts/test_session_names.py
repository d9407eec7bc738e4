"""Sessions of one account are found among any number of others, and only those."""

import json
import threading
import time
from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts import session_names
from apps.accounts.models import Member, SessionName
from config.sessions import SessionStore, stored
from tests.conftest import signed_in

BACKEND = "django.contrib.auth.backends.ModelBackend"


def session(**contents: Any) -> SessionStore:
    made = SessionStore()
    made.update(contents)
    made.create()
    return made


def is_there(made: SessionStore) -> bool:
    return Session.objects.filter(pk=stored(made.session_key)).exists()


def test_no_other_session_is_opened_to_find_those_of_one_account(
    alice: Member, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing an account costs the same among ten sessions and among a million."""
    Client().force_login(alice, backend=BACKEND)
    for number in range(200):
        session(_auth_user_id=f"{number:032x}")
    monkeypatch.setattr(SessionBase, "decode", lambda *_: pytest.fail("a session was opened"))
    with django_assert_max_num_queries(5):
        session_names.forget({str(alice.pk), alice.email or ""})
    assert Session.objects.count() == 200


@pytest.mark.parametrize(
    ("contents", "name"),
    [
        ({"_auth_user_id": "0dd4b1a8-1111-4222-8333-0123456789ab"}, "0dd4b1a8-1111-4222-8333-0123456789ab"),
        (
            {"a": {"b": ["0DD4B1A8111142228333-0123456789AB".replace("-", "")]}},
            "0dd4b1a8-1111-4222-8333-0123456789ab",
        ),
        (
            {"a": [{"request": json.dumps({"POST": "login=Ann%2Bx%40example.com&next="})}]},
            "ann+x@example.com",
        ),
        (
            {"a": [{"request": json.dumps({"POST": "login=o%26m%3Dn%40example.com&next="})}]},
            "o&m=n@example.com",
        ),
        ({"a": "email=%22a+%28b%29%22%40example.com&next=%2F"}, '"a (b)"@example.com'),
        ({"a": "to o'neil@example.com."}, "o'neil@example.com"),
        ({"a": "q=%22" + "0dd4b1a8-1111-4222-8333-0123456789ab%22"}, "0dd4b1a8-1111-4222-8333-0123456789ab"),
        ({"ann@example.com": None}, "Ann@Example.com"),
        ({"a": "müller@bücher.example"}, "Müller@bücher.example"),
        ({"a": ["x@example.com", {"email": "o&m=n@example.com"}]}, "O&m=n@example.com"),
    ],
    ids=str,
)
def test_a_name_is_found_wherever_a_library_put_it(db: None, contents: dict[str, Any], name: str) -> None:
    made = session(**contents)
    session_names.forget({name})
    assert not is_there(made)


@pytest.mark.parametrize(
    "contents",
    [
        {"a": "mann@example.com"},
        {"a": "ann@example.com.evil.example"},
        {"a": "x.ann@example.com"},
        {"a": "0dd4b1a811114222833301234567 89ab"},
        {"a": "00dd4b1a8111142228333012345678 9ab0dd4b1a8111142228333 0123456789ab1"},
        {"a": 7, "b": None, "c": [True, 1.5]},
    ],
    ids=str,
)
def test_who_is_called_almost_the_same_stays(db: None, contents: dict[str, Any]) -> None:
    made = session(**contents)
    session_names.forget({"ann@example.com", "0dd4b1a8-1111-4222-8333-0123456789ab"})
    assert is_there(made)


def test_a_name_that_left_a_session_finds_it_no_more(db: None) -> None:
    made = session(login="ann@example.com", other="bob@example.com")
    del made["login"]
    made.save()
    session_names.forget({"ann@example.com"})
    assert is_there(made)
    session_names.forget({"bob@example.com"})
    assert not is_there(made)


def test_names_go_with_their_session_and_say_nobody(alice: Member) -> None:
    browser = signed_in(alice)
    digests = SessionName.objects.values_list("digest", flat=True)
    assert digests
    assert all(len(digest) == 64 and alice.pk.hex not in digest for digest in digests)
    browser.post("/account/logout/")
    made = session(login="ann@example.com")
    Session.objects.filter(pk=stored(made.session_key)).update(expire_date="2020-01-01T00:00:00Z")
    call_command("clearsessions")
    assert not SessionName.objects.filter(session_id=stored(made.session_key)).exists()
    assert not SessionName.objects.exclude(session__in=Session.objects.all()).exists()


def test_a_name_that_comes_while_another_request_ends_the_session_goes_with_it(
    shared_database: None,
) -> None:
    """Signing out waits for whoever saves the session, and then finds one name more than it saw."""
    made, errors = session(login="ann@example.com"), list[BaseException]()

    def sign_out() -> None:
        try:
            SessionStore(made.session_key).delete()
        except Exception as error:  # noqa: BLE001 - a thread's own would be lost
            errors.append(error)
        finally:
            connections.close_all()

    leaving = threading.Thread(target=sign_out)
    with transaction.atomic():
        made["other"] = "bob@example.com"
        made.save()
        leaving.start()
        leaving.join(0.5)  # it waits for us: this only gives it time to try
    leaving.join(30)
    assert errors == []
    assert not is_there(made)
    assert not SessionName.objects.exists()


def test_a_session_signed_under_the_former_secret_is_found(db: None, settings: Any) -> None:
    made = session(login="ann@example.com")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 50, [settings.SECRET_KEY]
    assert made.load()["login"], "it still counts"
    session_names.forget({"ann@example.com"})
    assert not is_there(made)


def test_an_unchanged_session_costs_one_look_more(alice: Member) -> None:
    made = session(_auth_user_id=str(alice.pk))
    with CaptureQueriesContext(connection) as queries:
        made.save()
    assert len([query for query in queries.captured_queries if "accounts_sessionname" in query["sql"]]) == 1


@pytest.mark.parametrize("text", ["a" * 200_000, "a.b-" * 50_000, "a@" * 100_000], ids=["word", "dots", "at"])
def test_a_long_text_in_a_session_is_looked_through_once(text: str) -> None:
    """A form that waits for "is it you?" may be as long as any upload; each request would cost minutes."""
    begun = time.process_time()
    session_names.digests_in({"a": text})
    assert time.process_time() - begun < 5


def test_a_form_full_of_addresses_is_no_table_full_of_names_and_goes_with_any_account(db: None) -> None:
    """One request of a member wrote a row for each of them."""
    text = "&".join(f"a=person{number}%40example.com" for number in range(50_000))
    crowded, other = session(form=text), session(_auth_user_id=f"{5:032x}")
    assert SessionName.objects.count() == 2
    session_names.forget({"person40000@example.com"})
    assert not is_there(crowded)
    assert is_there(other)


def test_a_session_that_names_many_and_not_too_many_goes_with_each_of_them_alone(db: None) -> None:
    made = session(form=[f"person{number}@example.com" for number in range(session_names.MOST)])
    session_names.forget({"nobody@example.com"})
    assert is_there(made)
    session_names.forget({f"person{session_names.MOST - 1}@example.com"})
    assert not is_there(made)


def test_who_reads_the_table_cannot_try_names_without_our_secret(settings: Any) -> None:
    """A digest without a key is found by trying every address that is known from elsewhere."""
    contents = {"_auth_user_id": "0dd4b1a8-1111-4222-8333-0123456789ab"}
    before = session_names.digests_in(contents)
    settings.SECRET_KEY = "another secret of tests, as long as it has to be"
    assert not before & session_names.digests_in(contents)
