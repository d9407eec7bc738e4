"""What is in no sum, in the same words on every page."""

from apps.plain_language.language import plural


def left_out(number: int, replaced: int = 0) -> tuple[str, ...]:
    """Return what of some claims is in no sum: *number* of the claims themselves, and *replaced* versions.

    Every page says it by these sentences, so that the same claims come with the same numbers everywhere.
    """
    found = (
        (
            number,
            plural(
                "{n} claim is in no sum: cancelled, taken back, no longer sent or not decided yet.",
                "{n} claims are in no sum: cancelled, taken back, no longer sent or not decided yet.",
                number,
            ),
        ),
        (
            replaced,
            plural(
                "{n} older or mistaken version is in no sum.",
                "{n} older or mistaken versions are in no sum.",
                replaced,
            ),
        ),
    )
    return tuple(words.format(n=f"{many:,}") for many, words in found if many)


def contradicted(number: int) -> tuple[str, ...]:
    """Return that what the plan says of the share of *number* claims does not agree, nothing for none."""
    words = plural(
        "The figures of {n} claim do not agree on your share: its page shows them. The sums have what stands "
        "there as your share.",
        "The figures of {n} claims do not agree on your share: their pages show them. The sums have what "
        "stands there as your share.",
        number,
    )
    return (words.format(n=f"{number:,}"),) if number else ()
