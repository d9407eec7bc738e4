"""Asking a plan for all of one type by a form that it takes: one search, or several after one another."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from apps.fhir.bundles import Page
from apps.fhir.client import Client
from apps.sync.course import FORM_REFUSED
from apps.sync.questions import Question
from config.fhir_types import PERSON, Form, fhir_types

MOST_REFUSED: Final = 3
"""So many searches of a form refused, and none answered, are enough: the others would be too."""
PLACE: Final = re.compile(r"(?P<link>.*)#(?P<at>begin|page)-(?P<form>\d+)-(?P<number>\d+)", re.DOTALL)
"""What follows the link that is stored with a page, where a form has several searches: which of them it is
of. A fragment is never sent (RFC 9110 section 4.2.5)."""


def forms_of(kind: str, limits: Mapping[str, frozenset[str]]) -> tuple[Form, ...]:
    """How a resource type is asked for; each category by itself where the permission covers only some.

    A search outside the granted categories may be refused, and with it the rest of the answer. *limits* are
    the granted categories by type (`granted.limits_of`).
    """
    if kind in limits:
        return (tuple(f"category={category}" for category in sorted(limits[kind])),)
    fhir_type = fhir_types()[kind]
    return (*fhir_type.forms, *fhir_type.forms_with_source)


def ends_search(page: Page) -> bool:
    """Whether a page of `Searches.pages` is the last one of a search, be it that another one follows."""
    place = PLACE.fullmatch(page.next_url or "")
    return page.next_url is None or (place is not None and place["at"] == "begin")


@dataclass(frozen=True, slots=True)
class Searches:
    """What is asked for: a question with the *params* of its pass, in one of the forms of its type."""

    question: Question
    params: dict[str, str]
    forms: tuple[Form, ...]
    form: int

    def pages(self, resume_at: str | None, client: Client) -> Iterator[Page]:
        """Yield the pages of all searches of the form, or those from a stored link on.

        Each page leads to the next, from the last of one search to the first of the following one. Where the
        plan refuses some of the searches and answers others, the refused ones brought nothing.
        """
        here, link, first = self._resumed(resume_at)
        searches, refusals = here.forms[here.form] or ("",), 0
        is_answered = resume_at is not None
        for number, search in enumerate(searches):
            if number < first:
                continue
            is_last = number + 1 == len(searches)
            try:
                for page in here._asked(search, link, client):
                    is_answered = True
                    yield page if len(searches) == 1 else here._led_on(page, number, is_last, client)
            except FORM_REFUSED as error:
                refusals += 1
                is_refused = not is_answered and (is_last or refusals >= MOST_REFUSED)
                # Of a link to a next page that is refused, the search itself was taken.
                if is_refused or len(searches) == 1 or error.asked.endswith("next page"):
                    raise
                if is_last:
                    yield Page(())
            link = None

    def _resumed(self, resume_at: str | None) -> "tuple[Searches, str | None, int]":
        """Return the form that a stored link is of, the link, and which of the searches goes on from it."""
        place = PLACE.fullmatch(resume_at or "")
        if place is None:
            return self, resume_at, 0
        form, number = int(place["form"]), int(place["number"])
        if form >= len(self.forms) or number >= len(self.forms[form] or ("",)):
            return (
                self,
                None,
                0,
            )  # it is asked for in other forms than when that was stored: from the beginning
        link = place["link"] if place["at"] == "page" else None
        return replace(self, form=form), link, number

    def _asked(self, search: str, link: str | None, client: Client) -> Iterator[Page]:
        person = self.params["patient"]
        parameters = (part.partition("=") for part in search.replace(PERSON, person).split("&") if part)
        others = {name: value for name, value in self.params.items() if name != "patient"}
        sent = (others if PERSON in search else self.params) | {name: value for name, _, value in parameters}
        question = self.question
        # Who stores the pages sees to it that they end: only there it is known what they bring.
        return client.search(
            question.fhir_type, sent, resume_at=link, page_size=question.page_size, most_pages=sys.maxsize
        )

    def _led_on(self, page: Page, number: int, is_last: bool, client: Client) -> Page:
        """Return the page with the place of what follows it."""
        if page.refusal or (page.next_url is None and is_last):
            return page
        link = f"{page.next_url}#page-{self.form}-{number}"
        if page.next_url is None:
            link = f"{client.base_url}/{self.question.fhir_type}#begin-{self.form}-{number + 1}"
        return msgspec.structs.replace(page, next_url=link)
