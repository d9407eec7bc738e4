"""What a run asks, and what a course says is done: plain values."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, NamedTuple

from apps.fhir.bundles import Page
from apps.fhir.errors import FhirError

type State = Literal["waiting", "doing", "done", "refused", "problem"]
type Start = Literal["here", "first", "again", "otherwise"]
"""Where a question begins: by id or from a link; at the first page; there again after a link died, a page was
too much, or in another form; there again because the plan takes no question for changes."""
type Stands = Literal["", "gone", "kept", "ended", "paused", "suspended", "signed_out", "unagreed"]
"""What became of a connection; "" while it may be asked through."""
type End = Stands | Literal["stopping", "moved", "room", "slow"]


@dataclass(frozen=True, slots=True)
class Question:
    """One line of questions of a step (`part`), each following from the answer before."""

    part: str
    fhir_type: str
    page_size: int | None = None
    """How many records it asks for at once: 0 leaves it to the plan, None is no search page by page."""
    is_resumed: bool = False
    """It goes on from a link of an earlier try, and no page came yet."""
    refused: int | None = None
    """As many were refused for this search: once a page comes, that is known to have been the reason."""
    refused_changes: bool = False
    """The same of being asked for changes only."""
    form: int = 0
    """Which of the plan's forms of the question it is (`Course.forms`)."""
    is_guess: bool = False
    """The plan answered already, and found nothing: this asks for the same in another form."""
    turn: int = 0
    """Tells it from others for the same type."""

    def is_same(self, other: "Question") -> bool:
        """Whether it is that question, whatever came of it meanwhile."""
        return (self.fhir_type, self.turn) == (other.fhir_type, other.turn)


@dataclass(frozen=True, slots=True)
class Part:
    """How a step stands when something happens to it; as `SyncStep`."""

    name: str
    pages: int = 0
    farthest: int = 0
    is_full: bool = True


class Do(Enum):
    """What to do that needs no more said."""

    BOOK = auto()
    NOTE_PROGRESS = auto()
    NOTE_WITHOUT_CHANGES = auto()


class Mark(NamedTuple):
    """Note how a step stands."""

    part: str
    state: State
    error: FhirError | None = None


class Ask(NamedTuple):
    """Ask a question; `farthest` are the pages that the step came to at least."""

    question: Question
    start: Start
    farthest: int = 0


class Store(NamedTuple):
    """Store a page."""

    question: Question
    page: Page


class Drop(NamedTuple):
    """Take nothing more of a question."""

    question: Question


class NoteSize(NamedTuple):
    """Note how many records at once the plan takes, where more were `refused`; None: fewer than those."""

    part: str
    refused: int
    size: int | None = None


class NoteForm(NamedTuple):
    """Note which form of a question the plan takes, by its place in `FhirType.forms`."""

    fhir_type: str
    form: int


type Act = Do | Mark | Ask | Store | Drop | NoteSize | NoteForm
