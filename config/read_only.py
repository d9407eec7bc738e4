"""Admin pages on which less is done than elsewhere."""

from typing import Any

from django.http import HttpRequest


class NotAdded:
    """Nobody adds one there."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Never."""
        return False


class NotChanged:
    """Nobody changes one there."""

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Never."""
        return False


class NotDeleted:
    """Nobody deletes one there."""

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Never."""
        return False


class ReadOnly(NotAdded, NotChanged, NotDeleted):
    """Nobody adds, changes or deletes what the work itself writes."""
