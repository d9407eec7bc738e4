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
    """Yield the names of codes; of services and drugs ours alone, what plans call them being no list's."""
    listed = [diagnosis.what for diagnosis in record.diagnoses]
    listed += [procedure.what for procedure in record.procedures]
    yield from map(codes.official_words, listed)
    lines = [line for line in record.lines if not line.is_total]
    done = [line.what for line in lines]
    done += [record.drug.what, *record.drug.parts] if record.drug else []
    yield from (codes.official_words(what) for what in done if not codes.told_words(what))
    yield from (codes.modifier_words(modifier) for line in lines for modifier in line.modifiers)
    values = [also_sent.value_words(fact) for fact in record.facts if also_sent.is_bare(fact)]
    yield from (value for value in values if isinstance(value, Written))
