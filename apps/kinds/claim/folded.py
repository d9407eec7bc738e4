"""A claim of sensitive care as lists may show it: amounts and day, nothing that names the care; pure."""

from msgspec import structs

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.records import ClaimRecord, Coded, Line
from apps.records.entries import Codec, raw
from apps.records.ties import Ties

_briefs = Codec[ClaimRecord](ClaimRecord)


def folded(entry: ClaimEntry) -> ClaimEntry:
    """Return *entry* without provider, service, drug and place; sums come out the same."""
    record = _briefs.read(entry.brief)
    return structs.replace(
        entry,
        words="",
        setting=None,
        provider=None,
        provider_key="",
        sent_to=None if entry.sent_to else "",
        ties=Ties(),
        brief=raw(_without_care(record)),
    )


def _without_care(record: ClaimRecord) -> ClaimRecord:
    return structs.replace(
        record,
        setting=None,
        provider=None,
        provider_npi=None,
        facility=None,
        drug=None,
        payee=None,
        payer=None,
        care_team=(),
        lines=tuple(dict.fromkeys(_bare(line) for line in record.lines)),
    )


def _bare(line: Line) -> Line:
    return Line(what=Coded(), decision=line.decision, is_total=line.is_total)
