"""What Django logs of a failed request names its route, never the address somebody typed (W-33)."""

import logging
import re
import time
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from apps.vault.errors import KeyUnavailable
from config.logs import MASK, LineFormatter, Masking, masked


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """Return what the handler of the settings would write."""

    def written() -> str:
        for record in caplog.records:
            Masking().filter(record)
        return "\n".join(LineFormatter().format(record) for record in caplog.records)

    with caplog.at_level(logging.DEBUG):
        yield written


@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("/Familyname/", "Not Found: no page of ours"),
        ("/plans/familyname/", "Not Found: /plans/<slug:slug>/"),
        ("/connections/callback?error=familyname", "Bad Request: /connections/callback"),
    ],
)
def test_w_33_a_failed_request_is_logged_by_its_route(
    db: None, client: Client, lines: Any, address: str, route: str
) -> None:
    client.get(address)
    assert route in lines()
    assert "familyname" not in lines().lower()


@pytest.mark.parametrize(
    ("error", "logger"),
    [
        (ValueError("x"), "django.request"),
        (OperationalError("x"), "django.request"),
        (KeyUnavailable("x"), "plainclaim.vault"),
    ],
)
def test_a_page_that_broke_shows_the_number_that_finds_its_line(
    db: None, lines: Any, error: Exception, logger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("apps.plans.views.render", broken)
    page = Client(raise_request_exception=False).get("/plans/").content.decode()
    numbers = re.findall(r"<strong[^>]*>(E-[A-Z0-9]{4}-[A-Z0-9]{4})</strong>", page)
    assert len(numbers) == 2 and len({*numbers}) == 1, "in each language"
    assert re.search(rf" {logger} .*\[{numbers[0]}\]", lines())


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ({"host": "familyname.example"}, "django.security.DisallowedHost Refused: no page of ours"),
        ({"host": "familyname' or"}, "django.security.DisallowedHost Refused: no page of ours"),
        (
            {"origin": "https://familyname.example"},
            "Forbidden (Origin checking failed - ... does not match any trusted origins.): /language/",
        ),
        (
            {"origin": "familyname does not match any trusted origins.): /familyname/ - x"},
            "Forbidden (Origin checking failed - ... does not match any trusted origins.): /language/",
        ),
        (
            {"referer": "https://familyname.example/x"},
            "Forbidden (Referer checking failed - ... does not match any trusted origins.): /language/",
        ),
        ({"referer": ""}, "Forbidden (Referer checking failed - no Referer.): /language/"),
        (
            {"referer": "http://familyname.example/"},
            "Forbidden (Referer checking failed - Referer is insecure while host is secure.): /language/",
        ),
        (
            {"referer": "familyname"},
            "Forbidden (Referer checking failed - Referer is malformed.): /language/",
        ),
    ],
)
def test_w_33_a_refused_request_is_logged_with_the_reason_and_without_the_header(
    db: None, lines: Any, sent: dict[str, str], line: str
) -> None:
    """W-33: scanners write names and worse there, and the log says who refused, and why."""
    browser = Client(enforce_csrf_checks=True, headers={name: text for name, text in sent.items() if text})
    assert browser.post("/language/", secure="referer" in sent).status_code in {400, 403}
    assert line in lines()
    assert "familyname" not in lines().lower()


def test_w_33_an_address_that_is_worded_like_a_reason_is_not_in_the_log_either(db: None, lines: Any) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"origin": "https://other.example"})
    browser.post("/admin/plans/plan/x does not match any trusted origins.familyname/change/")
    assert "origins.): /admin/plans/plan/<path:object_id>/change/" in lines()
    assert "familyname" not in lines()


@pytest.mark.parametrize("asked", ["familyname__x=1", "_to_field=familyname"])
def test_w_33_a_question_that_the_operators_lists_refuse_is_not_in_the_log(
    db: None, admin_client: Client, lines: Any, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W-33: the name of a parameter is what somebody typed, too."""
    monkeypatch.setattr("config.operators.OperatorSite.has_permission", lambda *_: True)
    assert admin_client.get(f"/admin/plans/plan/?{asked}").status_code == 400
    assert re.search(r"django\.security\.DisallowedModelAdmin\w+ Refused: /admin/plans/plan/", lines())
    assert "familyname" not in lines().lower()


def test_a_message_without_an_address_stays_as_it_is() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "done: %s of %s", ("1", "2"), None)
    record.request = object()
    Masking().filter(record)
    assert record.getMessage() == "done: 1 of 2"


def test_words_of_an_exception_that_look_like_a_frame_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """A database quotes what it refuses, whole lines of it too."""
    try:
        try:
            raise KeyError("inner canary")
        except KeyError:
            raise ValueError('Key (x)=(y\n  File "a canary", line 1, in z\nTraceback of a canary') from None
    except ValueError:
        logging.getLogger("plainclaim.sync").exception("it stopped")
    said = "\n".join(LineFormatter().format(record) for record in caplog.records)
    assert "canary" not in said
    assert said.splitlines()[-2].startswith(f'  File "{__file__}", line ')
    assert said.endswith("\nValueError")


def test_what_came_before_an_exception_is_told_by_its_frames(caplog: pytest.LogCaptureFixture) -> None:
    try:
        try:
            raise KeyError("inner canary")
        except KeyError as error:
            raise ValueError("a canary") from error
    except ValueError:
        logging.getLogger("plainclaim.sync").exception("it stopped")
    said = "\n".join(LineFormatter().format(record) for record in caplog.records)
    assert said.count("Traceback (most recent call last):") == 2
    assert "canary" not in said


def test_w_33_what_somebody_wrote_makes_no_line_of_its_own(lines: Any) -> None:
    """Nor moves the cursor of whoever reads it on a terminal."""
    logging.getLogger("plainclaim.operators").warning("reason: %s", "x\r\n2026-01-01 INFO all is well\x1b[2J")
    assert len(lines().splitlines()) == 1
    assert "\x1b" not in lines()
    assert "x\\r\\n2026-01-01 INFO all is well" in lines()


@pytest.mark.parametrize("text", ["a" * 100_000, "a." * 50_000, "%" * 100_000])
def test_a_long_text_in_a_line_is_looked_through_once(text: str) -> None:
    """Whoever sends long addresses must not keep a process busy with masking them."""
    began = time.process_time()
    assert masked(text) == text
    assert time.process_time() - began < 1
    assert masked(f"{text} of ann.lee+x@mail.example.org.") == f"{text} of [masked]."


def test_w_33_a_signed_token_is_masked_wherever_it_stands() -> None:
    assert masked("heard eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln now") == f"heard {MASK} now"
    assert masked("sent Bearer abc.def-1 now") == f"sent Bearer {MASK} now"


def test_w_33_what_somebody_sent_to_the_server_is_not_in_its_line() -> None:
    said = "Error handling request /claims/?name=alice"
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, said, (), None)
    Masking().filter(record)
    assert record.msg == "Error handling request"


@pytest.mark.parametrize("name", ["fido2.server", "urllib3.connectionpool"])
def test_w_33_no_line_names_the_device_that_somebody_signs_in_with_or_a_path_of_a_plan(
    lines: Any, name: str
) -> None:
    """fido2 writes the number of each passkey that is made or used: by it a log would follow a member."""
    logging.getLogger(name).info("1f1a06894ad85c67")
    assert "1f1a06894ad85c67" not in lines()
