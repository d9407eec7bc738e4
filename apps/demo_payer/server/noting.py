"""What every page says about the personality it plays."""

from django.http import HttpRequest

from apps.demo_payer.personalities import Personality
from apps.demo_payer.server.addresses import playing


def personality(request: HttpRequest) -> dict[str, Personality]:
    """Return the personality for templates (a context processor)."""
    return {"personality": playing(request)}
