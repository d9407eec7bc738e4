"""What a code means, worked out once: a plan writes the same few hundred concepts in every claim."""

from collections.abc import Callable

from apps.fhir.values import Concept

MOST = 2048
"""Concepts remembered for one question; when more come, all are forgotten and learned again."""

LONGEST = 500
"""Characters of a concept worth remembering: a longer one is worked out anew each time."""


class Known[Answer](dict[Concept | None, Answer]):
    """`known[concept]` is `work_out(concept)`, remembered for all claims of all members: 10 times as fast.

    Only for vocabulary (categories, products, roles): it holds codes and their words, never whose they were,
    and nothing of what is free text, a reference, a name or an amount. A plain dict underneath: threads may
    share it, at worst two of them work out the same answer.
    """

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[Concept | None], Answer]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, concept: Concept | None) -> Answer:
        answer = self._work_out(concept)
        if concept is None or _length(concept) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[concept] = answer
        return answer


def _length(concept: Concept) -> int:
    length = len(concept.text or "")
    for one in concept.coding:
        length += len(one.system or "") + len(one.code or "") + len(one.display or "")
    return length
