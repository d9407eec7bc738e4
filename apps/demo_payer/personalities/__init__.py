"""Every personality of the demo payer by name; what each does is data, see `shape.Personality`."""

from apps.demo_payer.personalities.charts import CHARTS
from apps.demo_payer.personalities.habits import HABITS
from apps.demo_payer.personalities.more_payers import ELEVANCE, STATEMENT
from apps.demo_payer.personalities.payers import AETNA, BLUE_BUTTON, ONE_UP, STANDARD, UHC
from apps.demo_payer.personalities.shape import Document, Fault, Paths, Personality

__all__ = ["ALL", "MAIN", "STANDARD", "Document", "Fault", "Paths", "Personality", "named"]

ALL: dict[str, Personality] = {
    personality.name: personality
    for personality in (
        STANDARD,
        ONE_UP,
        BLUE_BUTTON,
        AETNA,
        ELEVANCE,
        UHC,
        STATEMENT,
        *CHARTS,
        *HABITS,
    )
}
MAIN: tuple[Personality, ...] = tuple(personality for personality in ALL.values() if personality.is_main)


class Unknown(Exception):
    """There is no personality of this name; the text lists those there are."""


def named(name: str) -> Personality:
    """Return the personality of this name; raises Unknown."""
    personality = ALL.get(name)
    if personality is None:
        names = ", ".join(ALL)
        raise Unknown(f"There is no personality {name!r}. There are: {names}.")
    return personality
