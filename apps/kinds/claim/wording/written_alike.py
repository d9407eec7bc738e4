"""What plans write alike where a name or a skill belongs, in Spanish: kinds of payer, and specialties.

In English it stands as sent.
"""

import re
from functools import cache

from apps.kinds.claim.reading.people import TELLING_KINDS
from apps.kinds.claim.wording.codes import DATA
from apps.plain_language.capitals import calm_words
from apps.plain_language.language import _
from apps.plain_language.theirs import theirs

_BESIDE = re.compile(r"\s*\([^()]*\)|\s+physician$")
"""What lists put behind a specialty: "Cardiology (Cardiovascular disease) Physician"."""


def kind_of_payer(sent: str) -> str:
    """Return what kind of payer stands where the name of a plan belongs."""
    plain = sent.casefold().replace("_", " ").replace("-", " ")
    return _in_spanish(plain if plain in TELLING_KINDS else "", sent)


def specialty(sent: str | None) -> str:
    """Return what somebody who took part is skilled in."""
    plain = _BESIDE.sub("", (sent or "").casefold().replace(" & ", " and ").strip())
    return _in_spanish(_specialties().get(plain, ""), calm_words(sent or ""))


@cache
def _specialties() -> dict[str, str]:
    lines = (DATA / "specialties.tsv").read_text(encoding="utf-8").splitlines()
    return {words.casefold(): words for words in lines if not words.startswith("#")}


def _in_spanish(english: str, sent: str) -> str:
    spanish = _(english) if english else ""
    return theirs(sent) if spanish == english else spanish
