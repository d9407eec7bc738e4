"""Where the operator edits the listing and sees what a payer would send back."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.listing.askers import everyone
from apps.listing.documents import COVER, sent_to_nobody
from apps.listing.face import Face, dead_links, face
from apps.listing.gathered import GatheredEvidence
from apps.listing.logo import MOST_BYTES, SIZES, Logo, LogoRefused, drawn
from apps.listing.models import AccessedData, AppListing, SignedAnswer
from apps.listing.packet import signed_for_none
from apps.listing.transfers import TransferCount
from config.read_only import NotAdded, NotChanged, NotDeleted, ReadOnly
from config.safe_settings import is_for_this_machine

SIGNED_FOR = (
    f"“{COVER}” answers every cover, “risks” the risk analysis. What one asker alone is told, of its own "
    "form too, stands under its name here, with the question as its cover has it: "
    + ", ".join(asker.questionnaire or asker.key for asker in everyone().askers)
    + "."
)


class AccessedDataInline(admin.StackedInline[AccessedData, AppListing]):
    """The kinds of data, in the order shown; stacked, because the fields of Django's table have no labels."""

    model = AccessedData
    extra = 0


@admin.register(AppListing)
class AppListingAdmin(NotAdded, NotDeleted, admin.ModelAdmin[AppListing]):
    """One row: the list leads straight to it, and has a button to begin it while there is none."""

    guarded = frozenset(
        {
            "name", "operator", "website", "support_url", "source_url",
            "support_email", "support_phone", "privacy_email", "security_email",
        }
    )  # fmt: skip
    inlines = [AccessedDataInline]
    readonly_fields = ["to_repair", "updated_at"]
    fieldsets = [
        (None, {"fields": ["to_repair", "name", "operator", "tagline", "description"]}),
        ("Links", {"fields": ["website", "support_url", "source_url"]}),
        (
            "Contacts",
            {
                "fields": [
                    "support_email",
                    "support_phone",
                    "privacy_officer",
                    "privacy_email",
                    "security_email",
                ]
            },
        ),
        (
            "For packets",
            {
                "fields": [
                    "company_address", "duns", "accountable_officer", "risk_owner", "incident_owner",
                    "counsel_read_on", "health_page_read_on", "recording_url",
                ],
                "description": "What only you know. Left empty, a packet says that it is incomplete.",
            },
        ),
        ("Promises", {"fields": ["log_days", "updated_at"]}),
    ]  # fmt: skip

    @admin.display(description="before you send this to a payer")
    def to_repair(self, _listing: AppListing) -> SafeString | str:
        """Return what to repair first."""
        problems = findings(face())
        return (
            format_html_join("", "<p>{}</p>", ((sentence,) for sentence in problems))
            if problems
            else "Ready to send."
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, str] | None = None
    ) -> HttpResponse:
        """Go straight to the one row; while nobody began it a look makes none, and a button does."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_begin = self.has_change_permission(request)
        listing = AppListing.objects.first()
        if listing is None and request.method == "POST" and may_begin:
            listing = AppListing.objects.for_editing()
            self.log_addition(request, listing, [{"added": {}}])
        if listing is not None:
            return redirect("admin:listing_applisting_change", listing.pk)
        context = {**self.admin_site.each_context(request), **(extra_context or {}), "title": "App listing"}
        context |= {"to_repair": findings(face()), "may_begin": may_begin}
        return render(request, "admin/listing/begin.html", context)


def findings(face: Face) -> list[str]:
    """Return one sentence per thing to repair; an empty list when a payer can be sent the listing."""
    mine, problems = face.listing, []
    site = urlsplit(face.site)
    if site.scheme != "https":
        problems.append("The redirect URI is not https: payers refuse it in production. Set SITE_URL.")
    if is_for_this_machine({"SITE_URL": face.site, "ALLOWED_HOSTS": []}):
        problems.append(
            "The redirect URI points at this machine: payers refuse it in production. Set SITE_URL."
        )
    problems += [*face.unnamed(), *dead_links(mine)]
    if not mine.description.strip():
        problems.append("The description is empty: members read it on the plan's consent page.")
    problems += [
        f"No asker is called “{name}”: the answers signed under it are sent to nobody."
        for name in sent_to_nobody()
    ]
    problems += [
        f"“{question}” is signed under “{COVER}”, where nobody is sent it: sign it under the asker's name."
        for question in signed_for_none()
    ]
    if not mine.support_phone:
        problems.append("No support telephone: not required, some forms ask for it.")
    return problems


@admin.register(SignedAnswer)
class SignedAnswerAdmin(NotChanged, NotDeleted, admin.ModelAdmin[SignedAnswer]):
    """Answers to payers' questions: what was signed stays as it was signed, and a new answer is a new row."""

    fieldsets = [
        (
            None,
            {
                "fields": ["questionnaire", "question", "answer", "evidence", "signer", "signed_on"],
                "description": SIGNED_FOR,
            },
        )
    ]
    list_display = ["questionnaire", "question", "signer", "signed_on"]
    list_filter = ["questionnaire"]


@admin.register(GatheredEvidence)
class GatheredEvidenceAdmin(NotAdded, NotChanged, admin.ModelAdmin[GatheredEvidence]):
    """What `gather_evidence` kept, and nothing else adds; a run not to be published can be deleted."""

    list_display = ["payer", "environment", "version", "gathered_at"]
    list_filter = ["payer"]
    fields = ("payer", "environment", "version", "commit", "gathered_at")


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


@admin.register(Logo)
class LogoAdmin(admin.ModelAdmin[Logo]):
    """The operator's own logo: one row at most; deleted, the software's own is shown again."""

    form = LogoForm
    fields = ("picture", "shown", "changed_at")
    readonly_fields = ("shown", "changed_at")
    list_display = ("__str__", "changed_at")
    actions = None

    @admin.display(description="as payers are shown it")
    def shown(self, _row: Logo) -> SafeString:
        """The picture at the address that the client metadata names."""
        address = reverse("listing:logo", args=[512])
        return format_html('<img src="{}" width="128" height="128" alt="The logo">', address)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """While there is none."""
        return super().has_add_permission(request) and not Logo.objects.exists()


@admin.register(TransferCount)
class TransferCountAdmin(ReadOnly, admin.ModelAdmin[TransferCount]):
    """What `count_transfers` published; figures are neither written by hand nor mended.

    A year that is counted twice would tell who left in between.
    """

    list_display = ("payer", "year", "members", "members_more", "counted_at")
    list_filter = ("year",)
    fields = list_display
    actions = None
