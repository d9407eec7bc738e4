"""The questions asked of the plan directory."""

from typing import Any, Self

from django.db import models
from django.db.models import BooleanField, Case, Q, Value, When
from rapidfuzz import process
from rapidfuzz.distance import OSA

from apps.plain_language.capitals import folded_name

NEAR = 0.7
"""How like each other two words are at least, of 1: one wrong letter in four, two in seven."""
MOST_ALIKE = 10
MOST_WORDS = 8
REGISTERED = Q(registration__client_id__gt="")
"""Plans at which we are somebody."""
CONNECTABLE = Q(is_listed=True, status="confirmed") & REGISTERED


class PlanQuerySet(models.QuerySet[Any]):
    """Plans, found the way members look for them."""

    def listed(self) -> Self:
        """Plans shown in the picker, each with who we are there."""
        return self.filter(is_listed=True).select_related("registration")

    def connectable(self) -> Self:
        """Plans a member can connect now; the same rule as `Plan.is_open`."""
        return self.filter(CONNECTABLE)

    def named(self, text: str) -> Self:
        """Plans whose names contain every word of `text`, in any order, case and accents aside."""
        plans = self
        for word in folded_name(text).split():
            plans = plans.filter(search_name__contains=word)
        return plans

    def in_state(self, code: str) -> Self:
        """Plans that name this USPS code, and those that name no state (nationwide or not stated)."""
        return self.filter(Q(search_states__contains=f"|{code}|") | Q(search_states=""))

    def covering(self, kind: str) -> Self:
        """Plans that name this line of business, and those that name none (not stated)."""
        return self.filter(Q(search_kinds__contains=f"|{kind}|") | Q(search_kinds=""))

    def best_first(self, text: str = "") -> Self:
        """The one called exactly so, those whose names begin so, connectable ones; each group by name."""
        name = folded_name(text)
        place = Case(
            When(Q(search_name=name) | Q(name__iexact=text.strip()), then=Value(0)),
            When(search_name__startswith=f"{name} ", then=Value(1)),
            default=Value(2),
        )
        can = Case(When(CONNECTABLE, then=Value(True)), default=Value(False), output_field=BooleanField())
        return self.order_by(place, can.desc(), "search_name", "slug")

    def called_like(self, text: str) -> Self:
        """Plans with a name near every word of `text`, the nearest first: for misspelled names."""
        words = folded_name(text).split()[:MOST_WORDS]
        names = {pk: set(name.split()) for pk, name in self.values_list("pk", "search_name")}
        every = sorted(set().union(*names.values()))
        near = [_near(word, every) for word in words]
        scores = {
            pk: sum(max(score for token, score in of_word.items() if token in tokens) for of_word in near)
            for pk, tokens in names.items()
            if words and all(tokens & of_word.keys() for of_word in near)
        }
        best = sorted(scores, key=lambda pk: -scores[pk])[:MOST_ALIKE]
        order = Case(*(When(pk=pk, then=Value(place)) for place, pk in enumerate(best)), default=Value(0))
        return self.filter(pk__in=best).order_by(order, "search_name", "slug")


def _near(word: str, every: list[str]) -> dict[str, float]:
    """Which words of names are near *word*, from 0 to 1: those it begins, or a slip of the hand apart."""
    near = process.extract(word, every, scorer=OSA.normalized_similarity, score_cutoff=NEAR, limit=20)
    return {token: score for token, score, _place in near} | {
        token: 1.0 for token in every if token.startswith(word)
    }
