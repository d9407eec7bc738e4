"""The tag library `plain`."""

from django.template import Context, Template
from django.utils import translation

from apps.plain_language.theirs import a_name, filled, joined, theirs


def shown(source: str, **values: object) -> str:
    """Render a template with the library loaded."""
    return Template("{% load plain %}" + source).render(Context(values))


def test_dates_are_words() -> None:
    assert shown("{{ one|plain_date }}", one="2026-03") == "March 2026"


def test_a_minus_stays_with_its_amount_at_the_end_of_a_line() -> None:
    """A "−" ended a line and "$10.00" began the next one, which reads as money paid."""
    assert shown("{{ one|as_written }}", one="It paid −$10.00.") == "It paid −\u2060$10.00."
    with translation.override("es"):
        page = shown("{{ one|as_written }}", one=theirs("Paid: −$10.00"))
    assert page == '<span lang="en">Paid: −\u2060$10.00</span>'


def test_a_name_is_kept_together_beside_what_is_english_and_both_are_escaped() -> None:
    with translation.override("es"):
        title = filled("{what} con {name}", what=theirs("X-ray <2>"), name=a_name("A & B"))
        page = shown("{{ one|as_written }}", one=title)
    assert page == '<span lang="en">X-ray &lt;2&gt;</span> <bdi>con <bdi>A &amp; B</bdi></bdi>'


def test_a_short_word_before_a_name_ends_no_line() -> None:
    """Titles read "Injection into the lower back at", and who it was at stood below."""
    for sentence, page in {
        "Visit at {name}": "Visit <bdi>at <bdi>Dr. Lopez</bdi></bdi>",
        "On March 9, 2026 {name} billed it": "On March 9, 2026 <bdi>Dr. Lopez</bdi> billed it",
        "{name} billed it": "<bdi>Dr. Lopez</bdi> billed it",
        "Prescription: {name}": "Prescription: <bdi>Dr. Lopez</bdi>",
        "Care by doctor {name}": "Care by doctor <bdi>Dr. Lopez</bdi>",
    }.items():
        assert shown("{{ text|as_written }}", text=filled(sentence, name=a_name("Dr. Lopez"))) == page


def test_a_dot_between_words_stands_at_no_end_of_a_line_and_is_text_all_the_same() -> None:
    """Rows ended or began lines with a lone dot: "August 2, 2009 ·", "· Medicare"."""
    row = shown("{{ row|dotted }}", row="March 9 · A & B · Medicare")
    assert row == (
        '<span class="dotted"><span>March 9</span> <span><i>· </i>A &amp; B</span> '
        "<span><i>· </i>Medicare</span></span>"
    )
    assert shown("{{ row|dotted }}", row="March 9") == "March 9"
    with translation.override("es"):
        theirs_in_it = joined(" · ", ["9", theirs("A · <2>"), a_name("B · C")])
        assert shown("{{ row|dotted }}", row=theirs_in_it) == (
            '<span class="dotted"><span>9</span> <span><i>· </i><span lang="en">A · &lt;2&gt;</span></span> '
            "<span><i>· </i><bdi>B · C</bdi></span></span>"
        )
    block = "{% dotted %}{{ on }}{% dot %}{{ none }}{% dot %}<b>{{ more }}</b>{% enddotted %}"
    told = shown(block, on="March 9", none="", more="9 · 10")
    assert told == '<span class="dotted"><span>March 9</span> <span><i>· </i><b>9 · 10</b></span></span>'
