"""The questions asked of the plan directory."""

import unicodedata
from typing import Any, Self

from django.db import models
from django.db.models import BooleanField, Case, Q, Value, When

CONNECTABLE = Q(is_listed=True, status="confirmed") & ~Q(client_id="")


def folded(text: str) -> str:
    """The text as it is compared: no diacritics, no case, punctuation as single blanks."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    words = "".join(character if character.isalnum() else " " for character in bare.casefold())
    return " ".join(words.split())


class PlanQuerySet(models.QuerySet[Any]):
    """Plans, found the way members look for them."""

    def listed(self) -> Self:
        """Plans shown in the picker."""
        return self.filter(is_listed=True)

    def connectable(self) -> Self:
        """Plans a member can connect now; the same rule as `Plan.is_connectable`."""
        return self.filter(CONNECTABLE)

    def named(self, text: str) -> Self:
        """Plans whose names contain every word of `text`, in any order, case and accents aside."""
        plans = self
        for word in folded(text).split():
            plans = plans.filter(search_name__contains=word)
        return plans

    def in_state(self, code: str) -> Self:
        """Plans that name this USPS code, and those that name no state (nationwide or not stated)."""
        return self.filter(Q(search_states__contains=f"|{code}|") | Q(search_states=""))

    def covering(self, kind: str) -> Self:
        """Plans that name this line of business, and those that name none (not stated)."""
        return self.filter(Q(search_kinds__contains=f"|{kind}|") | Q(search_kinds=""))

    def connectable_first(self) -> Self:
        """Those that can be connected first, each group by name."""
        can = Case(When(CONNECTABLE, then=Value(True)), default=Value(False), output_field=BooleanField())
        return self.order_by(can.desc(), "search_name", "slug")
