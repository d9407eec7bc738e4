"""A FHIR R4 client: search page by page, read by reference; patient with plans, suspicious of links."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Protocol
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from apps.fhir import errors
from apps.fhir.bundles import (
    Page,
    Resource,
    local_reference,
    outcome_only,
    read_page,
    read_resource,
)
from apps.fhir.refusals import problem_of
from apps.outbound.door import Answer
from apps.outbound.errors import OutboundError, PackedOtherwise, TooLarge, TooSlow

PAGE_SIZE: Final = 100
ATTEMPTS: Final = 4
FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 8.0
PATIENCE_SECONDS: Final = 60.0
MOST_PAGES: Final = 1000
WORTH_WAITING: Final = frozenset({429, 502, 503, 504})
METHOD_REFUSED: Final = frozenset({405, 414, 501})
"""How servers refuse a search for its method, or its address for what the method puts into it (RFC 9110)."""
SEARCH: Final = "/_search"
"""What ends the address of a search that is sent as a form (FHIR R4 http.html#search)."""
LONGEST_QUERY: Final = 2048
"""Signs of a query beyond which IIS says that there is no such thing; Azure's links may be longer."""
IDS_PER_SEARCH: Final = 40
AS_THEY_ARE: Final = ":*,/"
"""Signs that need no escape in a query (RFC 3986 section 3.4): some servers compare it undecoded (C-04)."""
# After so many single reads in a row that gave nothing, the rest of that batch is not asked for.
FRUITLESS_READS: Final = 8
REFUSALS: Final = (400, 413, 422)
"""How servers answer a first page whose `_count` they do not take (C-01)."""
MOST_AT_ONCE: Final = 1000
"""Records that are asked for in one piece of a server that counts them but leads to no further page."""
ALL_AT_ONCE: Final = "#all"
"""What ends the link to a question of our own. A fragment is never sent (RFC 9110 section 4.2.5)."""
FEWEST_AT_ONCE: Final = 10
"""Records of a page below which a server is not asked for fewer, but without `_count`."""


class Transport(Protocol):
    """What the client needs of a connection: one authorised request at a time, redirects not followed."""

    def ask(self, url: str, form: str | None = None) -> Answer:
        """Return the complete answer to a GET, or to a POST of an encoded *form*, which some servers want
        instead of a query; raise OutboundError or the connection's own errors."""
        ...


class Client:
    """Asks one plan's FHIR server for one member's records.

    *pause* waits the given seconds and *monotonic* measures them, so that tests need not sleep. Waits that do
    not fit into *patience* seconds per question are not slept here: the error carries `retry_after` instead.
    *back_link* is what the plan calls the link to the page before. A *page_size* of 0 sends no `_count`: how
    many records come at once is then the plan's to say. Searches are sent *by_post* where a server refuses
    GET itself (C-01); *note_method* is told when that turns out otherwise than was known.
    """

    def __init__(
        self,
        base_url: str,
        transport: Transport,
        page_size: int | None = None,
        pause: Callable[[float], object] = time.sleep,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE_SECONDS,
        most_pages: int = MOST_PAGES,
        back_link: str = "previous",
        by_post: bool = False,
        note_method: Callable[[bool], object] = lambda _by_post: None,
    ) -> None:
        self._by_post, self._note_method = by_post, note_method
        self._links_by_post = False
        self.base_url = base_url.rstrip("/")
        self.page_size = PAGE_SIZE if page_size is None else page_size
        self._transport = transport
        self._pause = pause
        self._monotonic = monotonic
        self._patience = patience
        self._most_pages = most_pages
        self._back_link = back_link

    def search(
        self,
        type: str,
        params: Mapping[str, str],
        *,
        resume_at: str | None = None,
        page_size: int | None = None,
        most_pages: int | None = None,
    ) -> Iterator[Page]:
        """Yield the pages of a search for *type* by *params*, or those from the stored link *resume_at* on.

        `next` links are used exactly as given; only where a server refuses that, they are sent by a form with
        what they leave out. Raise FhirError; pages already yielded stay valid. *page_size* and *most_pages*
        replace the client's own for this search.
        """
        size = self.page_size if page_size is None else page_size
        sent = {**params, **({"_count": str(size)} if size else {})}
        most_pages = most_pages or self._most_pages
        if resume_at and resume_at.endswith(ALL_AT_ONCE):
            resume_at = None  # a guess of an earlier try: the page before it tells what for
        url: str | None = resume_at or self._question(type, sent)
        seen: set[str] = set()
        while url is not None:
            if url in seen or len(seen) >= most_pages:
                raise errors.EndlessPages(f"after {len(seen)} pages")
            is_question = not seen and resume_at is None
            seen.add(url)
            first = self._page(type, url, sent, is_link=not is_question)
            for page in self._all_at_once(type, sent, first) if is_question else (first,):
                yield page
                if page.refusal:
                    raise page.refusal
                url = page.next_url

    def _all_at_once(self, type: str, sent: Mapping[str, str], page: Page) -> Iterator[Page]:
        """Yield the first *page* of a search, and where the server counts more than it sent and leads nowhere
        what it sends in one piece.

        That there is more is our guess: what goes wrong with it is not the plan's fault.
        """
        counted, came = _more_than_sent(page, type), _entries(page)
        most = min(counted, MOST_AT_ONCE)
        if int(sent.get("_count", 0)) < most:
            whole = {**sent, "_count": str(most)}
            yield msgspec.structs.replace(page, next_url=self._question(type, whole) + ALL_AT_ONCE)
            page = self._guessed(type, whole)
        yield self._or_cut_short(type, sent, page, counted, came) if counted else page

    def _guessed(self, type: str, sent: Mapping[str, str]) -> Page:
        """Return the answer to a question that only we need, an empty page for none. Raise PlanBusy alone."""
        try:
            return self._page(type, self._question(type, sent), sent)
        except errors.PlanBusy:  # it keeps its pace
            raise
        except errors.FhirError:
            return Page(())

    def _or_cut_short(self, type: str, sent: Mapping[str, str], page: Page, counted: int, came: int) -> Page:
        """Return the last page of a server that counts more, with a refusal unless that server pages well;
        *came* are the entries of its first one.

        Counts are too large at servers that lose nothing: estimates, includes counted, records held back by
        law (facts: claims.md section 11). Those write a `next` behind a page of one record; who obeys
        `_count` there and leads nowhere, or cuts as before, cuts without a word.
        """
        if page.next_url or page.refusal or _entries(page) >= counted:
            return page
        if self._guessed(type, {**sent, "_count": "1"}).next_url:
            return page
        came = max(came, _entries(page))
        refusal = errors.CutShort(f"counts {counted}, sent {came}")
        refusal.asked = f"{type}, of which it counts {counted} and sent {came}, without a link to more"
        return msgspec.structs.replace(page, refusal=refusal)

    def _question(self, type: str, sent: Mapping[str, str]) -> str:
        return f"{self.base_url}/{type}?{urlencode(sent, safe=AS_THEY_ARE)}"

    def _page(self, type: str, url: str, sent: Mapping[str, str], *, is_link: bool = False) -> Page:
        """Return a page; *sent* are the parameters of the first."""
        if is_link:
            with _naming(f"{type}, a link to its next page"):
                return self._follow(url, sent)
        with _naming(f"{type} by {', '.join(sent)}"):
            answer = self._ask_first(type, url.partition("?")[2])
        return self._read(answer, url)

    def _read(self, answer: Answer, url: str) -> Page:
        links = answer.headers.get("Link", "")
        return read_page(
            answer.body, url=url, base_url=self.base_url, back_link=self._back_link, link_header=links
        )

    def statement(self) -> bytes:
        """Return what the server says of itself (FHIR R4 CapabilityStatement), unread; raise FhirError."""
        with _naming("its capability statement"):
            return self._ask(f"{self.base_url}/metadata", attempts=1).body

    def read(self, reference: str, *, attempts: int = ATTEMPTS) -> Resource:
        """Return the resource of a relative or same-base absolute *reference*; raise FhirError.

        Anything else (another server, ``#contained``, ``urn:``) raises NextRefused without a request.
        """
        local = local_reference(reference, base_url=self.base_url)
        if local is None:
            raise errors.NextRefused("reference leads elsewhere")
        type_, _, id_ = local.partition("/")
        with _naming(f"{type_} by its id"):
            answer = self._ask(f"{self.base_url}/{type_}/{quote(id_, safe='')}", attempts=attempts)
        resource = read_resource(answer.body)
        if resource.type == "OperationOutcome":
            raise outcome_only(resource.body)
        if resource.type != type_:
            raise errors.NotFhir("another type than asked for")
        return resource

    def read_many(
        self,
        type: str,
        ids: Iterable[str],
        *,
        page_size: int | None = None,
        missed: Callable[[str, errors.FhirError], object] = lambda *_: None,
    ) -> Iterator[Page]:
        """Yield pages with the resources of *type* that the server gives; missing ones are left out.

        Asks in batches by ``_id=a,b,c``; what a batch does not bring is read one by one, until several reads
        in a row gave nothing (a dangling reference is normal: facts, payers.md 5). *missed* is told each id
        that was read alone and not given, and why: an id that neither came nor was missed was not asked for
        alone. A search that brings only others is not gone on with. The order of *ids* is kept. Raise only
        errors worth a retry of the whole, and the transport's own.
        """
        wanted, heeds_ids = list(dict.fromkeys(ids)), True
        for start in range(0, len(wanted), IDS_PER_SEARCH):
            batch = wanted[start : start + IDS_PER_SEARCH]
            missing = set(batch)
            try:
                query = {"_id": ",".join(batch)}
                pages = self.search(type, query, page_size=page_size, most_pages=len(batch))
                for page in pages if heeds_ids else ():
                    # What an error is about is asked for alone, and then known to be missing.
                    yield msgspec.structs.replace(page, has_failed=False, refusal=None)
                    came = {resource.id for resource in page.resources if resource.type == type}
                    # A server that ignores `_id` would go through all its records.
                    heeds_ids = not came or not came.isdisjoint(batch)
                    missing -= came
                    if not heeds_ids or not missing:
                        break
            except (errors.PlanBusy, errors.PlanUnreachable):
                raise
            except errors.FhirError:
                pass  # no search for this type, or not by a list: single reads remain
            yield from self._one_by_one(type, filter(missing.__contains__, batch), missed)

    def _one_by_one(
        self, type: str, ids: Iterable[str], missed: Callable[[str, errors.FhirError], object]
    ) -> Iterator[Page]:
        fruitless = 0
        for id_ in ids:
            try:
                resource = self.read(f"{type}/{id_}", attempts=1)
                if resource.id != id_:  # it would be asked for again and again, and gives nobody a name
                    raise errors.NotOffered("another record than asked for")
                yield Page((resource,))
                fruitless = 0
            except (errors.PlanBusy, errors.PlanUnreachable):
                raise
            except errors.FhirError as error:
                missed(id_, error)
                fruitless += 1
                if fruitless >= FRUITLESS_READS:
                    return

    def _ask_first(self, type: str, query: str) -> Answer:
        """Ask by the method that is known to be taken, then by the other (FHIR R4 http.html#search)."""
        try:
            return self._ask_by(self._by_post, type, query)
        except errors.FhirError as error:
            if error.status not in METHOD_REFUSED:
                raise
        answer = self._ask_by(not self._by_post, type, query)
        self._by_post = not self._by_post
        self._note_method(self._by_post)
        return answer

    def _ask_by(self, by_post: bool, type: str, query: str) -> Answer:
        if by_post:
            return self._ask(f"{self.base_url}/{type}{SEARCH}", form=query)
        return self._ask(f"{self.base_url}/{type}?{query}")

    def _follow(self, url: str, sent: Mapping[str, str]) -> Page:
        """Return the page that a link leads to, asked for exactly as given, and by a form where that is
        refused: from then on in that order, as long as it is taken."""
        try:
            return self._linked(self._links_by_post, url, sent)
        except errors.FhirError as error:
            if not _is_of_method(error, url):
                raise
        page = self._linked(not self._links_by_post, url, sent)
        self._links_by_post = not self._links_by_post
        return page

    def _linked(self, by_post: bool, url: str, sent: Mapping[str, str]) -> Page:
        return self._read(self._ask_by_form(url, sent) if by_post else self._ask(url), url)

    def _ask_by_form(self, url: str, sent: Mapping[str, str]) -> Answer:
        """Ask for what a link leads to by a form.

        Servers leave out of a link to `_search` what was asked in the form before it (Azure, Firely Server,
        LinuxForHealth FHIR): that is *sent* with it again.
        """
        place, _, query = url.partition("?")
        if not place.endswith(SEARCH):
            return self._ask(f"{place.rstrip('/')}{SEARCH}", form=query)
        led = parse_qsl(query, keep_blank_values=True)
        ours = [(name, value) for name, value in sent.items() if name not in dict(led)]
        return self._ask(place, form=urlencode([*ours, *led], safe=AS_THEY_ARE))

    def _ask(self, url: str, *, attempts: int = ATTEMPTS, form: str | None = None) -> Answer:
        """Return a 2xx answer with content, waiting and asking again where that may help; raise FhirError."""
        deadline, pause = self._monotonic() + self._patience, FIRST_WAIT_SECONDS
        while True:
            try:
                return self._ask_once(url, form)
            except errors.FhirError as problem:
                attempts -= 1
                wait = problem.retry_after
                if wait is None:
                    wait = pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
                is_late = wait > LONGEST_WAIT_SECONDS or self._monotonic() + wait > deadline
                may_pass = isinstance(problem, errors.PlanUnreachable) or problem.status in WORTH_WAITING
                if not attempts or is_late or not may_pass:
                    raise
            self._pause(wait)
            pause = min(LONGEST_WAIT_SECONDS, pause * 2)

    def _ask_once(self, url: str, form: str | None) -> Answer:
        try:
            answer = self._transport.ask(url, form)
        except TooLarge as error:
            raise errors.AnswerTooLarge("over the size limit") from error
        except PackedOtherwise as error:
            raise errors.NotFhir("packed in a way that was not asked for") from error
        except OutboundError as error:
            if not error.retry:
                raise errors.NextRefused(type(error).__name__) from error
            kind = errors.PlanTooSlow if isinstance(error, TooSlow) else errors.PlanUnreachable
            raise kind(type(error).__name__) from error
        if 200 <= answer.status < 300 and answer.status != 204:
            return answer
        raise problem_of(answer)


@contextmanager
def _naming(asked: str) -> Iterator[None]:
    """Have errors say what was asked: the type and the names of parameters, never a value (C-05)."""
    try:
        yield
    except errors.FhirError as error:
        error.asked = asked
        raise


def _is_of_method(error: errors.FhirError, url: str) -> bool:
    """Whether a link may have been refused for its method: FHIR knows no GET of `_search`, and some servers
    say 404 to an address for its length."""
    place, _, query = url.partition("?")
    is_of_form = place.endswith(SEARCH) or len(query) > LONGEST_QUERY
    is_refusal = isinstance(error, errors.Rejected | errors.NotAllowed | errors.NotOffered)
    return (is_of_form and is_refusal) or error.status in METHOD_REFUSED


def _more_than_sent(page: Page, type: str) -> int:
    """How many records a server counts, where it sent fewer and leads no further; else 0.

    Some servers cut what they send and write no `next`: all from there on was lost without a word. `total`
    is no promise (facts: claims.md section 11), so what it counts is asked for once. Of a single record no
    server shows whether it leads on: its count is let be.
    """
    came, total = sum(resource.type == type for resource in page.resources), page.total or 0
    is_last = page.next_url is None and page.refusal is None
    return total if is_last and 1 < came < total else 0


def _entries(page: Page) -> int:
    """How many entries of a page hold something."""
    return len(page.resources) + len(page.outcomes) + page.unreadable


def fewer(count: int) -> int:
    """How many records to ask for where *count* were too many: half as many, at last without `_count` (0)."""
    return max(count // 2, FEWEST_AT_ONCE) if count > FEWEST_AT_ONCE else 0
