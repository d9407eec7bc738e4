"""What is in no sum, in the same words on every page."""

from apps.plain_language.language import _, plural


def left_out(number: int, replaced: int = 0, disagreeing: int = 0) -> tuple[str, ...]:
    """Return what of some claims is in no sum: *number* that do not stand, *replaced* versions, and those
    *disagreeing* whose figures contradict each other.

    Every page says it by these sentences, so that the same claims come with the same numbers everywhere.
    """
    sentences = (
        (
            disagreeing,
            plural(
                "{n} claim whose figures disagree is in no sum. Its page shows them.",
                "{n} claims whose figures disagree are in no sum. Their pages show them.",
                disagreeing,
            ),
        ),
        (
            number,
            plural(
                "{n} claim is in no sum: cancelled, taken back, sent twice, no longer sent, a draft or not "
                "decided yet.",
                "{n} claims are in no sum: cancelled, taken back, sent twice, no longer sent, a draft or not "
                "decided yet.",
                number,
            ),
        ),
        (
            replaced,
            plural(
                "{n} other version is in no sum: an older one, another form of a claim, or a mistake.",
                "{n} other versions are in no sum: older ones, other forms of a claim, or mistakes.",
                replaced,
            ),
        ),
    )
    return tuple(words.format(n=f"{many:,}") for many, words in sentences if many)


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
