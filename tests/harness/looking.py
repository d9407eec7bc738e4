"""Looking at everything a member can look at, in an order that is always the same."""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.harness import adapter, pages
from tests.harness.browser import Browser, body_of, text_of

_ROOMS: Final = ("/home/", "/year/", "/claims/", "/coverage/", "/connections/", "/sync/", "/take-along/")
_NOT: Final = re.compile(r"/connections/(begin|callback)|/file/|/sign-in/|^/claims/\?|^/take-along/\?claim")
_CLAIM: Final = re.compile(r"/(claims|sync/claims)/[0-9a-f-]{36}/")
_STARTS: Final = (
    "/claims/providers/",
    "/home/",
    "/coverage/",
    "/claims/approvals/",
    "/year/",
    "/connections/",
)
MOST_PRODUCTS: Final = 150
MOST_PAGES: Final = 400
_AMOUNTS: Final = (("0", ""), ("", "0"), ("0.01", ""), ("20", "100"), ("99999", ""))
_WORDS: Final = (
    *(
        "clinic",
        "pharmacy",
        "okafor",
        "gullhaven family",
        "office visit",
        "metformin",
        "99213",
        "J45",
        "denied",
    ),
    *("no such thing anywhere", "2025", "á clinic", "CLINIC gull"),
)


def everything(browser: Browser, *, filters: bool = True, exports: bool = True) -> None:
    """Write down every page a member can come to."""
    seen = all_claims(browser)
    walk(browser, [*_STARTS, *seen])
    if filters:
        lists(browser)
        searches(browser)
    reveal(browser)
    in_spanish(browser, seen[:4])
    if exports:
        take_along(browser, seen[:2])


def all_claims(browser: Browser) -> list[str]:
    """Page through the list in each order, older versions too; return the addresses of all claims."""
    found: dict[str, None] = {}
    browser.note("/claims/providers/")
    for query in ("", "all=1", "sort=oldest", "sort=share", "sort=share&all=1"):
        for _, read in paged(browser, query):
            found |= dict.fromkeys(
                link for link in read.links if link.startswith("/claims/") and _CLAIM.match(link)
            )
    return list(found)


def paged(browser: Browser, query: str, most: int = MOST_PAGES) -> Iterator[tuple[int, pages.Read]]:
    """Write down the pages of the list with this *query*, one after the other."""
    address = f"/claims/?{query}" if query else "/claims/"
    base = address
    for number in range(1, most + 1):
        answer = browser.get(address)
        shown = f"{base}{'&' if '?' in base else '?'}page={number}" if number > 1 else base
        read = browser.write(shown, answer)
        yield number, read
        further = [link for link in read.links if "after=" in link]
        if not further:
            return
        address = f"/claims/{further[-1]}" if further[-1].startswith("?") else further[-1]


def walk(browser: Browser, starts: Iterable[str], most: int = 100_000) -> None:
    """Follow every link there is, up to so many pages; each page once."""
    waiting, known = list(starts), set(starts)
    while waiting and (most := most - 1) >= 0:
        address = waiting.pop(0)
        is_claim = _CLAIM.match(address)
        is_record = address.startswith("/sync/claims/")
        read = browser.note(address, bundle="records" if is_record else "claim-pages" if is_claim else "")
        for link in read.links:
            to = _absolute(address, link)
            if to and to not in known:
                known.add(to)
                waiting.append(to)


def _absolute(address: str, link: str) -> str:
    """Return the address a link leads to, if it is a page of the member's own; else nothing."""
    link = link.partition("#")[0]
    to = address.partition("?")[0] + link if link.startswith("?") else link
    return (
        to
        if to.startswith(_ROOMS) and not _NOT.search(to) and "after=" not in to and "before=" not in to
        else ""
    )


def lists(browser: Browser, most: int = 100_000) -> None:
    """Write down what each combination of the filters finds, up to so many."""
    form = next(
        (one for one in pages.Read(text_of(browser.get("/claims/"))).forms if one.method == "get"), None
    )
    if form is None:
        return
    offered = {name: [value for value in values if value] for name, values in form.fields.items()}
    offered = {name: values for name, values in offered.items() if values}
    people = pages.Read(text_of(browser.get("/claims/"))).links
    persons = [value for link in people for value in parse_qs(urlsplit(link).query).get("person", [])]
    offered |= {"person": list(dict.fromkeys(persons))} if persons else {}
    queries = _combinations(offered)
    for query in queries[:: max(1, -(-len(queries) // most))]:
        for _ in paged(browser, query, most=2):
            pass
    for (low, high), sort in itertools.product(_AMOUNTS, ("newest", "share")):
        browser.note("/claims/?" + urlencode({"from": low, "to": high, "sort": sort}))
    for odd in ("year=1999", "year=none", "year=x", "kind=x", "provider=0000000000000000", "sort=x", "q=abc"):
        browser.note(f"/claims/?{odd}")


def _combinations(offered: dict[str, list[str]]) -> list[str]:
    """Every combination of choices; where they are too many, every pair and what they are sorted by."""
    choices = [[("", ""), *((name, value) for value in values)] for name, values in offered.items()]
    product = list(itertools.islice(itertools.product(*choices), MOST_PRODUCTS + 1))
    if len(product) > MOST_PRODUCTS:
        singles = [(name, value) for name, values in offered.items() for value in values]
        pairs = [pair for pair in itertools.combinations(singles, 2) if pair[0][0] != pair[1][0]]
        product = [(one,) for one in singles] + _thinned(pairs)
    queries = (urlencode([choice for choice in chosen if choice[0]]) for chosen in product)
    return list(dict.fromkeys(query for query in queries if query))


def _thinned(pairs: list[tuple[tuple[str, str], ...]]) -> list[tuple[tuple[str, str], ...]]:
    step = max(1, -(-len(pairs) // (2 * MOST_PRODUCTS)))
    return pairs[::step]


def searches(browser: Browser) -> None:
    """Look for words, of the claims at the top among others, alone and with a filter."""
    top = pages.Read(text_of(browser.get("/claims/"))).lines
    rows = [line for line in top if " · " in line][:3]
    words = [*_WORDS, *(row.partition(" at ")[0][:40] for row in rows), *(row.split()[0][:5] for row in rows)]
    words += [record.lines[at + 1] for record in list(browser.records.values())[:2]
              for at, line in enumerate(record.lines) if line == "Number"][:2]  # fmt: skip
    for number, text in enumerate(words):
        for more in ({}, {"sort": "share"}, {"all": "1"}) if number < 4 else ({},):
            answer = browser.post("/claims/search/", text=text, **more)
            shown = "/claims/?" + urlencode({"search": text, **more})
            browser.write(shown, browser.get(answer["Location"]))


def reveal(browser: Browser) -> None:
    """Press what shows the numbers of a card."""
    for link in pages.Read(text_of(browser.get("/coverage/"))).links:
        if link.startswith("/coverage/") and link.endswith("/card/"):
            browser.write(f"{link}?pressed", browser.post(link))
            number = link.replace("/card/", "/number/")
            browser.write(f"{number}?pressed", browser.post(number))


def in_spanish(browser: Browser, claims: list[str]) -> None:
    """Write the main pages down in Spanish too."""
    for address in (
        "/home/",
        "/claims/",
        "/coverage/",
        "/year/",
        "/claims/providers/",
        "/claims/approvals/",
        *claims,
    ):
        answer = browser.get(address, **{"Accept-Language": "es"})
        browser.write(f"{address}?in=es", answer)


def take_along(browser: Browser, claims: list[str], *, only_all: bool = False) -> None:
    """Have every file made that there can be, and keep its bytes."""
    offers = ["/take-along/", *(f"/take-along/?claim={claim.split('/')[2]}" for claim in claims)]
    for offer in offers:
        read = browser.note(offer)
        form = next((one for one in read.forms if "format" in one.fields), None)
        if form is None:
            continue
        scopes = form.fields["scope"] if offer == "/take-along/" else [offer.rpartition("=")[2]]
        scopes = scopes[:1] if only_all else list(dict.fromkeys(filter(None, scopes)))
        for format_, scope in itertools.product(form.fields["format"], scopes):
            _take(browser, format_, scope)


def _take(browser: Browser, format_: str, scope: str) -> None:
    adapter.forget_limits()
    answer = browser.post("/take-along/make/", format=format_, scope=scope)
    page = ""
    if answer.status_code == 303:
        page = answer["Location"]
        adapter.work()
        browser.note(page)
        answer = browser.get(f"{page}file/")
    which = browser.names.claim(scope) if len(scope) == 36 else scope
    browser.keep_file(f"file-{format_}-{which.replace(':', '-').replace('/', '_')}", body_of(answer))
    if page:
        browser.post(f"{page}delete/")
