"""FHIR types as the kinds of records declare them, for every room that may import no kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, Final, Literal, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

type Consent = Literal["claims", "clinical"]
CLAIMS: Final[frozenset[Consent]] = frozenset({"claims"})
CLINICAL: Final[frozenset[Consent]] = frozenset({"clinical"})
EVERY: Final[frozenset[Consent]] = frozenset({"claims", "clinical"})
type Form = tuple[str, ...]
"""One way to ask for everything: searches after one another, each with this beside the person's id
(``category=laboratory``, several joined by ``&``); none at all is one search by the person alone. One that
holds `PERSON` says itself whose records are asked for."""
PERSON: Final = "{person}"
"""Where the id goes for servers that find none by the bare one (http://hl7.org/fhir/R4/search.html#reference)."""


class Purpose(NamedTuple):
    """What is read, in a member's words, and why: untranslated; types with one purpose stand in one line."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirType:
    """One FHIR type.

    `role`: the `records` of a person, that `person`, the `names` records refer to, a `file` they name, which
    is fetched when the member asks for it and is never mirrored, or `unasked`: kept where a plan adds it to
    its answers.
    """

    name: str
    role: Literal["records", "person", "names", "file", "unasked"] = "records"
    purpose: Purpose
    granted: str = ""
    """What a permission to read it allows, untranslated; "" for what is no matter of its own."""
    made_of: tuple[str, ...] = ()
    """Elements that tell records without id apart, besides numbers and period (`apps.fhir.identity`)."""
    is_closed_later: bool = False
    """Whether its end and status are written into a record that goes on."""
    profiles: tuple[str, ...] = ()
    """Profiles that published records were read of. Any other is read as far as R4 goes."""
    is_checked: bool = False
    """Whether it is so seldom that each record is held against R4."""
    part: str = ""
    """What an update calls all of them, untranslated, where it asks for them whomever they refer to."""
    received: tuple[str, str] | None = None
    """One and several that came, untranslated; None: as records."""
    shown: str = ""
    """What one is called among people and places, untranslated; "" for what is shown elsewhere alone."""
    searches: str = ""
    """What apps have to be able to search it by (CARIN BB), parameters sent together joined by a plus."""
    includes: tuple[str, ...] = ()
    """What of those it refers to may be asked for with it (`_include`)."""
    has_contacts: bool = False
    """Whether its telephone and address are shown."""
    consent: Consent = "claims"
    """Under which consent it is asked for and kept."""
    forms: tuple[Form, ...] = ((),)
    """How a plan is asked for all of a person's, the next form where one is refused (`Form`)."""
    with_source: str = ""
    """What servers have to send along with it when asked so: where it came from (US Core). "" for none."""
    categories: tuple[tuple[str, str], ...] = ()
    """Categories that a permission may be for alone (SMART's granular scopes), with words, untranslated."""

    @property
    def forms_with_source(self) -> tuple[Form, ...]:
        """The same forms, each search asking for where the records came from too."""
        return tuple(
            tuple("&".join(filter(None, (search, self.with_source))) for search in form or ("",))
            for form in self.forms
        )


def by_kinds[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compute it once for each value of RECORD_KINDS: runs ask with every record, and tests add kinds."""
    computed: Any = cache(lambda _paths, *arguments, **named: function(*arguments, **named))

    @wraps(function)
    def known(*arguments: P.args, **named: P.kwargs) -> R:
        answer: R = computed(tuple(settings.RECORD_KINDS), *arguments, **named)
        return answer

    return known


@by_kinds
def fhir_types(consents: frozenset[Consent] = EVERY) -> Mapping[str, FhirType]:
    """Return the types by name, in the order of RECORD_KINDS: the first is what members come for.

    Every type that is known, or those alone that may be asked for and kept under these *consents*.
    """
    types = (fhir_type for path in settings.RECORD_KINDS for fhir_type in import_string(path).types)
    return {fhir_type.name: fhir_type for fhir_type in types if fhir_type.consent in consents}


def main_type() -> str:
    """Return the name of the type that members come for."""
    return next(iter(fhir_types()))


@by_kinds
def person_type() -> str:
    """Return the name of the type that says who a member is to a plan."""
    return _in_role("person", EVERY)[0]


@by_kinds
def naming_types(consents: frozenset[Consent] = EVERY) -> tuple[str, ...]:
    """Return the names of the types that others refer to, in the order in which they are asked for."""
    return _in_role("names", consents)


@by_kinds
def asked_types(consents: frozenset[Consent] = CLAIMS) -> tuple[str, ...]:
    """Return the names of the types that a plan is asked for whomever their records refer to."""
    return (person_type(), *_in_role("records", consents))


def _in_role(role: str, consents: frozenset[Consent]) -> tuple[str, ...]:
    return tuple(name for name, fhir_type in fhir_types(consents).items() if fhir_type.role == role)
