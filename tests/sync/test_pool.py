"""A worker needs a database connection for each lane of a run and one more; too small a pool is told of."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from config.deploy_checks import a_worker_has_connections_enough


@pytest.mark.parametrize(
    ("pool", "lanes", "is_warned"), [(5, 4, False), (4, 4, True), (1, 1, True), (2, 1, False)]
)
def test_a_pool_below_what_a_worker_needs_is_told_of_at_start(
    settings: Any, pool: int, lanes: int, is_warned: bool
) -> None:
    """R-33: by names of both settings."""
    settings.DATABASES = {"default": {"OPTIONS": {"pool": {"min_size": 1, "max_size": pool}}}}
    settings.SYNC_LANES = lanes
    found = a_worker_has_connections_enough()
    assert [each.id for each in found] == ["plainclaim.W003"] * is_warned
    assert all(f"DATABASE_POOL is {pool}" in each.msg and f"SYNC_LANES={lanes}" in each.msg for each in found)


def test_every_command_checks_it_also_the_worker(settings: Any) -> None:
    settings.DATABASES["default"].setdefault("OPTIONS", {})
    kept = settings.DATABASES["default"]["OPTIONS"].get("pool")
    settings.DATABASES["default"]["OPTIONS"]["pool"] = {"max_size": 1}
    try:
        with pytest.raises(SystemCheckError, match=r"plainclaim\.W003"):
            call_command("check", fail_level="WARNING")
    finally:
        settings.DATABASES["default"]["OPTIONS"].pop("pool")
        if kept is not None:
            settings.DATABASES["default"]["OPTIONS"]["pool"] = kept


@pytest.mark.parametrize("options", [{}, {"timeout": 20}, {"pool": True}])
def test_without_a_pool_of_ours_there_is_nothing_to_tell(settings: Any, options: dict[str, Any]) -> None:
    settings.DATABASES = {"default": {"OPTIONS": options}}
    assert a_worker_has_connections_enough() == []
