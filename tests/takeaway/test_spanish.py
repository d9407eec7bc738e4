"""Files in Spanish: the pages about them are, their columns and code words are not."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.takeaway.models import Export
from tests.both_languages import english_left
from tests.takeaway.given import content, get, sure


@pytest.mark.parametrize("form", ["claims", "lines", "approvals", "coverage"])
def test_a_spreadsheet_is_the_same_in_every_language(
    form: str, alice: Member, connection: Connection
) -> None:
    made = []
    for language in ("en", "es"):
        client = Client(headers={"accept-language": language})
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        made.append(content(get(sure(client, alice), form)))
    assert made[0] == made[1]
    assert made[0].startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("state", Export.State.values)
def test_the_page_of_a_file_is_spanish(state: str, alice: Member, connection: Connection) -> None:
    now = timezone.now()
    times = {"created_at": now, "queued_at": now, "expires_at": now + timedelta(hours=5)}
    if state == Export.State.RUNNING:
        times["lease_until"] = now + timedelta(minutes=5)
    if state in (Export.State.READY, Export.State.FAILED):
        times["finished_at"] = now
    file = Export.objects.create(
        member=alice, format="originals", year=2025, state=state, done=2, total=5, closed=1, **times
    )

    def story(client: Client) -> str:
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        browser = sure(client, alice)
        pages = [browser.get(f"/take-along/{file.pk}/"), browser.get("/take-along/")]
        return "".join(page.content.decode() for page in pages)

    assert english_left(story) == []


def test_a_file_that_is_gone_is_spoken_of_in_spanish(alice: Member, connection: Connection) -> None:
    def story(client: Client) -> str:
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        address = "/take-along/00000000-0000-4000-8000-000000000000/"
        return sure(client, alice).get(address).content.decode()

    assert english_left(story) == []
