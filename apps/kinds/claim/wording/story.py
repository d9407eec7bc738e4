"""What the page of one claim shows, every value in words already; the template only places it."""

from dataclasses import dataclass

from apps.kinds.claim.records import NOT_SHARED, Figure
from apps.plain_language.language import _

PER_PART = 100
"""Lines of a claim on one page: a hospital stay can have thousands."""

type Pairs = tuple[tuple[str, str], ...]
"""Label and value, both in words."""
PLUS, EQUALS = "+", "="
ALWAYS_SHOWN = frozenset({"billed", "drug-cost", "plan-paid", "your-share"})
"""Rows that say most when they are zero or missing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A bar of the waterfall: `x` and `width` in its view box, `name` is the class `fall__<name>`."""

    name: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the receipt.

    `sign` is how it counts towards the next row with "=" (`−`, `+`, `=`, "" for the first and for what is
    only part of another row). `style` is plain, subtotal, total, part or aside. `others` say what else
    there is for the same thing; `term` is the word's place in the glossary. `figure` is what `text` shows in
    cents.
    """

    testid: str
    label: str
    text: str
    is_known: bool
    sign: str = ""
    style: str = "plain"
    term: str = ""
    help: str = ""
    source: str = ""
    others: tuple[str, ...] = ()
    is_worked_out: bool = False
    figure: Figure = NOT_SHARED
    span: Span | None = None
    is_in_doubt: bool = False
    """Other figures contradict it: nothing is worked out from it."""
    against: tuple[Figure, ...] = ()
    """Those of them that are amounts of the same thing."""

    @property
    def is_folded(self) -> bool:
        """Whether it tells little: a zero or what was not shared, which stand under the others."""
        if self.figure.amount or self.testid in ALWAYS_SHOWN:
            return False
        return not self.is_known or self.style == "part" or self.sign not in ("", EQUALS)

    @property
    def is_total(self) -> bool:
        """Whether this is the last line of the receipt: the member's share."""
        return self.style == "total"

    @property
    def in_two(self) -> tuple[str, str]:
        """What is shown: an amount, and of how many lines it is, which stands small under it ("" for all)."""
        amount, _comma, of_lines = self.text.partition(", ")  # within an amount no space follows a comma
        return amount, of_lines

    @property
    def has_origin(self) -> bool:
        """Whether the row opens to say where its figure comes from."""
        return bool(self.source or self.help)


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with an icon; `kind` is ok, attention, denied or quiet."""

    words: str
    kind: str
    icon: str


@dataclass(frozen=True, slots=True)
class Steps:
    """What the member can do when the plan said no: what it means, then one step after the other."""

    heading: str
    meaning: str
    steps: tuple[str, ...]
    says_denied: bool = False
    says_appeal: bool = False
    """Which words that the glossary explains the page says."""


@dataclass(frozen=True, slots=True)
class LineAmount:
    """One amount of a line; `text` says so where it was not shared, `others` say what else is."""

    label: str
    text: str
    is_known: bool
    is_share: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of the claim; `amounts` is empty where no line has any.

    `official` are the English words of the code's list, where `what` is our own name for the kind of service.

    `is_folded` where it is shown on demand only: all its amounts are zero.
    """

    number: int
    what: str
    on: str
    code: str
    official: str
    details: tuple[str, ...]
    amounts: tuple[LineAmount, ...]
    decision: str
    is_folded: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinePart:
    """Which lines the page shows: the first to the last, counted from 1, of all that have *numbers*."""

    first: int
    last: int
    numbers: tuple[int, ...]

    @property
    def is_long(self) -> bool:
        """Whether there are more lines than one part shows."""
        return len(self.numbers) > PER_PART

    @property
    def is_whole(self) -> bool:
        """Whether every line is shown."""
        return self.last - self.first + 1 >= len(self.numbers)

    @property
    def words(self) -> str:
        """Return "Lines 101 to 200 (5,000 in all)"."""
        shown = self.numbers[self.first - 1 : self.last]
        numbers = {"first": shown[0], "last": shown[-1], "total": len(self.numbers)}
        text = _("Lines {first} to {last} ({total} in all)")
        return text.format(**{name: f"{number:,}" for name, number in numbers.items()})

    @property
    def highest(self) -> int:
        """The highest number of a line."""
        return max(self.numbers)

    @property
    def before(self) -> int | None:
        """The number of the first line of the part before; None where none is."""
        return self.numbers[max(0, self.first - 1 - PER_PART)] if self.first > 1 else None

    @property
    def after(self) -> int | None:
        """The number of the first line of the part after; None where none is."""
        return self.numbers[self.last] if self.last < len(self.numbers) else None


@dataclass(frozen=True, slots=True)
class Story:
    """One claim in words. `is_closed` crosses out amounts that no longer count."""

    title: str
    kind: str
    when: str
    payer: str
    answer: str
    badge: Badge | None
    doubt: Badge | None
    """That its figures disagree, where `badge` says something else."""
    notices: tuple[str, ...]
    asks: tuple[str, ...]
    """What to ask for before anything else."""
    steps: Steps | None
    causes: tuple[str, ...]
    """Why the share is this amount."""
    receipt: tuple[Row, ...]
    is_set_apart: bool
    """Its figures disagree, with each other or with the price: no sum takes them."""
    is_closed: bool
    is_of_then: bool
    """It is closed, and held at some time: another form of a claim never did."""
    is_uninsured: bool
    """It says that nobody insures: no plan is asked."""
    sums: tuple[str, ...]
    """Whether the figures add up; the first sentence is the verdict."""
    disagreements: tuple[str, ...]
    reasons: tuple[str, ...]
    lines: tuple[LineRow, ...]
    """Those of `part`."""
    folded_lines: str
    """What stands for those of them that are folded away; empty where none are."""
    part: LinePart
    shows_line_amounts: bool
    lines_note: str
    """What is said of the amounts of all lines together; empty where nothing is."""
    total_lines: tuple[str, ...]
    code_note: str
    checklist: tuple[tuple[str, str, str], ...]
    """Name of the box, question, and what this claim says."""
    for_calls: str
    """Its number and its day, as a member says them on the phone; empty where no number was sent."""
    payment: Pairs
    network: str
    facts: Pairs
    drug: Pairs
    diagnoses: Pairs
    english_note: str
    """Why names of codes are English."""
    has_english_lines: bool
    """Lines have such names: the note stands under them."""
    procedures: Pairs
    team: Pairs
    notes: tuple[str, ...]
    related: tuple[str, ...]
    more: Pairs
    """Behind "more details": what offices need among themselves."""
    more_note: str

    @property
    def in_sums(self) -> list[Row]:
        """The rows of the receipt that are in a sum, or a part of one that is."""
        return [row for row in self.receipt if row.style != "aside" and not row.is_folded]

    @property
    def in_no_sum(self) -> list[Row]:
        """The others: what the plan sent besides."""
        return [row for row in self.receipt if row.style == "aside" and not row.is_folded]

    @property
    def has_folded(self) -> bool:
        """Whether rows of the receipt stand under the others."""
        return any(row.is_folded for row in self.receipt)

    @property
    def has_origins(self) -> bool:
        """Whether there is anything to say of where figures come from, or of those folded away."""
        return bool(self.disagreements) or any(row.has_origin or row.is_folded for row in self.receipt)

    @property
    def is_share_in_doubt(self) -> bool:
        """Whether figures disagree on the share, so that no bill can be held against it."""
        return any(row.is_in_doubt for row in self.receipt if row.is_total)
