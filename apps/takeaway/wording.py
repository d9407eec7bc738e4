"""What the pages about taking records along say: pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from apps.plain_language.dates import date_words
from apps.plain_language.language import _, plural, said


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind of file a member can choose."""

    key: str
    icon: str
    title: str
    words: str


SPREADSHEETS: Final = (
    Choice(
        "claims",
        "receipt",
        said("Your claims"),
        said("One row for each claim, with every amount your plan shared."),
    ),
    Choice(
        "lines",
        "receipt",
        said("Every line of your claims"),
        said("One row for each service. Good for checking a bill line by line."),
    ),
    Choice(
        "approvals",
        "check",
        said("Your approvals in advance"),
        said("One row for each approval or estimate: what was asked, what was decided, until when."),
    ),
    Choice(
        "coverage",
        "card",
        said("Your coverage"),
        said("One row for each coverage: the plan, its dates, your member number."),
    ),
    Choice(
        "care",
        "stethoscope",
        said("Your clinical records"),
        said("One row for each result, visit, medicine or vaccine that your plan shared."),
    ),
)
FOR_PROGRAMS: Final = (
    Choice(
        "originals",
        "link",
        said("Your plan's own records"),
        said(
            "Exactly what your plan sent, to the last digit, in the form health apps exchange. Choose this "
            "when another app asks for your records, or when somebody needs the originals."
        ),
    ),
    Choice(
        "reading",
        "search",
        said("Your records as we read them"),
        said("Claims, approvals, coverage and care in one file that a program can read (JSON)."),
    ),
)
NAMES: Final = {choice.key: choice.title for choice in (*SPREADSHEETS, *FOR_PROGRAMS)}


def title(key: str, year: int) -> str:
    """Return what a file is called: "Your claims, 2025"."""
    own, _dash, others = key.partition("-")
    name = _(NAMES.get(own, ""))
    if others:
        name = _("{file}, for others").format(file=name)
    return (
        _("{file}, {year}").format(file=name, year=year) if year else _("{file}, all years").format(file=name)
    )


def lede(*, state: str, done: int, total: int) -> str:
    """Return how far a file is, in one sentence."""
    if state == "waiting" and not done:
        return _("Your file is waiting for its turn. You may close this page.")
    if state in ("waiting", "running"):
        return _("{done} of {total} records are in your file so far. You may close this page.").format(
            done=f"{done:,}", total=f"{max(done, total):,}"
        )
    if state == "ready":
        return plural(
            "Your file is ready. It holds {n} record.", "Your file is ready. It holds {n} records.", done
        ).format(n=f"{done:,}")
    return _(
        "We could not make this file. Nothing was lost: your records are still here. Please try again later."
    )


def closed(number: int) -> str:
    """Return what to say of records that did not open, "" when all did."""
    if not number:
        return ""
    return plural(
        "{n} record could not be opened. The file says where it is missing.",
        "{n} records could not be opened. The file says where they are missing.",
        number,
    ).format(n=f"{number:,}")


def mixed() -> str:
    """Return what to say of a file whose records changed while it was made."""
    return _(
        "Your plan sent changes while this file was made. A claim may be in it as it was before, or be "
        "missing. When the update is over, ask for the file again."
    )


def ends(*, day: date, time: str) -> str:
    """Return when the file goes, whatever anybody does."""
    return _("It stays sealed while it is here. On {day} at {time} it is deleted by itself.").format(
        day=date_words(day), time=time
    )


def badge(state: str) -> str:
    """Return one or two words for a list of files."""
    words = {"ready": said("Ready"), "failed": said("Did not work")}
    return _(words.get(state, said("Being made")))


IS_GONE: Final = said(
    "That file is gone. Files are deleted after a day, "
    "and at once when you erase a plan whose records they hold."
)
HASTE: Final = said("That was a lot of files within a few minutes. Please wait ten minutes, then try again.")
FULL: Final = said(
    "Some files are already waiting for you here. Download them or delete one, then ask for the next."
)
NOTHING: Final = said("Choose what to take along first.")
