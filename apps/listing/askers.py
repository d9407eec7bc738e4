"""Who asks what of an app before its members may use it: fields by askers, in each asker's own order."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).parent / "data" / "askers.toml"
ANYONE: Final = "rfc7591"


class AskedField(msgspec.Struct, frozen=True):
    """One field of a form; `said` is the asker's own wording, "" where it has none.

    Where it is an `own_form` of the asker's, nothing answers it but what somebody signed for that asker.
    """

    key: str
    need: str
    said: str = ""
    own_form: bool = False


class Asker(msgspec.Struct, frozen=True):
    """Whose form it is. What is `second_hand` was read about, not read."""

    key: str
    name: str
    source: str
    fields: tuple[AskedField, ...]
    profiles: tuple[str, ...] = ()
    questionnaire: str = ""
    second_hand: bool = False

    @property
    def questionnaires(self) -> frozenset[str]:
        """What answers that are signed for it alone may stand under: nobody else is sent them."""
        return frozenset({self.key, self.name, self.questionnaire or self.key})


class Askers(msgspec.Struct, frozen=True):
    """The data file: what each field is called, what proves our answer to it, and who asks for which."""

    fields: dict[str, str]
    proofs: dict[str, tuple[str, ...]]
    askers: tuple[Asker, ...]


@cache
def everyone() -> Askers:
    """Return what the release was shipped with."""
    return msgspec.toml.decode(FILE.read_bytes(), type=Askers)


def choices() -> list[tuple[str, str]]:
    """Return the askers as a form offers them (the setting PLANS_ASKERS)."""
    return [(asker.key, asker.name) for asker in everyone().askers]


def askers_of(key: str, profiles: Iterable[str]) -> tuple[Asker, ...]:
    """Return whose forms may be meant: the one an operator chose, else those that the profiles name."""
    rows, wanted = everyone().askers, set(profiles)
    chosen = tuple(asker for asker in rows if asker.key == key)
    return chosen or tuple(asker for asker in rows if wanted & set(asker.profiles))


def anyone() -> Asker:
    """Return who asks where no form is known, or not whose of several is meant."""
    return next(asker for asker in everyone().askers if asker.key == ANYONE)
