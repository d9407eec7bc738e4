"""Why names of codes are English on a page in another language: said once, of all that it shows."""

from collections.abc import Iterator

from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import also_sent, codes
from apps.plain_language.language import _, is_spanish
from apps.plain_language.theirs import Written


def note(record: ClaimRecord) -> str:
    """Return, to readers of another language, why names of codes are English; "" where none is shown."""
    if not (is_spanish() and any(_names(record))):
        return ""
    return _("Official names of codes are in English: there is no free list of them in Spanish.")


def _names(record: ClaimRecord) -> Iterator[str]:
    """Yield the names of codes of lists, sent or ours; "" for those without."""
    lines = [line for line in record.lines if not line.is_total]
    listed = [line.what for line in lines]
    listed += [diagnosis.what for diagnosis in record.diagnoses]
    listed += [procedure.what for procedure in record.procedures]
    listed += [record.drug.what, *record.drug.parts] if record.drug else []
    yield from (codes.official_words(what) for what in listed if what.code and what.system)
    yield from (codes.modifier_words(modifier) for line in lines for modifier in line.modifiers)
    values = [also_sent.value_words(fact) for fact in record.facts if also_sent.is_bare(fact)]
    yield from (value for value in values if isinstance(value, Written))
