"""Claims changed at random, as broken systems change them; the same each time, on every Python."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any, Final

_CODES: Final = (
    *("submitted", "benefit", "paidtoprovider", "memberliability", "copay", "copayamount", "coins"),
    *("noncovered", "innetwork", "denialreason", "eligpercent", "mystery", "SUBMITTED ", "clm_tot_chrg_amt"),
    *("https://bluebutton.cms.gov/resources/variables/line_sbmtd_chrg_amt", "CLM_LINE_MDCR_DDCTBL_AMT"),
    *("rev_cntr_rdcd_coinsrnc_amt", "nch_bene_blood_ddctbl_lblty_am", "pharmacy", "0001", "preauthorization"),
)
_JUNK: Final = (
    *(None, True, False, 0, 1, -1, 12.5, "", "x", "0", "-12.30", "abc", "1e5", "2026-02-30", "IGNORED_FIELD"),
    *(10**15, -(10**30), 0.000001, [], {}, [[]], [{}], {"value": 5}, {"value": "5.50"}),
    *({"value": None}, {"value": [1]}, {"value": 3, "currency": "EUR"}, {"amount": {"value": 4}}),
    *("#", "urn:uuid:", "Organization/", "\x00", {"coding": "x"}, {"coding": [None, 3, {}]}),
)
_MONEY: Final = ("amount", "net", "charge", "adjudication", "value", "total")


class Lot(random.Random):
    """Chance that is the same each time, which is what is wanted here."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _twice(value: Any, _pick: int) -> Any:
    return [*value, *copy.deepcopy(value[-1:])] if isinstance(value, list) else [value, copy.deepcopy(value)]


def _one(value: Any, _pick: int) -> Any:
    return value[0] if isinstance(value, list) and value else [value]


def _money_inside(value: Any, pick: int) -> Any:
    money = {"value": (pick % 1000) / 100, "currency": "USD"}
    return value | {_MONEY[pick % len(_MONEY)]: money} if isinstance(value, dict) else value


_CHANGES: Final[tuple[Callable[[Any, int], Any], ...]] = (
    lambda _value, pick: copy.deepcopy(_JUNK[pick % len(_JUNK)]),
    lambda _value, pick: copy.deepcopy(_JUNK[pick % len(_JUNK)]),
    lambda value, _pick: -value if _is_number(value) else value,
    _twice,
    _one,
    lambda value, _pick: value[::-1] if isinstance(value, list) else value,
    lambda value, _pick: {"text": value} if isinstance(value, str) else json.dumps(value),
    lambda value, pick: _CODES[pick % len(_CODES)] if isinstance(value, str) else value,
    lambda value, pick: _CODES[pick % len(_CODES)] if isinstance(value, str) else value,
    _money_inside,
)


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [found for key, value in pairs for found in ((*path, key), *_paths(value, (*path, key)))]


def changed(tree: Any, lot: Lot) -> Any:
    """Return a copy of *tree* with one to four changes, drawn by *lot*; some take a value away."""
    tree = copy.deepcopy(tree)
    for _ in range(lot.randint(1, 4)):
        places = _paths(tree)
        if not places:
            break
        path = places[lot.randrange(len(places))]
        holder = tree
        for key in path[:-1]:
            holder = holder[key]
        change = lot.randint(-1, len(_CHANGES) - 1)
        if change < 0:
            del holder[path[-1]]
        else:
            holder[path[-1]] = _CHANGES[change](holder[path[-1]], lot.randrange(10_000))
    return tree
