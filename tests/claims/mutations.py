"""Claims changed at random, as broken systems change them: by seeds, or for Hypothesis, over JSON trees."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

CODES = (
    *("submitted", "benefit", "paidtoprovider", "memberliability", "copay", "copayamount", "coins"),
    *("noncovered", "innetwork", "denialreason", "eligpercent", "mystery", "SUBMITTED ", "clm_tot_chrg_amt"),
    *("https://bluebutton.cms.gov/resources/variables/line_sbmtd_chrg_amt", "CLM_LINE_MDCR_DDCTBL_AMT"),
    *("rev_cntr_rdcd_coinsrnc_amt", "nch_bene_blood_ddctbl_lblty_am", "pharmacy", "0001", "preauthorization"),
)
JUNK = (
    *(None, True, False, 0, 1, -1, 12.5, "", "x", "0", "-12.30", "abc", "1e5", "2026-02-30", "IGNORED_FIELD"),
    *(10**15, -(10**30), Decimal("0.000001"), [], {}, [[]], [{}], {"value": 5}, {"value": "5.50"}),
    *({"value": None}, {"value": [1]}, {"value": 3, "currency": "EUR"}, {"amount": {"value": 4}}),
    *("#", "urn:uuid:", "Organization/", "\x00", {"coding": "x"}, {"coding": [None, 3, {}]}),
)
Path = tuple[Any, ...]


def paths(tree: Any, path: Path = ()) -> list[Path]:
    """Return the path of every value but the root."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [found for key, value in pairs for found in ((*path, key), *paths(value, (*path, key)))]


def _junk(value: Any, pick: int) -> Any:
    return _copy(JUNK[pick % len(JUNK)])


def _negative(value: Any, pick: int) -> Any:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return -value if is_number else value


def _twice(value: Any, pick: int) -> Any:
    return [*value, *_copy(value[-1:])] if isinstance(value, list) else [value, _copy(value)]


def _one(value: Any, pick: int) -> Any:
    return value[0] if isinstance(value, list) and value else [value]


def _backwards(value: Any, pick: int) -> Any:
    return value[::-1] if isinstance(value, list) else value


def _text(value: Any, pick: int) -> Any:
    return json.dumps(value, default=str) if not isinstance(value, str) else {"text": value}


def _code(value: Any, pick: int) -> Any:
    return CODES[pick % len(CODES)] if isinstance(value, str) else value


def _money_inside(value: Any, pick: int) -> Any:
    """Put an amount where none belongs."""
    names = ("amount", "net", "charge", "adjudication", "value", "total")
    money = {"value": Decimal(pick % 1000) / 100, "currency": "USD"}
    return value | {names[pick % len(names)]: money} if isinstance(value, dict) else value


CHANGES: tuple[Callable[[Any, int], Any], ...] = (
    *(_junk, _junk, _negative, _twice, _one, _backwards, _text, _code, _code, _money_inside),
)
changes = st.lists(
    st.tuples(st.integers(-1, len(CHANGES) - 1), st.integers(0, 10**6), st.integers(0, 10**4)),
    min_size=1,
    max_size=4,
)
"""What to do, where (taken modulo the number of places), and which of the choices."""


def changed(tree: Any, wanted: list[tuple[int, int, int]]) -> Any:
    """Return a copy of *tree* after some `changes`; -1 takes the value away."""
    copy = _copy(tree)
    for change, place, pick in wanted:
        places = paths(copy)
        if not places:
            break
        path = places[place % len(places)]
        holder = copy
        for key in path[:-1]:
            holder = holder[key]
        if change < 0:
            del holder[path[-1]]
        else:
            holder[path[-1]] = CHANGES[change](holder[path[-1]], pick)
    return copy


def _copy(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _copy(value) for key, value in tree.items()}
    return [_copy(value) for value in tree] if isinstance(tree, list) else tree


def written(tree: Any) -> bytes:
    """Return *tree* as JSON with exact numbers."""
    marked = json.dumps(tree, default=lambda exact: f"\u00a7{exact:f}\u00a7", ensure_ascii=True)
    return marked.replace('"\\u00a7', "").replace('\\u00a7"', "").encode()


def played(
    trees: Sequence[Any], check: Callable[[list[bytes]], object], *, times: int, most: int = 1
) -> None:
    """Check *times* over up to *most* changed trees; each turn has a seed of its own, always the same.

    What fails names its seed, and every value that differs from what was changed.
    """
    for seed in range(times):
        dice = random.Random(seed)  # noqa: S311 - repeatable, no secret
        chosen = [dice.choice(trees) for _ in range(dice.randint(1, most))]
        made = [changed(tree, _drawn(dice)) for tree in chosen]
        try:
            check([written(tree) for tree in made])
        except Exception as error:
            told = [differences(tree, other) for tree, other in zip(chosen, made, strict=True)]
            error.add_note(f"seed {seed}: {told}")
            raise


def _drawn(dice: random.Random) -> list[tuple[int, int, int]]:
    return [
        (dice.randint(-1, len(CHANGES) - 1), dice.randint(0, 10**6), dice.randint(0, 10**4))
        for _ in range(dice.randint(1, 4))
    ]


def differences(before: Any, after: Any) -> dict[str, tuple[Any, ...]]:
    """Return what stood and what stands at each place where two trees differ."""
    one, other = dict(_leaves(before, "")), dict(_leaves(after, ""))
    pairs = {place: (one.get(place, "absent"), other.get(place, "absent")) for place in one | other}
    return {place: pair for place, pair in pairs.items() if pair[0] != pair[1]}


def _leaves(tree: Any, place: str) -> Iterator[tuple[str, Any]]:
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    if not pairs or not tree:
        yield place, tree
    for key, value in pairs:
        yield from _leaves(value, f"{place}.{key}")
