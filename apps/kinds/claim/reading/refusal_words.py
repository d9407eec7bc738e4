"""What a plan's own English words say of a refusal: only what cannot be read otherwise is taken for one.

Words that deny a refusal, take it back, make it depend on something or speak of another payer, of a price or
of a share are no refusal; they are shown as the plan wrote them.
"""

import re
from collections.abc import Iterable
from typing import Final

from apps.kinds.claim.records import Decision

_DENIED: Final = re.compile(
    r"(?:th(?:e|is) )?(?:claim )?(?:is |was |has been )?denied(?:\s*[.!]|\s*[-\u2013:;,.]\s*(?P<remark>.+))?",
    re.IGNORECASE | re.DOTALL,
)
"""How `disposition` tells a decision about the whole claim, with a remark for people to read."""
_TURNS: Final = re.compile(
    r"\b(?:part|partly|partial\w*|lines?|error|paid|reprocess\w*|overturn\w*|revers\w*|approv\w*|pend\w*|denied"
    r"|modif\w*|unless|until|if|subject|condition\w*|receipt|now|then|later|rescind\w*|withdr\w+|retract\w*"
    r"|reinstat\w*|lifted|void\w*)\b|^\s*(?:no|none|n|false|[$\d.,]+)\s*$",
    re.IGNORECASE,
)
"""What in a remark may turn the decision before it, or take a part out of it."""
_PENDING: Final = re.compile(
    r"(?:th(?:e|is) )?(?:(?:claim|adjudication|decision|determination) )?(?:(?:is|was|has been|still) )*"
    r"(?:awaiting(?: (?!payment)\w+){0,3} (?:records?|information|document\w*|review|decision|determination)"
    r"|pend(?:ed|ing)|suspended|on hold|in[- ]process(?:ing)?|in[- ]progress"
    r"|(?:under|in) review|being (?:reviewed|processed))"
    r"(?P<remark>\b.*)?",
    re.IGNORECASE | re.DOTALL,
)
"""How `disposition` tells that the whole claim is not decided, with a remark for people to read."""
_TAKEN_BACK: Final = re.compile(
    r"(?:th(?:e|is) )?(?:claim )?(?:is |was |has been )?"
    r"(?:void(?:ed)?|reversed|reversal|cancell?ed|deleted)\s*[.!]?",
    re.IGNORECASE,
)
"""How `disposition` tells that the whole claim holds no more."""
_ENDED: Final = re.compile(
    r"\b(?:paid|denied|approv\w*|finali[sz]ed|completed?|closed|resolved|released|decided|now|no longer)\b",
    re.IGNORECASE,
)
"""What in that remark says that it is decided by now."""
_UNCOVERED: Final = re.compile(r"\b(?:not covered|non-?covered)\b", re.IGNORECASE)
_EXCLUDED: Final = re.compile(r"\b(?:excluded|exclusion)\b", re.IGNORECASE)
"""What no word of a price beside it turns: a contract excludes too."""
_REFUSES: Final = re.compile(
    rf"{_UNCOVERED.pattern}|{_EXCLUDED.pattern}"
    r"|\bnot (?:a )?(?:covered|payable|eligible|authori[sz]ed|medically necessary)\b"
    r"|\b(?:denied|denial|declined|rejected|refused)\b",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(
    r"(?:\b(?:not?|never|nothing|none|neither|nor|without)\b|n't\b)"
    r"(?:\s+(?:an?|any|the|be|been|being|is|was|were|of|to|yet))*\s+$",
    re.IGNORECASE,
)
"""What stands before a word of a refusal and says that there is none."""
_NOTHING: Final = re.compile(
    r"\W{1,9}(?:(?:amount|charges?|lines?|services?)\W{1,9})?(?:(?:is|are|was|were)\s{1,9})?"
    r"(?:(?:none|no|nothing|[$]?0+(?:[.,]0+)?)\W*$|does not apply|not applicable)",
    re.IGNORECASE,
)
"""What stands behind one and says so."""
_TURNED: Final = re.compile(
    r"\b(?:revers|overturn|rescind|retract|reinstat)\w*\b|\bwithdr[ae]wn?\b|\blifted\b"
    r"|\b(?:now|since|later|then|subsequently)(?: (?:been|was|is))*"
    r" (?:paid|payable|covered|approved|allowed|reprocessed)\b"
    r"|\b(?:applied|counted|went) to (?:your |the )?(?:deductible|co-?pay|co-?insurance)",
    re.IGNORECASE,
)
_SETTLES: Final = re.compile(
    r"\b(?:deductible|co-?pay(?:ment)?|co-?insurance|included in|bundled|discount|negotiated|fee schedule"
    r"|contractual (?:adjustment|obligation|write-?off|allowance)|sequestration|reasonable|customary"
    r"|maximum allow\w*|exceeds?|above)\b",
    re.IGNORECASE,
)
"""Words that a price or a share is settled."""
_OTHERWISE: Final = re.compile(
    r"\b(?:if(?! you disagree)|unless|until|separately)\b"
    r"|\b(?:may|might|could|would|will|can)(?: (?:have|has|not|also|still))?(?: be(?:en)?)? "
    r"(?:denied|declined|rejected|refused|excluded|not covered|non-?covered)\b"
    r"|\b(?:previous(?:ly)?|prior|earlier) (?:denied|denial|rejected|refused|not covered|non-?covered)\b"
    r"|\b(?:declined|refused|rejected) by (?:the |this )?(?:patient|member|subscriber|you)\b"
    r"|\b(?:patient|member|subscriber|you) (?:has |have )?(?:declined|refused)\b"
    r"|\bexcluded from (?:your |the )?(?:deductible|out[- ]of[- ]pocket|co-?insurance|maximum|limit)\b"
    r"|\bby (?:your |the )?(?:other|another|medicare|medicaid|primary)\b",
    re.IGNORECASE,
)
"""Words by which a refusal may be of another day, somebody else's, or none yet."""


def whole_claim(disposition: str, of_lines: Iterable[Decision | None] = ()) -> Decision | None:
    """Return what the plan's words for the whole claim say that it decided, unless lines say otherwise."""
    match = _DENIED.fullmatch(disposition.strip())
    if match is None or may_turn(match["remark"] or "") or not set(of_lines) <= {None, "denied"}:
        return None
    return "denied"


def is_pending(disposition: str) -> bool:
    """Return whether the plan's words for the whole claim say that it has still to decide."""
    match = _PENDING.fullmatch(disposition.strip())
    return match is not None and not _ENDED.search(match["remark"] or "")


def takes_back(words: str | None) -> bool:
    """Return whether the plan's words for the whole claim, or its status, say that it holds no more."""
    return _TAKEN_BACK.fullmatch((words or "").strip()) is not None


def tell(disposition: str) -> bool:
    """Return whether one word of the plan for the whole claim tells a member more than "01" or "Paid"."""
    is_of_claim = is_pending(disposition) or takes_back(disposition)
    return is_of_claim or bool(_REFUSES.search(disposition))


def may_turn(remark: str) -> bool:
    """Return whether what stands behind a decision may say that not all of it holds."""
    return bool(_TURNS.search(remark))


def refuse(words: str, *, is_denial: bool) -> bool:
    """Return whether a plan's own words refuse; *is_denial* where plans say why they do."""
    if _TURNED.search(words) or _is_denied(words):
        return False
    if not is_denial and (not _REFUSES.search(words) or _OTHERWISE.search(words)):
        return False
    is_plain = _UNCOVERED.search(words) or _EXCLUDED.search(words)
    return bool(is_plain) or not settle(words)


def settle(words: str) -> bool:
    """Return whether words tell of a price or a share."""
    return bool(_SETTLES.search(words))


def say_not_covered(words: str) -> bool:
    """Return whether words that refuse say that something is not covered."""
    return bool(_UNCOVERED.search(words))


def _is_denied(words: str) -> bool:
    """Return whether words speak of a refusal only to say that there is none."""
    matches = list(_REFUSES.finditer(words))
    return bool(matches) and all(
        _NEGATED.search(words[: match.start()]) or _NOTHING.match(words, match.end()) for match in matches
    )
