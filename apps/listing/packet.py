"""The packet of one registration: the asker's fields in its own order, annexes, a signed archive of all."""

import base64
import binascii
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.text import slugify

from apps.listing import capability, published, standalone
from apps.listing.askers import ANYONE, AskedField, Asker, anyone, askers_of, everyone
from apps.listing.capability import client_role
from apps.listing.documents import (
    COVER,
    Document,
    Line,
    as_markdown,
    documents,
    newest,
    proofs_of,
    signed_answers,
)
from apps.listing.face import Face, face, real
from apps.listing.gathered import latest_of_each_payer
from apps.listing.logo import SIZES, logo_png
from apps.listing.published import UNKNOWN, commit

SBOM: Final = Path(__file__).parent / "data" / "sbom.json"
MANIFEST: Final = "MANIFEST.sha256"
VERIFY: Final = (
    f"openssl pkeyutl -verify -pubin -inkey packet-key.pem -rawin -in {MANIFEST} -sigfile {MANIFEST}.sig",
    f"sha256sum --check {MANIFEST}",
)
"""In this order, in the folder of the archive; see `Packet.checks`."""
PICTURES: Final = {"pictures": "docs/screenshots", "recording": "var/recording"}
"""Folders of the archive, and of a checkout: those kept there, and what `make recording` drew."""
LOOPBACK: Final = r"(.+\.)?localhost|127\..+|::1"
UNTOUCHED: Final = (1980, 1, 1, 0, 0, 0)
LEFT_OUT: Final = "Not there: optional, and left empty by the operator."
NEVER_FOR_ALL: Final = frozenset({"attestation", "risk_analysis"})
"""What one asker was told of its own form is no answer to another's."""
WHOSE: Final = "Whose form this follows"
"""What the operator chooses in the registration, where forms of several payers may be meant."""
OURS_ALONE: Final = "extras"
"""What forms of payers ask for and RFC 7591 has no name for: a server is not sent it."""


@dataclass(frozen=True)
class Packet:
    """What one asker is sent about one registration."""

    sheet: Any
    asker: Asker
    face: Face
    cover: Document
    annexes: tuple[Document, ...]
    on: date
    several: tuple[str, ...] = ()
    """Whose forms may be meant, where none of them is chosen: no word of it leaves with the packet."""

    @property
    def whose(self) -> str:
        """Return who it is for: the asker, the registration's name where the form is nobody's."""
        return self.sheet.name if self.asker.key == ANYONE else self.asker.name

    @property
    def file_name(self) -> str:
        """Return the archive's name, without anything that a name of a file may not have."""
        return f"packet-{slugify(self.whose) or self.asker.key}-{self.on}.zip"

    @property
    def blanks(self) -> list[tuple[str, Line]]:
        """What keeps it from being complete, with the title of the document."""
        return [(sheet.title, line) for sheet in (self.cover, *self.annexes) for line in sheet.blanks]

    @property
    def named(self) -> dict[str, Document]:
        """Return cover and annexes by their file names, in the order in which they are read."""
        return {
            f"{number:02}-{sheet.slug}.md": sheet for number, sheet in enumerate((self.cover, *self.annexes))
        }

    @property
    def is_signed(self) -> bool:
        """Whether there is a key to sign with."""
        return signing_key() is not None

    @property
    def checks(self) -> tuple[str, ...]:
        """Return the commands that check the archive, in its folder: sums alone where it is not signed."""
        return VERIFY if self.is_signed else VERIFY[1:]


def sheets() -> list[Any]:
    """Return every registration as the plans' room tells it (the setting LISTING_REGISTRATIONS)."""
    return list(import_string(settings.LISTING_REGISTRATIONS)())


def packet(sheet: Any, face: Face, *, on: date) -> Packet:
    """Return the packet of a registration, made on the day *on*."""
    askers = askers_of(sheet.asker, sheet.profiles)
    asker = askers[0] if len(askers) == 1 else anyone()
    meant = {"", *asker.questionnaires}
    annexes = tuple(
        document for document in documents(face.listing, face.site) if document.questionnaire in meant
    )
    values = _values(sheet, face, asker, annexes)
    to_all, alone = signed_answers(COVER), signed_answers(*asker.questionnaires)
    lines = tuple(
        _line(field, values, alone if field.key in NEVER_FOR_ALL else to_all | alone)
        for field in asker.fields
    )
    several = tuple(asker.name for asker in askers) if len(askers) > 1 else ()
    choice = (Line(WHOSE, "", is_blank=True),) if several else ()
    cover = Document("cover", "", _intro(sheet, asker, askers), asker.source, (*choice, *lines))
    untitled = Packet(sheet, asker, face, cover, annexes, on, several)
    return replace(untitled, cover=replace(cover, title=f"{face.listing.name} for {untitled.whose}"))


def _intro(sheet: Any, asker: Asker, askers: Sequence[Asker]) -> str:
    """Say whose form the cover follows; where it is nobody's, whether none is known."""
    head = f"{sheet.name} ({sheet.environment})"
    if asker.key == ANYONE:
        unknown = "" if askers else "no form of theirs is known, so "
        return f"{head}: {unknown}what registering by RFC 7591 asks for."
    hearsay = " The form was read about, not read." if asker.second_hand else ""
    return f"{head}: what {asker.name} asks for.{hearsay}"


def signed_for_none() -> list[str]:
    """Return what is signed for every cover though each asker is answered it alone: nobody is sent that."""
    alone = {everyone().fields[key] for key in NEVER_FOR_ALL}
    return sorted(alone & signed_answers(COVER).keys())


def archive(packet: Packet) -> bytes:
    """Return the packet as a zip: the same bytes for the same contents."""
    files = _files(packet)
    manifest = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    files[MANIFEST] = manifest.encode()
    if key := signing_key():
        files[f"{MANIFEST}.sig"] = key.sign(files[MANIFEST])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in sorted(files):
            bundle.writestr(zipfile.ZipInfo(name, UNTOUCHED), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def signing_key() -> Ed25519PrivateKey | None:
    """Return the packet key (PACKET_KEY), None where there is none or it is no key of 32 bytes."""
    try:
        seed = base64.b64decode(settings.PACKET_KEY, validate=True)
        return Ed25519PrivateKey.from_private_bytes(seed) if seed else None
    except (binascii.Error, ValueError):
        return None


def public_key_pem() -> bytes:
    """Return what packets are checked with; empty where they are not signed."""
    key = signing_key()
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) if key else b""


def _files(packet: Packet) -> dict[str, bytes]:
    source, made_from = packet.face.listing.source_url, commit()
    tests_at = f"{source}/blob/{made_from}" if source and made_from != UNKNOWN else ""
    texts = {name: as_markdown(sheet, tests_at=tests_at) for name, sheet in packet.named.items()}
    texts |= {
        "README.md": _readme(packet),
        standalone.FILE: standalone.page(packet.named, packet.face),
        "release.json": _json(_release(packet)),
        "client-metadata.json": _json(_public_only(metadata(packet.sheet, packet.face))),
        "capability-statement.json": _json(capability.statement(packet.face, client_role(), on=packet.on)),
        "r4-evidence.json": _json([_run(run) for run in latest_of_each_payer()]),
        "sbom.json": SBOM.read_text("utf-8"),
    }
    files = {name: text.encode() for name, text in texts.items()}
    files |= {f"logos/logo-{side}.png": logo_png(side) for side in SIZES}
    files |= _pictures()
    return files | ({"packet-key.pem": public_key_pem()} if packet.is_signed else {})


def _pictures() -> dict[str, bytes]:
    """Return the pictures of the app that stand beside it, by their name in the archive."""
    return {
        f"{name}/{file.relative_to(settings.BASE_DIR / folder).as_posix()}": file.read_bytes()
        for name, folder in PICTURES.items()
        for file in (settings.BASE_DIR / folder).rglob("*.*")
    }


def _release(packet: Packet) -> dict[str, Any]:
    blanks = [{"document": title, "blank": line.ask} for title, line in packet.blanks]
    return {
        "software": packet.face.listing.name,
        "version": packet.face.version,
        "commit": commit(),
        "made_on": packet.on.isoformat(),
        "registration": packet.sheet.name,
        "environment": packet.sheet.environment,
        "asker": packet.whose,
        "complete": not blanks,
        "blanks": blanks,
    }


def _readme(packet: Packet) -> str:
    state = (
        "complete"
        if not packet.blanks
        else f"INCOMPLETE: {len(packet.blanks)} answers are the operator's to give"
    )
    key = f"The key is also at <{packet.face.site}/app/packet-key.pem>."
    key = key if packet.is_signed else "It is NOT SIGNED: this site has no packet key."
    signed = ["Check it, in this folder:", "\n".join("    " + command for command in packet.checks), key]
    folders = ", ".join(sorted({name.partition("/")[0] for name in _pictures()}))
    seen = f"The app as it looks, with invented people, is in: {folders}."
    seen = seen if folders else "There are no pictures of the app in it: none were kept where it was made."
    title = f"# {packet.cover.title}"
    said = f"Release {packet.face.version}, commit {commit()}, made on {packet.on}. It is {state}."
    first, *others = (f"- {name}: {sheet.title}" for name, sheet in packet.named.items())
    contents = ["Begin here:", first, "For looking up:", "\n".join(others)]
    contents.append(
        f"Cover and annexes, with the policies, are also one page that fetches nothing: {standalone.FILE}."
    )
    blanks = "\n".join(f"- {document}: {line.ask}" for document, line in packet.blanks)
    return "\n\n".join([title, said, *filter(None, [blanks]), *contents, *signed, seen]) + "\n"


def _run(run: Any) -> dict[str, Any]:
    run_facts = {name: getattr(run, name) for name in ("payer", "environment", "version", "commit", "seen")}
    return run_facts | {"gathered_at": run.gathered_at.isoformat()}


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _line(field: AskedField, values: Mapping[str, tuple[str, str]], signed: Mapping[str, Any]) -> Line:
    answer, text = ("", "") if field.own_form else values.get(field.key, ("", ""))
    ask = everyone().fields[field.key]
    is_needed = field.need == "required"
    said = ", ".join(filter(None, [field.need, field.said]))
    shown = answer if answer or is_needed else LEFT_OUT
    proofs = proofs_of(everyone().proofs.get(field.key, ())) if answer else ()
    line = Line(ask, shown, text, proofs, said, is_blank=is_needed and not answer)
    return newest(line, signed[ask]) if ask in signed and not answer else line


def _values(
    sheet: Any, face: Face, asker: Asker, annexes: tuple[Document, ...]
) -> dict[str, tuple[str, str]]:
    """The answer to each field, and where it is said; "" and what is not here are the operator's."""
    mine, officer = face.listing, face.listing.accountable_officer
    company = [mine.company, mine.company_address]
    scopes = "; ".join(sheet.scopes)
    named = {annex.slug: annex for annex in annexes}
    is_judged = not named["risks"].blanks
    own = named.get(asker.questionnaire)
    signed = f"The annex {own.title}, each answer signed" if own and not own.blanks else ""
    return {
        "client_name": (mine.name, face.website),
        "tagline": (mine.tagline, f"{face.site}/app/"),
        "description": (mine.description, f"{face.site}/app/"),
        "logo": ("Square PNG of 192, 512 and 1024 pixels, in the folder logos", face.logo_url),
        "website": (face.website, face.website),
        "privacy": (face.privacy_url, face.privacy_url),
        "terms": (face.terms_url, face.terms_url),
        "support_email": (real(mine.support_email), ""),
        "support_phone": (mine.support_phone, ""),
        "contacts": (", ".join([officer, *face.read_contacts]) if officer and face.read_contacts else "", ""),
        "company": (", ".join(company) if all(company) else "", ""),
        "duns": (mine.duns, ""),
        "redirect_uris": (", ".join(uri for uri in sheet.redirect_uris if _is_public(uri)), ""),
        "access_type": (
            f"Read only, one member at a time: {scopes}" if scopes else "",
            f"{face.site}/app/#data",
        ),
        "fhir_r4": (_r4(), f"{face.site}/app/fhir-r4/"),
        "client_authentication": (", ".join(filter(None, [*sheet.methods, sheet.jwks_uri])), ""),
        "demographic_scopes": (
            "Yes: the member's own record there, with name, birth date and address",
            f"{face.site}/app/#data",
        ),
        "audience": (published.AUDIENCE, f"{face.site}/app/"),
        "risk_analysis": ("The annexes Risk analysis and Controls" if is_judged else "", ""),
        "recording": (mine.recording_url, mine.recording_url),
        "attestation": (signed, ""),
        "software_id": (f"{published.SOFTWARE_ID}, {published.SOFTWARE_VERSION}", ""),
        "client_id": (sheet.client_id, ""),
    }


def _r4() -> str:
    payers = [run.payer for run in latest_of_each_payer()]
    shown = f"with invented people: {', '.join(payers)}" if payers else "none was asked from this site yet"
    asked = f"{published.FHIR} (what is asked: capability-statement.json)."
    return f"{asked} Servers that showed it (r4-evidence.json): {shown}."


def _is_public(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "https" and not re.fullmatch(LOOPBACK, parts.hostname or "")


def _public_only(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"redirect_uris": [uri for uri in values["redirect_uris"] if _is_public(uri)]}


def metadata(sheet: Any, here: Face) -> dict[str, Any]:
    """Return what is registered: the listing's words, and what follows from the registration's plans.

    Where its plans say nothing of redirect addresses, scopes or method, it is as the listing has it.
    """
    values = here.client_metadata()
    values["redirect_uris"] = list(sheet.redirect_uris) or values["redirect_uris"]
    values["scope"] = sheet.scopes[0] if sheet.scopes else values["scope"]
    values["token_endpoint_auth_method"] = (
        sheet.methods[0] if sheet.methods else values["token_endpoint_auth_method"]
    )
    if not sheet.jwks_uri:
        del values["jwks_uri"]
    return values


def of_sheet(sheet: Any) -> dict[str, Any]:
    """Return what a server is sent that registers by program (the setting PLANS_CLIENT_METADATA)."""
    values = metadata(sheet, face())
    return {name: value for name, value in values.items() if name != OURS_ALONE}
