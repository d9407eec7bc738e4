"""Which page of a search follows: read from its bundle or its header, and kept to the plan's own server."""

from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

import msgspec

from apps.fhir.errors import UNREADABLE, EndlessPages, NextRefused
from apps.fhir.link_header import next_of_header
from apps.outbound.addresses import by_tls, origin_of
from apps.outbound.errors import AddressRefused


class _Link(msgspec.Struct):
    relation: str = ""
    url: str | None = None


_link = msgspec.json.Decoder(_Link)


def same_origin(url: str, *, base_url: str) -> bool:
    """Return whether *url* has the scheme, host and port of the FHIR base and no user info."""
    try:
        is_there = origin_of(url) == origin_of(base_url)
    except AddressRefused:
        return False
    return is_there and "@" not in urlsplit(url).netloc and "\\" not in url


def next_page(
    links: Iterable[msgspec.Raw], link_header: str, *, url: str, base_url: str, back_link: str
) -> str | None:
    """Return the absolute address of the page after the one from *url*, None after the last one.

    *links* are those of the bundle, *link_header* that of HTTP. Raise NextRefused for one that leads away
    from *base_url*, and EndlessPages for the page before, to which *back_link* leads.
    """
    links = tuple(links)
    try:
        link = _link_of(links, "next", url) or next_of_header(link_header, url=url)
        if link is None:
            return None
        own = _link_of(links, "self", url) or ""
        target = _rewritten(link, own, url=url, base_url=base_url)
    except ValueError:
        raise NextRefused("malformed link") from None
    if not same_origin(target, base_url=base_url):
        raise NextRefused("another origin")
    with suppress(ValueError):
        back = _link_of(links, back_link, url)
        if back is not None and target == _rewritten(back, own, url=url, base_url=base_url):
            raise EndlessPages("the next page is the page before")
    return target


def _link_of(links: Iterable[msgspec.Raw], relation: str, url: str) -> str | None:
    """The absolute address of the first link of this relation; ValueError when it is malformed."""
    for raw in links:
        link = _Link()
        with suppress(*UNREADABLE):
            link = _link.decode(raw)
        if not link.relation and f'"{relation}"'.encode() in bytes(raw):
            raise ValueError("a link of another form")
        if link.relation.strip().lower() == relation and link.url:
            is_bare = link.url.startswith(f"{urlsplit(url).netloc}/")  # a host that lost its scheme
            return urljoin(url, f"//{link.url}" if is_bare else link.url)
    return None


def _rewritten(link: str, own: str, *, url: str, base_url: str) -> str:
    """Return a link as it is asked for, "" where it leads away; ValueError when it is malformed."""
    target, base = by_tls(link, base_url), base_url.rstrip("/")
    if target.startswith((f"{base}/", f"{base}?")):
        return target
    is_there = same_origin(target, base_url=base_url)
    return _at_home(link, own, url=url, base_url=base_url) or (target if is_there else "")


def _at_home(link: str, own: str, *, url: str, base_url: str) -> str:
    """Return a link to elsewhere as one to the plan's own base, where only the name of that differs; else "".

    Servers behind a gateway write links by the name that they have inside, or without a part of their path.
    By what it calls the page in hand, *own*, it is known what stands there for *base_url*. So nothing is
    asked elsewhere.
    """
    base = base_url.rstrip("/")
    place = url.partition("?")[0].removeprefix(base).rstrip("/").removesuffix("/_search")
    inside = own.partition("?")[0].rstrip("/").removesuffix("/_search")
    if not inside.endswith(place):
        return ""
    inside = inside.removesuffix(place)
    is_beside = link.startswith((f"{inside}/", f"{inside}?"))
    return f"{base}{link.removeprefix(inside)}" if inside and is_beside else ""
