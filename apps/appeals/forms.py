"""What a member types of a refusal: dates, a kind of coverage, a letter; each refusal says what is wrong."""

import unicodedata
from datetime import date
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from apps.appeals.letter import LONGEST
from apps.appeals.noted import Progress
from apps.appeals.rules import NAMES
from apps.plain_language.language import _

OLDEST_YEARS: Final = 10
MOST_LINES: Final = 600
"""Of a letter."""
_FORMATS: Final = ["%Y-%m-%d", "%m/%d/%Y", "%B %d, %Y"]


class Day(forms.DateField):
    """A day of the last years, as a date picker or a person writes it."""

    default_error_messages = {"invalid": lazy("This is not a date. Write it like 03/09/2026.")}

    def __init__(self, **options: Any) -> None:
        attributes = {"type": "date", "autocomplete": "off", "maxlength": "20"}
        super().__init__(
            required=False,
            input_formats=_FORMATS,
            widget=forms.DateInput(format="%Y-%m-%d", attrs=attributes),
            **options,
        )

    def clean(self, value: Any) -> date | None:
        """Return the day; none still to come, none of a wrong year."""
        day: date | None = super().clean(value)
        today = timezone.localdate()
        if day is not None and day > today:
            raise ValidationError(_("This day is still to come. Which date is printed there?"))
        if day is not None and day.year < today.year - OLDEST_YEARS:
            raise ValidationError(_("This is more than ten years ago. Check the year."))
        return day


class LetterForm(forms.Form):
    """The date on the letter that refused it, and the kind of coverage."""

    letter_on = Day(
        label=lazy("Date on the letter"),
        help_text=lazy(
            "The date printed on the letter that says no. The data your plan sends does not have it."
        ),
    )
    kind = forms.ChoiceField(label=lazy("Where the coverage comes from"), required=False)

    def __init__(self, *args: Any, suggested: str = "", **kwargs: Any) -> None:
        """Take what is typed, and the kind that we only suggest, in words (*suggested*)."""
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["kind"]
        choice.help_text = (
            _("It looks like this: {kind}. Choose what is right.").format(kind=suggested)
            if suggested
            else _("The rules differ by kind. Your card or the letter says it.")
        )
        choice.choices = [("", _("Choose")), *((kind, _(name)) for kind, name in NAMES.items())]


class TextForm(forms.Form):
    """The letter itself."""

    text = forms.CharField(
        label=lazy("Your letter"),
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 26, "spellcheck": "true"}),
    )

    def clean_text(self) -> str:
        """Return it with plain line ends and no other control characters; refuse what no one would read."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n")
        text = "".join(
            character for character in text if character in "\n\t" or unicodedata.category(character) != "Cc"
        ).strip()
        if text.count("\n") >= MOST_LINES:
            raise ValidationError(_("This letter has more than {n} lines. Shorten it.").format(n=MOST_LINES))
        return text


class ProgressForm(forms.Form):
    """How far the appeal is."""

    asked_on = Day(label=lazy("Asked the plan for its letter or papers on"))
    sent_on = Day(label=lazy("Sent the appeal on"))
    answered_on = Day(label=lazy("Date on the answer"))
    outcome = forms.ChoiceField(label=lazy("What the answer says"), required=False)
    is_dropped = forms.BooleanField(
        label=lazy("I leave it at that: take it off Today"), required=False, widget=forms.CheckboxInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["outcome"]
        choice.choices = [
            ("", _("No answer yet")),
            ("paid", _("Yes, to all of it")),
            ("part", _("Yes, to a part of it")),
            ("no", _("No again")),
        ]

    def clean(self) -> dict[str, Any]:
        """An answer does not come before the letter it answers."""
        cleaned = super().clean() or {}
        sent_on, answered_on = cleaned.get("sent_on"), cleaned.get("answered_on")
        if sent_on and answered_on and answered_on < sent_on:
            self.add_error("answered_on", _("This is before the day you sent it. Check both days."))
        return cleaned

    def progress(self) -> Progress:
        """Return what was typed."""
        return Progress(**self.cleaned_data)


def initial_of(progress: Progress) -> dict[str, Any]:
    """Return what a form shows of what was noted."""
    return {name: getattr(progress, name) for name in ProgressForm.base_fields}
