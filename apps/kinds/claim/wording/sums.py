"""What is in no sum, in the same words on every page."""

from collections.abc import Mapping

from apps.kinds.claim.standing import Out
from apps.plain_language.language import _, plural


def left_out(out: Mapping[Out, int], replaced: int = 0, disagreeing: int = 0) -> tuple[str, ...]:
    """Return what of some claims is in no sum: those that are *out*, by why, *replaced* versions, and those
    *disagreeing* whose figures do not agree, with each other or with the price.

    Every page says it by these sentences, so that the same claims come with the same numbers everywhere.
    """
    number = sum(out.values())
    *first, last = [words for reason, words in _why(out) if out.get(reason)] or [""]
    why = _("{one} or {other}").format(one=", ".join(first), other=last) if first else last
    sentences = (
        (
            disagreeing,
            plural(
                "{n} claim whose figures disagree is in no sum. Its page shows them.",
                "{n} claims whose figures disagree are in no sum. Their pages show them.",
                disagreeing,
            ),
        ),
        (number, plural("{n} claim is in no sum: {why}.", "{n} claims are in no sum: {why}.", number)),
        (
            replaced,
            plural(
                "{n} other version is in no sum: an older one, another form of a claim, or a mistake.",
                "{n} other versions are in no sum: older ones, other forms of a claim, or mistakes.",
                replaced,
            ),
        ),
    )
    return tuple(words.format(n=f"{many:,}", why=why) for many, words in sentences if many)


def _why(out: Mapping[Out, int]) -> tuple[tuple[Out, str], ...]:
    """Return each reason in words, in the order in which they are told: of one claim or of several."""
    number = sum(out.values())
    return (
        ("cancelled", plural("cancelled", "cancelled", number)),
        ("mistake", plural("entered by mistake", "entered by mistake", number)),
        ("taken_back", plural("taken back", "taken back", number)),
        ("repeat", plural("sent twice", "sent twice", number)),
        ("gone", plural("no longer sent", "no longer sent", number)),
        ("draft", plural("a draft", "drafts", number)),
        ("open", _("not decided yet")),
        ("unread", _("not readable")),
    )


def apart(disagreeing: int) -> str:
    """Return that so many claims are not in a sum just told, because their figures disagree; "" for none."""
    words = plural(
        "{n} claim whose figures disagree is not in this sum.",
        "{n} claims whose figures disagree are not in this sum.",
        disagreeing,
    )
    return words.format(n=f"{disagreeing:,}") if disagreeing else ""


def at_least(amount: str) -> str:
    """Return a sum of which a part is not known: "at least $1,204.50"."""
    return _("at least {amount}").format(amount=amount)
