"""The list of pages that browsers look at has every page of the site."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.journeys.pages import NO_PAGES, PAGES

LISTED = {place.route for place in PAGES if place.route}


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Yield the name of every address, but those of the operators' admin."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                yield from routes(entry, prefix + (f"{entry.namespace}:" if entry.namespace else ""))
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}"


ALL = set(routes(get_resolver()))


def test_every_address_is_looked_at_in_a_browser_or_says_why_not() -> None:
    missing = ALL - LISTED - set(NO_PAGES)
    assert missing == set(), "add a line to PAGES or NO_PAGES in tests/journeys/pages.py"


def test_no_line_of_the_list_is_about_an_address_that_is_gone() -> None:
    assert (LISTED | set(NO_PAGES)) - ALL == set()
    assert LISTED & set(NO_PAGES) == set()


def test_every_page_of_the_list_has_a_name_of_its_own() -> None:
    names = [place.name for place in PAGES]
    assert sorted(names) == sorted(set(names))
