"""What the ways out promise, and what is told afterwards: no more than is done."""

import re

from django.test import Client


def test_a_wrong_phrase_is_told_at_the_top_and_at_its_field_where_typing_goes_on(sure: Client) -> None:
    """At 390 px the field is far below; the page comes back at its top, with the focus on nothing."""
    content = sure.post("/account/close/", {"phrase": "close"}).content.decode()
    places = [content.index(one) for one in ('data-testid="not-closed"', "<h1>", 'id="phrase_error"')]
    assert places == sorted(places)
    assert 'href="#phrase"' in content
    (box,) = re.findall(r'<input id="phrase"[^>]*>', content)
    assert " autofocus" in box
    assert 'aria-invalid="true" aria-describedby="phrase_error"' in box
    first = sure.get("/account/close/").content.decode()
    assert "not-closed" not in first
    assert "autofocus" not in first
