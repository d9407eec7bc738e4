"""W-31: every page of a member with every parameter that it knows, and all that any page knows, odd each."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import Member
from tests.length import is_played_on_postgresql
from tests.repository.test_ownership import (
    Page,
    bring,
    connection,
    door,
    gathered,
    owner,
    stub,
)

__all__ = ["bring", "connection", "door", "owner", "stub"]

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'\.get(?:list)?\(\s*"([A-Za-z_-]+)"|"([A-Za-z_-]+)" in [\w.]*GET')
ODD = ("-1", "9" * 40, "\0é漢\u202e'\"<x>", "../" * 999)
ROW = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16}|\d+")
NO_PAGE = ("/account/logout/", "/language/", "/readyz")


def names_in_code() -> set[str]:
    """Every name that our code reads from something by `get`: those of parameters are among them."""
    rooms = [room for room in (ROOT / "apps").iterdir() if room.name != "demo_payer"]
    texts = [file.read_text(encoding="utf-8") for room in rooms for file in room.rglob("*.py")]
    return {name for text in texts for pair in READ.findall(text) for name in pair if name}


def names_on_pages(browser: Client, addresses: set[str]) -> dict[str, set[str]]:
    """The parameters that links and forms of her pages send, by the path that they lead to."""
    names: dict[str, set[str]] = {}
    for address in sorted(addresses):
        answer = browser.get(address)
        if answer.status_code != 200 or answer.streaming or "html" not in answer["Content-Type"]:
            continue
        page = Page(answer.content.decode(), address)
        for link in page.links:
            names.setdefault(urlsplit(link).path, set()).update(parse_qs(urlsplit(link).query, True))
        for method, action, fields in page.forms:
            if method == "get":
                names.setdefault(urlsplit(action).path, set()).update(fields)
    return names


def one_of_each(paths: set[str]) -> list[str]:
    """Return an address of each page: that of her second claim is the page of her first."""
    return list({ROW.sub("", path): path for path in sorted(paths)}.values())


@pytest.mark.skipif(is_played_on_postgresql(), reason="played on PostgreSQL, which refuses more")
def test_w_31_no_page_breaks_at_any_parameter(owner: Client, alice: Member) -> None:
    """All at once, whatever page they are of; then each alone at the page whose it is."""
    known, _, _ = gathered(owner, alice)
    paths = {urlsplit(address).path for address in known} - set(NO_PAGE)
    own = names_on_pages(owner, paths)
    every = sorted(names_in_code() | {name for names in own.values() for name in names})
    assert {"page", "q", "year", "person", "rows", "next"} <= set(every)
    alone = [(path, [name]) for path in sorted(own) if path in paths for name in sorted(own[path])]
    assert len(alone) > 15
    broken = []
    for path, names in [*((path, every) for path in one_of_each(paths)), *alone]:
        for value in ODD:
            cache.clear()
            answer = owner.get(path, dict.fromkeys(names, value))
            if answer.status_code >= 500:
                broken.append((path, value[:20], names[:3], answer.status_code))
    assert broken == []
