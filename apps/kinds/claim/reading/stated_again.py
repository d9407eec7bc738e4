"""What one line states several times: parts that are added, or one amount said again (facts 3.4)."""

from collections.abc import Sequence

from apps.kinds.claim.reading.concepts import LABELS
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.figures import add, paid_out
from apps.kinds.claim.reading.money import Choice, Choices, Entry, choices, with_repeats
from apps.kinds.claim.records import NOT_SHARED, Figure

_RULE = Rule.of(1)


def of_line(entries: Sequence[Entry]) -> Choices:
    """Return the amounts of one line, with different copays in it added: each is for a part of the care.

    Where one of them alone closes the line, they contradict each other. An equal one may be the same said
    again, or a part too: what closes the line tells. Else equal ones alone are one; beside others, where
    parts are told, the sum with each of them stands beside the one that is shown. What several other payers
    paid is added where only the sum of all closes the line.
    """
    line = _with_payers(choices(entries))
    copay = line.get("copay")
    if copay is None or isinstance(copay, Entry) or copay.figure.source is None:
        return line  # nearly always: no copay, or one
    stated = [entry for entry in entries if entry.meaning.name == copay.figure.source.code]
    if len(stated) < 2 or any(not entry.figure.amount or _closes(line, entry.figure) for entry in stated):
        return line
    return {**line, "copay": _added(line, copay, stated)}


def _with_payers(line: Choices) -> Choices:
    paid = line.get("other_payer")
    if paid is None or not paid.rest:
        return line
    whole, stated = with_repeats(paid), [paid.figure, *(entry.figure for entry in paid.rest)]
    is_whole = _closes(line, whole.figure, "other_payer")
    is_one_enough = any(_closes(line, figure, "other_payer") for figure in stated)
    return {**line, "other_payer": whole} if is_whole and not is_one_enough else line


def _added(line: Choices, copay: Choice, stated: Sequence[Entry]) -> Choice:
    once, all_added = with_repeats(copay), add([entry.figure for entry in stated], LABELS["copay"])
    if not all_added.is_known or all_added.amount == once.figure.amount or _closes(line, once.figure):
        return once
    if _closes(line, all_added):
        return Choice(all_added, once.rest, once.is_clean, once.is_extra)
    if once is copay:
        return copay
    also_possible = Entry(all_added, (), True, False, stated[0].meaning)
    return Choice(once.figure, (*once.rest, also_possible), once.is_clean, once.is_extra)


def _closes(line: Choices, amount: Figure, concept: str = "copay") -> bool:
    """Return whether an amount of a concept makes the line's stated share, or closes its price or a bill
    without one."""
    own = {name: choice.figure for name, choice in line.items() if name != concept}
    to_whom = (own.get(name, NOT_SHARED) for name in ("paid_to_provider", "paid_to_you"))
    paid = own.get("plan_paid") or paid_out(*to_whom)
    parts = [own[name] for name in PARTS if name in own]
    share = own.get("liability", NOT_SHARED)
    borne = [paid, own.get("other_payer", NOT_SHARED)]
    wholes = []
    if concept == "copay":
        borne += parts
        wholes.append((share, parts))
    else:
        borne += [share] if share.is_known else parts
    wholes.append((own.get("allowed", NOT_SHARED), borne))
    if "allowed" not in own:
        taken_off = [own.get(name, NOT_SHARED) for name in ("discount", "not_covered")]
        wholes.append((own.get("billed", NOT_SHARED), [*borne, *taken_off]))
    return any(_RULE.is_sum(whole, [amount, *more]) for whole, more in wholes)
