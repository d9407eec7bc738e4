"""Providers of a member: each with its claims and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.urls import reverse

from apps.kinds.claim.choices import Choices, by_name, choices
from apps.kinds.claim.entry import provider_identity
from apps.kinds.claim.filters import Filters
from apps.kinds.claim.list_page import Listing, listed
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.tallies import Tally
from apps.kinds.claim.wording import list_words as words
from apps.kinds.claim.wording.list_words import left_out
from apps.plain_language.language import _
from apps.plain_language.money import in_cents
from apps.records.owners import Keys
from apps.records.shelf import Library
from apps.records.switch import is_of_several
from apps.vault.boxes import Box


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider of the list."""

    url: str
    name: str
    claims: str
    left_out: str
    """How many of them are in no sum; empty when all are."""
    share: str
    is_share_known: bool


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: sums as (label, words, whether known), kinds with counts, and a page of the claims."""

    name: str
    sums: list[tuple[str, str, bool]]
    """Empty where none of the claims counts."""
    kinds: list[str]
    listing: Listing
    url_of_all: str


def rows(choices: Choices) -> list[ProviderRow]:
    """Return every provider by name."""
    return [
        ProviderRow(
            url=reverse("claims:provider", args=[key]),
            name=name,
            claims=words.claims(tally.claims),
            left_out=" ".join(left_out(tally.out, disagreeing=tally.disagreeing)),
            share=""
            if choices.arrives()
            else words.with_unknown(words.shares(tally), tally)
            or (_("not known") if tally.counted else _("nothing counts")),
            is_share_known=bool(tally.shares),
        )
        for key, name in by_name(choices.provider_names)
        if (tally := choices.providers[key].tally).claims
    ]


def provider(library: Library, key: str, query: QueryDict) -> Provider | None:
    """Return the provider with *key* and the page of its claims that *query* asks for; None when unknown."""
    offered = choices(library)
    offer = offered.providers.get(key)
    if offer is None:
        return None
    filters = Filters(offered, {"provider": key})
    return Provider(
        name=offered.provider_names[key],
        sums=[] if offered.arrives() else _sums(offer.tally, is_of_several=is_of_several(library)),
        kinds=[
            words.with_count(_(text), offer.kinds[kind])
            for kind, text in words.KINDS.items()
            if offer.kinds.get(kind)
        ],
        listing=listed(library, filters, query, news={}),
        url_of_all=f"{reverse('claims:list')}?provider={key}",
    )


def url_of(record: ClaimRecord, box: Box) -> str:
    """Return the address of a claim's provider; empty where the plan named none."""
    identity = provider_identity(record)
    return reverse("claims:provider", args=[Keys(box).of("provider", identity)]) if identity else ""


def _sums(tally: Tally, *, is_of_several: bool) -> list[tuple[str, str, bool]]:
    if not tally.counted:
        return []
    paid = words.amounts(tally.paid)
    share = _("The share of everyone here") if is_of_several else _("Your share")
    sums_told = (
        (_("Billed"), words.amounts(tally.billed)),
        (_("Your plan paid"), words.at_least(paid) if tally.paid_in_part and paid else paid),
        *((label, words.amounts(sums)) for label, sums in _rest(tally)),
        (share, words.with_unknown(words.shares(tally) if tally.shares else "", tally)),
    )
    return [(label, amounts or _("not shared by your plan"), bool(amounts)) for label, amounts in sums_told]


def _rest(tally: Tally) -> list[tuple[str, Mapping[str, Decimal]]]:
    """Return what makes the sums add up as they are printed: what neither the plan nor the member pays."""
    if not tally.billed.keys() == tally.paid.keys() == tally.shares.keys():
        return []
    rest = {
        currency: in_cents(billed) - in_cents(tally.paid[currency]) - in_cents(tally.shares[currency])
        for currency, billed in tally.billed.items()
    }
    label = _("The rest: discounts, what others paid, what is not covered or not known")
    return [(label, rest)] if any(rest.values()) else []
