"""A worker needs a database connection for each lane of a run and two more; too small a pool is told of."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from config.deploy_checks import a_worker_has_connections_enough


@pytest.fixture
def with_options(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[dict[str, Any]], None]:
    """Return what gives the database other options for the length of a test."""
    return lambda options: monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", options)


@pytest.mark.parametrize(
    ("pool", "lanes", "is_warned"), [(6, 4, False), (5, 4, True), (2, 1, True), (3, 1, False)]
)
def test_a_pool_below_what_a_worker_needs_is_told_of_at_start(
    settings: Any, with_options: Any, pool: int, lanes: int, is_warned: bool
) -> None:
    """R-33: by names of both settings."""
    with_options({"pool": {"min_size": 1, "max_size": pool}})
    settings.SYNC_LANES = lanes
    warnings = a_worker_has_connections_enough()
    assert [warning.id for warning in warnings] == ["plainclaim.W003"] * is_warned
    assert all(
        f"DATABASE_POOL is {pool}" in warning.msg and f"SYNC_LANES={lanes}" in warning.msg
        for warning in warnings
    )


def test_every_command_checks_it_also_the_worker(db: None, settings: Any, with_options: Any) -> None:
    settings.SYNC_LANES = 1
    with_options({"pool": {"max_size": 2}})
    with pytest.raises(SystemCheckError, match=r"plainclaim\.W003"):
        call_command("check", fail_level="WARNING")


@pytest.mark.parametrize("options", [{}, {"timeout": 20}, {"pool": True}])
def test_without_a_pool_of_ours_there_is_nothing_to_tell(with_options: Any, options: dict[str, Any]) -> None:
    with_options(options)
    assert a_worker_has_connections_enough() == []
