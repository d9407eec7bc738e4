"""What operators may answer somebody who told the number of a try: what its page said, in both languages."""

from collections.abc import Iterator, Sequence

from apps.connections import errors
from apps.connections.models import Attempt
from apps.plain_language.language import _, said
from apps.plain_language.speaking import speaking

LANGUAGES = ("en", "es")
WENT_WELL = said("Connecting your plan went well.")
LEFT = said("Connecting your plan was begun and not finished. Nothing was changed. You can start again.")


def reply(attempt: Attempt) -> str:
    """What happened, whether anything is lost and what to do: a paragraph for each language."""
    failure = next((kind for kind in _failures() if kind.__name__ == attempt.failure), None)
    if failure:
        return in_each_language((failure.sentence, failure.lost, failure.next_step))
    is_there = attempt.stage in {Attempt.Stage.CONNECTED, Attempt.Stage.FIRST_CLAIM}
    return in_each_language((WENT_WELL if is_there else LEFT,))


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
