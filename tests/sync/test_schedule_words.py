"""Sentences about when a plan is asked again."""

import re
from datetime import UTC, datetime

import pytest
from django.utils import translation

from apps.sync import schedule_words


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_time_of_day_ends_its_sentence_with_one_period(language: str) -> None:
    with translation.override(language):
        words = schedule_words.rest(datetime(2026, 11, 25, 19, 49, 30, tzinfo=UTC))
    assert re.search(r"[^.]\.$", words)
