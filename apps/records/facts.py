"""What a record says of its versions: its names, who made it and when, and its amounts; pure."""

import msgspec


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a record says of its versions. `own` names it, `older` and `newer` are names of others.

    `occasion` is its kind, day and patient; `step` orders versions of one moment: claim, its taking back, its
    correction.
    """

    own: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    number: str = ""
    is_unique: bool = False
    """Whether the plan typed the number as the one of this record alone."""
    by: str = ""
    """Who made it, as far as known: "npi:" or "name:" and which."""
    occasion: str = ""
    created: str = ""
    step: int = 0
    paid_on: str = ""
    takes_back: bool = False
    is_mistake: bool = False
    shares_money: bool = True
    amounts: tuple[str, ...] = ()
    """Its amounts without their sign, "" for each not stated; empty where it states none, or some of each."""
    is_minus: bool = False
    """All its amounts are below nothing."""

    @property
    def bonds(self) -> tuple[str, ...]:
        """What it shares with others that replace the same record."""
        return tuple(f"replaces\x1f{name}\x1f{self.occasion}" for name in self.older)

    @property
    def names(self) -> frozenset[str]:
        """Everything by which it can find versions of itself, and what takes it back, and they it."""
        states = (f"states\x1f{self.amounts}\x1f{self.occasion}\x1f{self.by}",) if self.amounts else ()
        return frozenset((*self.own, *self.older, *self.newer, *self.bonds, *states))

    @property
    def age(self) -> tuple[object, ...]:
        """By what versions of one record are told apart in time: the newer one's is greater."""
        return self.created, self.step, self.paid_on, self.own
