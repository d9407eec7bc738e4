"""Links of the listing that lead nowhere: the desk has a worker try them, for reviewers follow them."""

from collections.abc import Mapping
from typing import Final

from django.db import models

from apps.listing.face import face
from apps.listing.models import AppListing

LINKS: Final = [field for field in AppListing._meta.fields if isinstance(field, models.URLField)]


class ForDesk:
    """What the desk asks of the listing, and gives it to keep (the setting DESK_LISTING)."""

    def unnamed(self) -> list[str]:
        """Say what nobody filled in."""
        return face().unnamed()

    def links(self) -> set[str]:
        """Return every address that an operator wrote."""
        return {url for link in LINKS if (url := getattr(face().listing, link.name))}

    def keep_dead(self, said: Mapping[str, str]) -> None:
        """Keep what those that are dead said, instead of what they said before."""
        AppListing.objects.update(dead_links=dict(said))

    def dead(self) -> list[str]:
        """Say which links are dead."""
        return dead_links(face().listing)


def dead_links(listing: AppListing) -> list[str]:
    """Say which links were dead when they were last tried, and still stand there."""
    said = [(link.verbose_name, listing.dead_links.get(getattr(listing, link.name))) for link in LINKS]
    return [f"The link “{label}” {how}: mend or empty it." for label, how in said if how]
