"""Books brought up to date by the worker, where no page and no run has done it: after an upgrade, say."""

import logging
from typing import Final

from django.db.models import F, Q
from django.utils import timezone

from apps.connections.models import Connection
from apps.records import kinds
from apps.records.models import Catalogue
from apps.records.projection import Projector
from apps.vault.boxes import box_for
from apps.vault.errors import KeyUnavailable

log = logging.getLogger("plainclaim.records")
MOST: Final = 20
"""Connections looked after at once: the worker has other things to do in between."""


def look_after() -> None:
    """What the worker does every few seconds (the setting SYNC_ALSO_LOOKS_AFTER). It makes no news."""
    behind = Q(projected__lt=F("revision")) | ~Q(made_by=kinds.reading())
    # By chance: connections whose keys do not answer must not keep the others waiting for ever.
    # Looking before writing: an idle sweep never takes SQLite's write lock.
    stale = (
        Catalogue.objects.filter(behind, revision__gt=0).order_by("?").values_list("connection_id", flat=True)
    )
    for connection_id in list(stale[:MOST]):
        connection = Connection.objects.select_related("member", "plan").filter(pk=connection_id).first()
        try:
            if connection is not None:
                Projector(connection, box_for(connection.member)).flush(now=timezone.now())
        except KeyUnavailable:
            continue  # the member's pages say so; the next look tries again
        except Exception:
            log.exception("the books of connection %s could not be made", connection_id)
