"""What operators may answer somebody who told the number of a try: what its page said, in both languages."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from apps.connections import errors
from apps.connections.models import Attempt
from apps.plain_language.language import _, said
from apps.plain_language.speaking import speaking

LANGUAGES = ("en", "es")
WENT_WELL = said("Connecting your plan went well.")
LEFT = said("Connecting your plan was begun and not finished. Nothing was changed. You can start again.")


def reply(attempt: Attempt) -> str:
    """What happened, whether anything is lost and what to do: a paragraph for each language.

    Once the plan is connected, the pages of its updates name this number too: then it is about the last one.
    """
    failure = next((kind for kind in _failures() if kind.__name__ == attempt.failure), None)
    if failure:
        return in_each_language((failure.sentence, failure.lost, failure.next_step))
    if attempt.stage not in {Attempt.Stage.CONNECTED, Attempt.Stage.FIRST_CLAIM}:
        return in_each_language((LEFT,))
    of_update: str = import_string(settings.CONNECTIONS_UPDATE_REPLY)(attempt)
    return of_update or in_each_language((WENT_WELL,))


@cache
def failure_words() -> Mapping[str, str]:
    """What each kind of failure is called on the page that a member meets."""
    return {kind.__name__: kind.title for kind in _failures()}


def in_each_language(sentences: Sequence[str]) -> str:
    """The sentences as the member's pages say them, a paragraph for each language."""
    paragraphs = []
    for language in LANGUAGES:
        with speaking(language):
            paragraphs.append(" ".join(_(sentence) for sentence in sentences))
    return "\n\n".join(paragraphs)


def _failures(
    kind: type[errors.ConnectionFailed] = errors.ConnectionFailed,
) -> Iterator[type[errors.ConnectionFailed]]:
    """Every way in which an attempt fails."""
    yield kind
    for narrower in kind.__subclasses__():
        yield from _failures(narrower)
