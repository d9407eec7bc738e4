"""Admin pages on which less is done than elsewhere."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten, lookup_field
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


class OnlyWhatIsSaid(admin.ModelAdmin[Any]):
    """What nobody writes there is left out while it says nothing, as of a new row; so is its heading."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Those of the class, without what is silent."""
        silent = {name for name in self.get_readonly_fields(request, obj) if not self._is_said(name, obj)}
        said = [
            (title, {**shown, "fields": [name for name in flatten(shown["fields"]) if name not in silent]})
            for title, shown in super().get_fieldsets(request, obj)
        ]
        return [(title, shown) for title, shown in said if shown["fields"]]

    def _is_said(self, name: Any, obj: Any) -> bool:
        return obj is not None and lookup_field(name, obj, self)[2] not in (None, "")
