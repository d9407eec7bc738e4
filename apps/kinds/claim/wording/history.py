"""The versions of a claim in words: what changed from one to the next, and which one counts: pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from apps.kinds.claim import standing
from apps.kinds.claim.entry import takes_back, undoes
from apps.kinds.claim.records import ClaimRecord, Figure
from apps.kinds.claim.wording import contradictions
from apps.kinds.claim.wording.sources import concept_words
from apps.kinds.claim.wording.titles import when
from apps.kinds.claim.wording.vocabulary import NETWORKS, STATES, called, superseded
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import listed

_SAY_NOTHING: frozenset[standing.State] = frozenset({"void", "taken_back", "mistake"})
"""Versions whose amounts only repeat or undo others."""
_SHOWN = ("plan_paid", "your_share")


class Sent(NamedTuple):
    """One version as the plan sent it, newest first among the others."""

    record: ClaimRecord
    url: str
    is_current: bool
    is_this: bool
    is_known_older: bool = True
    disagrees: bool = False
    """What its entry says, which read the whole claim: its figures disagree."""

    @property
    def is_in_doubt(self) -> bool:
        """Whether no sum takes it because its figures disagree."""
        return self.disagrees or bool(self.record.disagreements)


@dataclass(frozen=True, slots=True)
class Row:
    """One version in words; `change` says what it changed about the one before, "" for the first."""

    url: str
    sent: str
    state: str
    plan_paid: str
    share: str
    has_amounts: bool
    change: str
    is_this: bool
    mark: str
    """What the version is to the reader, where it is the one that lists show; "" for others."""
    is_struck: bool
    """Its amounts do not count, and others do."""


@dataclass(frozen=True, slots=True)
class History:
    """All versions, newest first; the page of one that does not hold leads to the one that does."""

    rows: tuple[Row, ...]
    current_url: str
    """Where to go from a version that is not current, else ""."""
    leads_on: str
    """The words of that link."""
    note: str = ""
    """Which of them counts, and whether the plan says which is newer."""
    is_taken_back: bool = False
    """The version whose page it is was taken back, and nothing came in its place."""


def history(sent: Sequence[Sent]) -> History:
    """Return the history of a claim; no rows where there is one version only."""
    current = next((version for version in sent if version.is_current), None)
    old = next((version for version in sent if version.is_this and not version.is_current), None)
    rows = tuple(_row(version, _change(sent, place), current) for place, version in enumerate(sent))
    rows = rows if len(sent) > 1 else ()
    note = " ".join(filter(None, [_note(sent, current), _networks(sent)]))
    if current is None or old is None:
        return History(rows, "", "", note)
    return History(rows, current.url, _leads_on(old, current), note, _is_taken_back(old, current))


def alone(record: ClaimRecord, *, is_elsewhere: bool = False) -> str:
    """Return why a claim that has no other versions is in no sum if it takes one back; "" for others.

    What the plan decided of both together is nothing, and the other one is in no sum either, unless it came
    through another connection (*is_elsewhere*).
    """
    why: str = "elsewhere" if is_elsewhere else standing.state(record)
    if why == "taken_back" and record.money.is_minus:
        why = "minus"
    return _(_ALONE.get(why, ""))


def _is_taken_back(old: Sent, current: Sent) -> bool:
    is_whole = standing.counts(old.record) and standing.has_whole_money(old.record)
    is_told = old.is_known_older or undoes(current.record, old.record)
    return is_whole and is_told and takes_back(current.record)


def _note(sent: Sequence[Sent], current: Sent | None) -> str:
    """Return which version counts; none does where the newest took the others back."""
    is_ordered = all(version.is_known_older for version in sent)
    if current and not is_ordered and any(undoes(current.record, version.record) for version in sent):
        return called(
            current.record.kind,
            _(
                "Your plan does not say which claim this takes back. One of the same day and the same "
                "provider has exactly these amounts, so no sum takes them: ask your plan before you pay."
            ),
        )
    if current is None or not standing.counts(current.record):
        return _("None of these versions counts; the newest stands first.")
    if not is_ordered and (forms := _forms(sent, current)):
        return forms
    if current.is_in_doubt:
        return (
            _("Plans correct claims by sending them again. The newest stands first.")
            if is_ordered
            else _("Your plan does not say of all of these versions which is newer.")
        )
    return (
        _("Plans correct claims by sending them again. Only one version counts; the newest stands first.")
        if is_ordered
        else _("Only one version counts; your plan does not say of all of them which is newer.")
    )


def _networks(sent: Sequence[Sent]) -> str:
    """Return that versions of which nobody says which is newer differ on the network; "" for none."""
    is_ordered = all(version.is_known_older for version in sent)
    return "" if is_ordered else networks_apart([version.record for version in sent])


def networks_apart(records: Iterable[ClaimRecord]) -> str:
    """Return that *records*, each of one claim, differ on the network; "" where they do not."""
    networks = dict.fromkeys(record.network for record in records if record.network)
    if len(networks) < 2:
        return ""
    words = listed([f"“{_(NETWORKS[network])}”" for network in networks])
    return _("On the network they differ: {words}. Ask your plan which is right.").format(words=words)


def _forms(sent: Sequence[Sent], current: Sent) -> str:
    """Return that two versions are one claim in two forms, of which one leaves amounts out; "" where not."""
    others = [version.record for version in sent if version is not current]
    if len(others) != 1 or not standing.has_whole_money(current.record):
        return ""
    if standing.has_whole_money(others[0]):
        return ""
    if others[0].shares_money:
        return _("Your plan sent this claim in two forms, one without all its amounts.")
    return _("Your plan sent this claim in two forms, one without amounts.")


def _leads_on(old: Sent, current: Sent) -> str:
    """Return the words of the link from a version to the one that counts."""
    if old.record.status == "entered-in-error":
        return _("Go to the version that counts")
    if standing.has_whole_money(current.record) and not standing.has_whole_money(old.record):
        all_of_them = _("Another version of this claim has all its amounts")
        some_of_them = _("Another version of this claim has amounts")
        return all_of_them if old.record.shares_money else some_of_them
    if not old.is_known_older and undoes(current.record, old.record):
        return _("Another claim here takes back exactly these amounts")
    if not old.is_known_older:
        return _("Another version of this claim counts here; your plan does not say which is newer")
    took_back, replaces = _("A newer version takes this claim back"), _("A newer version replaces this claim")
    return took_back if takes_back(current.record) else replaces


def _before(sent: Sequence[Sent], place: int) -> ClaimRecord | None:
    """Return the version to compare with: the one before, passing over those that only took one back.

    None where nobody says that it came before.
    """
    older = (version for version in sent[place + 1 :] if standing.state(version.record) not in _SAY_NOTHING)
    before = next(older, None)
    is_told = before is not None and before.is_known_older and sent[place].is_known_older
    return before.record if before and is_told else None


def _row(version: Sent, change: str, current: Sent | None) -> Row:
    record = version.record
    counts = version.is_current and standing.counts(record)
    shown = _("this is the version we show") if version.is_in_doubt else _("this version counts")
    plan_paid, share = (contradictions.shown(record, name) for name in _SHOWN)
    is_same = (
        current is not None
        and standing.counts(current.record)
        and ([plan_paid, share] == [contradictions.shown(current.record, name) for name in _SHOWN])
    )
    return Row(
        url=version.url,
        sent=date_words(record.created) or _("date not shared"),
        state=_state(version),
        plan_paid=plan_paid,
        share=share,
        has_amounts=record.shares_money,
        change=change,
        is_this=version.is_this,
        mark=shown if counts else "",
        is_struck=not counts and not is_same,
    )


def _state(version: Sent) -> str:
    state = standing.state(version.record)
    if not version.is_current and state not in standing.OUT_OF_SUMS:
        return _(superseded(version.record, is_known_older=version.is_known_older))
    return _(STATES[state][0]) if state in STATES else ""


def _change(sent: Sequence[Sent], place: int) -> str:
    """Return what the version at *place* changed about the one before, in one sentence; "" for the first."""
    before, after = _before(sent, place), sent[place].record
    if before is None:
        return ""
    if after.status == "entered-in-error":
        return _("Your plan says that this version was a mistake.")
    if takes_back(after):
        is_known = not after.money.is_minus or any(undoes(after, other.record) for other in sent)
        return (
            _("Your plan took the earlier version back.")
            if is_known
            else _(
                "This takes back other amounts than the versions here state, and is in no sum. Ask your plan "
                "what counts."
            )
        )
    if standing.has_whole_money(after) != standing.has_whole_money(
        before
    ):  # plans send one claim with and without amounts
        return ""
    sentences = (*amounts(before, after), *state(before, after), *unnamed(before, after))
    return sentences[0] if sentences else _("No amount changed.")


_ALONE = {
    "elsewhere": said(
        "The claim that this takes back came through another of your connections. No sum takes this one; "
        "that one may still count, until it is taken back there too. Ask your plan what counts now."
    ),
    "minus": said(
        "We did not find the claim that this takes back, so no sum takes this one: it would come out too "
        "low. Ask your plan which claim it is, and what counts now."
    ),
    "taken_back": said(
        "We did not find the claim that this takes back, so no sum takes this one. Ask your plan which claim "
        "it is, and what counts now."
    ),
    "void": said("We found no other version of this claim. Ask your plan what counts now."),
}
_AMOUNTS = {
    "plan_paid": said("What your plan paid went from {old} to {new}."),
    "billed": said("What was billed went from {old} to {new}."),
    "allowed": said("The price your plan allows went from {old} to {new}."),
}


def differences(before: ClaimRecord, after: ClaimRecord) -> tuple[str, ...]:
    """Return everything a reader may care for that *after* changed about *before*; never empty."""
    sentences = (*state(before, after), *amounts(before, after), *_others(before, after))
    return sentences or unnamed(before, after) or (_("No amount, date or decision changed, only details."),)


def amounts(before: ClaimRecord, after: ClaimRecord) -> Iterator[str]:
    """Yield what happened to the amounts, the member's share first."""
    yield from _in_doubt(before, after)
    if not _is_in_doubt("your_share", before, after):
        yield from _share(before.money.your_share, after.money.your_share)
    for name, words in _AMOUNTS.items():
        old, new = getattr(before.money, name), getattr(after.money, name)
        if _is_in_doubt(name, before, after):
            continue
        if old.is_known and new.is_known and (old.amount, old.unit) != (new.amount, new.unit):
            yield _(words).format(old=priced(old), new=priced(new))


def _share(old: Figure, new: Figure) -> Iterator[str]:
    if old.is_known and new.is_known and (old.amount, old.unit) != (new.amount, new.unit):
        yield _("Your share went from {old} to {new}.").format(old=priced(old), new=priced(new))
    elif new.is_known and not old.is_known:
        yield _("Your share was not shared before. Now it is {new}.").format(new=priced(new))
    elif old.is_known and not new.is_known:
        yield _("Your share was {old}. This version does not say it.").format(old=priced(old))


def _in_doubt(before: ClaimRecord, after: ClaimRecord) -> Iterator[str]:
    """Yield of which amounts nobody can say how they changed, because other figures contradict them."""
    for name in ("your_share", *_AMOUNTS):
        is_changed = contradictions.shown(before, name) != contradictions.shown(after, name)
        if is_changed and _is_in_doubt(name, before, after):
            text = _("Your plan's figures on {name} disagree, so how it changed is not known.")
            yield text.format(name=concept_words(name))


def _is_in_doubt(name: str, *versions: ClaimRecord) -> bool:
    return any(contradictions.of(version, name) for version in versions)


def state(before: ClaimRecord, after: ClaimRecord) -> tuple[str, ...]:
    """Return that the claim stands elsewhere now; () where it does not, or where we have no word for it."""
    old, new = STATES.get(standing.state(before)), STATES.get(standing.state(after))
    if not old or not new or old == new:
        return ()
    return (_("It was “{old}” before. Now it is “{new}”.").format(old=_(old[0]), new=_(new[0])),)


def unnamed(before: ClaimRecord, after: ClaimRecord) -> tuple[str, ...]:
    """Return that amounts or decisions changed that have no sentence of their own; () where none did."""
    if _figures(before) == _figures(after):
        return ()
    return (_("Other amounts or decisions changed, such as those of single lines."),)


def _figures(record: ClaimRecord) -> tuple[object, ...]:
    money = [record.money, *(line.money for line in record.lines)]
    amounts = [getattr(amount, name) for amount in money for name in amount.__struct_fields__]
    stated = [(figure.amount, figure.unit) for figure in amounts]
    lines = [(line.decision, line.reasons) for line in record.lines]
    return (*stated, *lines, record.decision, standing.state(record))


def _others(before: ClaimRecord, after: ClaimRecord) -> Iterator[str]:
    pairs = (
        (_("The date went from {old} to {new}."), when(before), when(after)),
        (_("Lines before: {old}. Lines now: {new}."), len(before.lines), len(after.lines)),
    )
    yield from (text.format(old=old, new=new) for text, old, new in pairs if old != new)
    if len(before.diagnoses) != len(after.diagnoses) or any(
        diagnosis.what.code != other.what.code
        for diagnosis, other in zip(before.diagnoses, after.diagnoses, strict=True)
    ):
        yield _("The diagnoses changed.")
