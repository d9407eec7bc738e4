"""What this app asks of a plan: as a CapabilityStatement (FHIR R4, mode `client`), and in words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypedDict, cast

from django.conf import settings
from django.utils.module_loading import import_string

from apps.listing.face import Face, real
from apps.plain_language.language import _


class Parameter(TypedDict):
    """A search parameter; `is_needed` where nothing can be shown without it."""

    name: str
    is_needed: bool


class AskedType(TypedDict):
    """One FHIR type: its `words` for members, how it is asked for, profiles, and whether models check it.

    `with_source`: what is asked for with it (`_revinclude`) where the plan refuses to give that alone, or "".
    """

    type: str
    words: list[str]
    is_read: bool
    is_searched: bool
    with_source: str
    parameters: list[Parameter]
    profiles: list[str]
    is_checked: bool


class ClientRole(TypedDict):
    """All that is asked. `further_searches` are asked by an operator's command only."""

    types: list[AskedType]
    page_size: int
    accept: str
    scopes: list[str]
    further_searches: list[str]
    checked_by: str


def client_role() -> ClientRole:
    """Return what the setting LISTING_CLIENT_ROLE names."""
    return cast(ClientRole, import_string(settings.LISTING_CLIENT_ROLE)())


@dataclass(frozen=True, slots=True)
class TypeShown:
    """One FHIR type as pages show it: what it is read for, how it is asked for, names of profiles."""

    type: str
    read_for: str
    asked_by: str
    profiles: tuple[tuple[str, str], ...]
    """Short names, with their addresses."""
    is_checked: bool
    must_support: int = 0
    """Elements that tests look for on pages."""


def shown(asked: AskedType, *, must_support: int = 0) -> TypeShown:
    """Return *asked* in words."""
    return TypeShown(
        type=asked["type"],
        read_for=", ".join(_(word) for word in asked["words"]),
        asked_by="; ".join(_ways(asked)),
        profiles=tuple((url.rpartition("/")[2], url) for url in asked["profiles"]),
        is_checked=asked["is_checked"],
        must_support=must_support,
    )


def _ways(asked: AskedType) -> Iterable[str]:
    names = [parameter["name"] for parameter in asked["parameters"]]
    if asked["is_read"]:
        yield _("read by id")
    if names:
        yield _("search by {parameters}").format(parameters=", ".join(names))
    elif asked["is_searched"]:
        yield _("search without parameters, where sign-in does not name the patient")
    if search := asked["with_source"]:
        words = _("with _revinclude={search}, where {source} alone is refused")
        yield words.format(search=search, source=search.partition(":")[0])
    if not (asked["is_read"] or asked["is_searched"]):
        yield _("never asked for; kept where a plan adds it to its answers")


FHIR_VERSION: Final = "4.0.1"
EXPECTATION: Final = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation"
SECURITY_SERVICE: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"
TYPES: Final = {
    "_lastUpdated": "date",
    "_id": "token",
    "_count": "number",
    **dict.fromkeys(("category", "intent", "status"), "token"),
}
"""FHIR R4 search parameter types; those that are not named here are references."""
WHY: Final = {
    "patient": "The one patient whose records may be read.",
    "_lastUpdated": "ge, where records are here already; a server that refuses it is asked for everything.",
    "_id": "Up to 40 ids, separated by commas. What that does not bring is read alone.",
    **dict.fromkeys(
        ("category", "intent", "status"),
        "Where the server does not take a search by patient alone: several values, then each alone. What it "
        "takes is remembered.",
    ),
    "beneficiary": "Where the server does not take a search by patient. What it takes is remembered.",
    "": "Without parameters, where sign-in does not name the patient: whom the token may read.",
}


def statement(face: Face, role: ClientRole, *, on: date) -> dict[str, Any]:
    """Return what a server has to offer this app, made on the day *on*.

    `software` and `implementation` are absent, as R4 has it for requirements (invariant cpb-14).
    """
    mine = face.listing
    publisher = {"publisher": face.listing.company} if face.listing.company else {}
    mail = real(mine.support_email)
    contact = {"contact": [{"telecom": [{"system": "email", "value": mail}]}]} if mail else {}
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{face.site}/app/capability-statement.json",
        "version": face.version,
        "name": _machine_name(mine.name),
        "title": f"{mine.name}: what it asks of a health plan",
        "status": "active",
        "experimental": False,
        "date": on.isoformat(),
        **publisher,
        **contact,
        "description": (
            f"{mine.name} shows members of US health plans their own coverage and claims; clinical records "
            "only where the member says yes to them apart. It only reads, one member's records at a time, "
            "with that member's permission (SMART App Launch). This is what it asks of a server; a plan that "
            "offers less is read as far as that goes."
        ),
        "kind": "requirements",
        "fhirVersion": FHIR_VERSION,
        "format": [role["accept"]],
        "rest": [
            {
                "mode": "client",
                "documentation": (
                    "Nothing is written. Pages are followed by their `next` links, on the server's own "
                    "origin. References are followed on the same server only. Retry-After is honored."
                ),
                "security": {
                    "service": [{"coding": [{"system": SECURITY_SERVICE, "code": "SMART-on-FHIR"}]}],
                    "description": (
                        "SMART App Launch 2.2, also 1.0: standalone launch and EHR launch, authorization "
                        "code, PKCE S256 unless the plan cannot take it. Scopes, where a plan has no others: "
                        f"{' '.join(role['scopes'])}"
                    ),
                },
                "resource": [_resource(asked) for asked in role["types"]],
                "searchParam": [_count(role["page_size"])],
            }
        ],
    }


def _resource(asked: AskedType) -> dict[str, Any]:
    interactions = [
        {"code": code, **({"documentation": why} if why else {})}
        for code, why, is_asked in (
            ("read", "Of the member's own record, or of what another record refers to.", asked["is_read"]),
            ("search-type", "" if asked["parameters"] else WHY[""], asked["is_searched"]),
        )
        if is_asked
    ]
    parameters = [
        {
            "extension": [_expected(is_needed=parameter["is_needed"])],
            "name": parameter["name"],
            "type": TYPES.get(parameter["name"], "reference"),
            "documentation": WHY[parameter["name"]],
        }
        for parameter in asked["parameters"]
    ]
    resource = {
        "type": asked["type"],
        "supportedProfile": asked["profiles"],
        "documentation": f"Read for: {', '.join(asked['words'])}.",
        "interaction": interactions,
        "searchRevInclude": [asked["with_source"]] if asked["with_source"] else [],
        "searchParam": parameters,
    }
    return {name: value for name, value in resource.items() if value}


def _count(page_size: int) -> dict[str, Any]:
    return {
        "extension": [_expected(is_needed=False)],
        "name": "_count",
        "type": TYPES["_count"],
        "documentation": (
            f"{page_size}, where nothing else is known of the server. A size that is refused is halved, "
            "then left out, and what the server takes is remembered."
        ),
    }


def _expected(*, is_needed: bool) -> dict[str, str]:
    return {"url": EXPECTATION, "valueCode": "SHALL" if is_needed else "SHOULD"}


def _machine_name(name: str) -> str:
    """Return *name* as R4 wants it of a computer-friendly name (invariant cpb-0): ``HarborReader``."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return (joined if joined[:1].isalpha() else f"App{joined}")[:255]
