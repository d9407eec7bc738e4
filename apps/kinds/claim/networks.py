"""What the network of a claim or a line means: whether the provider is outside, and held to a price; pure.

These are two questions: a contract binds outside the network too, and a plan that pays as for inside does not
bind a provider who is outside.
"""

from typing import Final

from apps.kinds.claim.records import ClaimRecord, Network

AGREED: Final = frozenset[Network | None]({"in", "paid_out", "contracted", "out_contracted"})
"""Where the provider has a price with the plan."""
_OUTSIDE: Final = frozenset[Network | None]({"out", "out_contracted"})
_OPEN: Final = frozenset[Network | None]({"out", "paid_in", "disagree"})
_OF_LINES: Final[dict[Network | None, Network]] = {
    "out_contracted": "out",
    "paid_in": "in",
    "paid_out": "out",
}
"""Network of the provider -> how it says that lines were paid."""


def is_outside(network: Network | None) -> bool:
    """Return whether the provider is outside the network, and the plan paid as for there."""
    return network in _OUTSIDE


def may_ask_more(record: ClaimRecord) -> bool:
    """Return whether the provider is held to no price, or may not be; of a silent claim its lines tell."""
    told = {record.network} if record.network else {line.network for line in record.lines}
    return not _OPEN.isdisjoint(told)


def is_told(record: ClaimRecord, of_line: Network) -> bool:
    """Return whether what the claim says of its network holds what a line says."""
    return of_line in (record.network, _OF_LINES.get(record.network))
