"""What filters, searches and sums need of each claim: small values derived from records, pure."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs

from apps.claims import standing, year
from apps.claims.records import ClaimRecord, Coded, Figure, Kind, Setting
from apps.claims.standing import State

VERSION = 6
"""Raised when an entry or a piece made of entries changes; stored pieces are then built again."""
MOST_WORDS = 4000
"""Characters kept to search a claim by; a stay of hundreds of lines repeats itself long before."""

MOST_DIGITS = 16
"""An amount beyond is no money: no sum takes it, the claim's own page shows it as it was sent."""

GROUPS: dict[str, str] = {
    "paid": "paid",
    "partly_paid": "partly_paid",
    "partly_refused": "partly_paid",
    "incomplete": "partly_paid",
    "denied": "denied",
    "not_covered": "not_covered",
    "deductible": "deductible",
    "nothing_paid": "nothing_paid",
    "undecided": "waiting",
    "draft": "waiting",
    "error": "waiting",
    "cancelled": "closed",
    "void": "closed",
    "taken_back": "closed",
    "deleted": "closed",
    "mistake": "closed",
}
"""Where a claim stands, in the words a member chooses from; what is missing here is `other`."""

DIGEST_LENGTH = 16

_NOT_WORDS = re.compile(r"[\W_]+")
_NPI = re.compile(r"NPI (\d{10})", re.ASCII)


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One claim. Amounts are None where the plan shared none, or shared them in another currency."""

    claim_id: UUID
    ordered_on: date
    kind: Kind
    setting: Setting | None = None
    state: State = "plain"
    is_current: bool = True
    """Nothing newer replaces it."""
    counts: bool = True
    """It belongs into sums, as far as the claim itself says; `is_counted` asks about both."""
    person: str | None = None
    """The name of whom it is about, as the claim shares it."""
    person_key: str = ""
    """Empty for the person the connection is about."""
    provider: str | None = None
    provider_key: str = ""
    """Empty where the plan named no provider."""
    facility: str | None = None
    payer: str | None = None
    coverage: str | None = None
    currency: str = "USD"
    billed: Decimal | None = None
    plan_paid: Decimal | None = None
    your_share: Decimal | None = None
    deductible: Decimal | None = None
    copay: Decimal | None = None
    coinsurance: Decimal | None = None
    words: str = ""
    """What it can be found by, folded."""
    billed_in: str = "USD"
    paid_in: str = "USD"
    """Currencies of `billed` and `plan_paid`: a plan may state them in others than the share."""
    is_gone: bool = False
    """The plan no longer sends it."""
    twin_key: str = ""
    """What a claim of another connection has in common that is the same one: see `apps.claims.twins`."""
    digest: str = ""
    """The start of the claim's own digest: an entry made of an older version of the claim has another."""

    def moved(self, **to: Any) -> "Entry":
        """Return the entry as the claim's plain columns have it now."""
        if all(getattr(self, name) == value for name, value in to.items()):
            return self
        return structs.replace(self, **to)

    @property
    def is_counted(self) -> bool:
        """Whether its amounts belong into sums."""
        return self.is_current and self.counts and not self.is_gone

    @property
    def group(self) -> str:
        """Where it stands, as members choose it."""
        return GROUPS.get(self.state, "other") if self.is_current else "closed"


def entry_of(
    record: ClaimRecord,
    *,
    claim_id: UUID,
    ordered_on: date,
    is_current: bool,
    is_gone: bool,
    person_key: str,
    provider_key: str,
    twin_key: str,
    digest: str,
) -> Entry:
    """Return the entry of *record*; the keys are digests of `provider_identity` and of who it is about."""
    money, billed = record.money, year.billed_of(record)
    shown = (money.your_share, money.billed, money.plan_paid, money.deductible)
    currency = next((figure.unit for figure in shown if figure.is_known), "USD")
    return Entry(
        claim_id=claim_id,
        ordered_on=ordered_on,
        kind=record.kind,
        setting=record.setting,
        state=standing.state(record),
        is_current=is_current,
        counts=standing.counts(record),
        person=record.patient,
        person_key=person_key,
        provider=record.provider or record.facility,
        provider_key=provider_key,
        facility=record.facility,
        payer=record.payer,
        coverage=record.coverage,
        currency=currency,
        billed=_amount(billed, billed.unit),
        billed_in=billed.unit,
        plan_paid=_amount(money.plan_paid, money.plan_paid.unit),
        paid_in=money.plan_paid.unit,
        your_share=_amount(money.your_share, currency),
        deductible=_amount(money.deductible, currency),
        copay=_amount(money.copay, currency),
        coinsurance=_amount(money.coinsurance, currency),
        words=words_of(record),
        is_gone=is_gone,
        twin_key=twin_key,
        digest=digest[:DIGEST_LENGTH],
    )


def unreadable(
    *, claim_id: UUID, ordered_on: date, kind: Kind, is_current: bool, is_gone: bool, digest: str
) -> Entry:
    """Return the entry of a claim that does not open: listed, but nothing is known of it."""
    return Entry(
        claim_id=claim_id,
        ordered_on=ordered_on,
        kind=kind,
        is_current=is_current,
        counts=False,
        is_gone=is_gone,
        digest=digest[:DIGEST_LENGTH],
    )


def fold(text: str) -> str:
    """Return *text* as it is compared: no case, no accents, one blank between words."""
    if text.isascii():  # nearly all, and a tenth of the work
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).casefold().split())


def folded_name(name: str) -> str:
    """Return a name as it is compared: folded, and without punctuation."""
    return _NOT_WORDS.sub(" ", fold(name)).strip()


def provider_identity(record: ClaimRecord) -> str:
    """Return by what a provider is known from claim to claim: the national number, else the folded name.

    Empty where the claim names neither a provider nor a facility.
    """
    named = record.provider or record.facility or ""
    number = record.provider_npi if record.provider else None
    number = number or (found[1] if (found := _NPI.fullmatch(named)) else None)
    if number:
        return f"npi:{number}"
    name = folded_name(named) or fold(named)
    return f"name:{name}" if name else ""


def words_of(record: ClaimRecord) -> str:
    """Return the folded words a claim is searched by: who, what, why and its number."""
    parts: list[str | None] = [record.provider, record.facility, record.claim_number]
    if record.drug:
        for what in (record.drug.what, *record.drug.parts):
            parts += _coded(what)
    for line in record.lines:
        parts += _coded(line.what)
    for procedure in record.procedures:
        parts += _coded(procedure.what)
    for diagnosis in record.diagnoses:
        parts += _coded(diagnosis.what)
        parts.append((diagnosis.what.code or "").replace(".", ""))
    parts += [member.name for member in record.care_team]
    folded = dict.fromkeys(fold(part) for part in parts if part)
    return " ".join(one for one in folded if one)[:MOST_WORDS]


def _coded(what: Coded) -> list[str | None]:
    return [what.words, what.code]


def _amount(figure: Figure, currency: str) -> Decimal | None:
    amount = figure.amount
    if amount is None or figure.unit != currency or not amount.is_finite():
        return None
    return amount if amount.adjusted() < MOST_DIGITS else None


_encoder = msgspec.msgpack.Encoder(decimal_format="string")
_decoder = msgspec.msgpack.Decoder(list[Entry])


class OtherLayout(Exception):
    """The stored bytes were written by another version of the index: build it again."""


def to_bytes(piece: object) -> bytes:
    """Encode entries, or what is made of them, for sealing: one version byte, then MessagePack."""
    return bytes([VERSION]) + _encoder.encode(piece)


def body_of(stored: bytes) -> bytes:
    """Return what follows the version byte; raise `OtherLayout` when it is not ours."""
    if not stored or stored[0] != VERSION:
        raise OtherLayout(f"index of version {stored[0] if stored else 'none'}, expected {VERSION}")
    return stored[1:]


def entries_from(stored: bytes) -> list[Entry]:
    """Decode entries; raise `OtherLayout` when the bytes are not ours."""
    try:
        return _decoder.decode(body_of(stored))
    except msgspec.DecodeError as error:
        raise OtherLayout("index entries do not decode") from error
