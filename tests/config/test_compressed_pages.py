"""Pages travel compressed where a page of ours or the person asked for them, and nowhere else."""

import gzip

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
TAKES = {"accept-encoding": "gzip, br"}


@pytest.mark.parametrize("asked_by", ["same-origin", "none"])
def test_a_page_that_we_or_the_person_asked_for_is_compressed(client: Client, asked_by: str) -> None:
    plain = client.get("/glossary/").content
    answer = client.get("/glossary/", headers={**TAKES, "sec-fetch-site": asked_by})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.content) < len(plain) / 3
    assert len(gzip.decompress(answer.content)) == len(plain)  # its CSRF token is a new one each time


@pytest.mark.parametrize("asked_by", ["cross-site", "same-site", "", None])
def test_what_another_site_may_have_asked_for_tells_nothing_by_its_length(
    client: Client, asked_by: str | None
) -> None:
    """BREACH: a guess that stands in the page already makes it shorter, if it is compressed."""
    fetch = {"sec-fetch-site": asked_by} if asked_by is not None else {}
    assert "Content-Encoding" not in client.get("/glossary/", headers=TAKES | fetch).headers


def test_what_is_no_page_goes_as_it_is(client: Client) -> None:
    answer = client.get("/app/capability-statement.json", headers=TAKES | {"sec-fetch-site": "none"})
    other = client.get("/robots.txt", headers=TAKES | {"sec-fetch-site": "none"})
    assert "Content-Encoding" not in answer.headers
    assert "Content-Encoding" not in other.headers
