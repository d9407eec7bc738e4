"""How much of our code one thing runs through: a newcomer has to read that to know what happens."""

from collections.abc import Callable

from django.test import Client

from apps.accounts.models import Member
from apps.sync import pages
from apps.sync.models import SyncRun
from tests.claims.given import a_claim, path_of
from tests.sync.conftest import bring, connection, door, stub
from tests.tracing import Passed, traced

__all__ = ["bring", "connection", "door", "stub"]
CLAIM_PAGE_FILES = 123
"""Wanted are 25."""
STORING_FILES, STORING_FUNCTIONS = 69, 305
"""Wanted are 20 and 120."""


def told(what: str, passed: Passed) -> str:
    """Print the figures (`make size` shows them) and return what is run through, a line each."""
    print(f"\n{what:<28}{len(passed.files):>4} files {len(passed.functions):>4} functions")  # noqa: T201
    return "\n".join(passed.functions)


def test_the_page_of_a_claim_runs_through_no_more_files_than_it_did(alice: Member, client: Client) -> None:
    a_claim(alice)
    client.force_login(alice)
    path = path_of(alice.connections.get())
    client.get(path)  # what is made once, as books and tables of words are, is no part of it
    with traced() as passed:
        page = client.get(path)
    assert page.status_code == 200
    lines = told("claim page runs through", passed)
    assert "apps/kinds/claim/views.py" in passed.files
    assert len(passed.files) <= CLAIM_PAGE_FILES, lines


def test_storing_a_page_of_results_runs_through_no_more_than_it_did(bring: Callable[..., SyncRun]) -> None:
    with traced(pages.keep) as passed:
        assert bring().state == SyncRun.State.FINISHED
    lines = told("storing a page runs through", passed)
    assert "apps/records/mirror.py" in passed.files
    assert len(passed.files) <= STORING_FILES, lines
    assert len(passed.functions) <= STORING_FUNCTIONS, lines
