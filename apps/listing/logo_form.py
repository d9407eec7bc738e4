"""The form that takes a new logo from an operator."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.listing.logo import MOST_BYTES, SIZES, Logo, LogoRefused, drawn


class LogoForm(forms.ModelForm[Logo]):
    """A file in, pixels kept: nothing of the file itself is."""

    picture = forms.FileField(
        help_text="PNG or JPEG, square, 512 to 4096 pixels, at most 2 MB. It is drawn anew; SVG is not taken."
    )

    class Meta:
        model = Logo
        fields: list[str] = []

    def clean_picture(self) -> dict[int, bytes]:
        """Return the drawn pictures by size, or say what is wrong with the file."""
        file: UploadedFile[Any] = self.cleaned_data["picture"]
        try:
            return drawn(file.read(MOST_BYTES + 1))
        except LogoRefused as error:
            raise forms.ValidationError(error.sentence) from error

    def save(self, commit: bool = True) -> Logo:
        """Put the pictures onto the row."""
        for side in SIZES:
            setattr(self.instance, f"png_{side}", self.cleaned_data["picture"][side])
        return super().save(commit=commit)
