"""Whether a search goes on for ever: the same links again, or ever new links that bring nothing new (R-21).

What tells it is stored with the step: a run gives its worker back every few seconds while others wait.
"""

from typing import Final

from apps.sync import seen
from apps.sync.models import SyncStep
from apps.vault.boxes import Box

MOST_IN_VAIN: Final = 1000
"""After so many pages, and whenever they are twice as many again, at least every other one has to have
brought a record that none before did."""


def follows(step: SyncStep, link: str, box: Box) -> bool:
    """Return whether the search follows *link* for the first time, as far as can be told.

    A link is compared with one from before, and becomes that one whenever the pages are twice as many
    (Brent's algorithm): a ring of any length is found within four rounds. Call before the page with this
    link is counted; the caller saves `link_mark`.
    """
    mark = box.fingerprint("link of a page", link).hex()
    if mark == step.link_mark:
        return False
    if _doubles(step.pages + 1):
        step.link_mark = mark
    return True


def brings_nothing(step: SyncStep) -> bool:
    """Return whether pages come without new records. Call after a page was stored that is not the last."""
    pages, rest = divmod(step.pages, MOST_IN_VAIN)
    return not rest and _doubles(pages) and 2 * len(seen.brought(step)) < step.pages


def _doubles(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0
