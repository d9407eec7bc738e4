"""The one row that says who runs this installation and what payers and visitors are told about it."""

from typing import ClassVar, Final

from django.core.validators import MaxLengthValidator, RegexValidator, URLValidator
from django.db import models
from django.utils import timezone

from apps.listing import published
from apps.listing.gathered import GatheredEvidence  # noqa: F401 - Django finds its tables here
from apps.listing.logo import Logo  # noqa: F401
from apps.listing.transfers import TransferCount  # noqa: F401

PLAIN_NAME = RegexValidator(
    r"\A[\x20-\x7e]+\Z", "Use plain letters and signs only: payers reject other ones."
)
NO_TAGS = RegexValidator(r"[<>]", "Use plain text without tags.", inverse_match=True)
# Telephone numbers of at most 17 signs, as the Blue Button registration form takes them.
PHONE = RegexValidator(r"\A[0-9+(). -]{5,17}\Z", "Use digits, spaces, +, (, ), . and -, at most 17 signs.")
DUNS = RegexValidator(r"\A\d{2}-?\d{3}-?\d{4}\Z", "A DUNS number has nine digits.")
NOBODY: Final = "The Plainclaim project"
"""Who runs a site of which no operator said it."""
HTTPS = URLValidator(schemes=["https"])


class AppListingQuerySet(models.QuerySet["AppListing"]):
    """Questions about the listing."""

    def current(self) -> "AppListing":
        """Return the row, or one with the words the software came with while nobody has saved any."""
        return self.first() or AppListing()

    def app_name(self) -> str:
        """Return what the app is called here."""
        return self.values_list("name", flat=True).first() or AppListing().name

    def for_editing(self) -> "AppListing":
        """Return the row, made now with the first words if there is none."""
        listing, is_new = self.get_or_create(pk=1)
        if is_new:
            AccessedData.objects.bulk_create(listing.first_accessed())
        return listing


class AppListing(models.Model):
    """Name, description, links and contacts, as the registration forms of payers ask for them.

    Lengths are the strictest of the known forms (facts: RFC 7591 section 2; Blue Button: description at
    most 1000 characters of plain text, website at most 512, telephone at most 17).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=80, default="Plainclaim", validators=[PLAIN_NAME])
    operator = models.CharField(
        "run by",
        max_length=160,
        default=NOBODY,
        help_text="Legal name of the person or company that answers for this installation.",
    )
    tagline = models.CharField(
        "one sentence", max_length=160, default=published.TAGLINE, validators=[NO_TAGS]
    )
    description = models.TextField(
        max_length=1000, default=published.DESCRIPTION, validators=[NO_TAGS, MaxLengthValidator(1000)]
    )
    website = models.URLField(max_length=512, blank=True, validators=[HTTPS], help_text="Empty: this site.")
    support_url = models.URLField("help page", max_length=512, blank=True, validators=[HTTPS])
    source_url = models.URLField("source code", max_length=512, blank=True, validators=[HTTPS])
    support_email = models.EmailField("support e-mail", default="support@plainclaim.example")
    support_phone = models.CharField("support telephone", max_length=17, blank=True, validators=[PHONE])
    privacy_officer = models.CharField(
        max_length=120,
        default=published.PRIVACY_OFFICER,
        help_text="Person or office that answers for privacy.",
    )
    privacy_email = models.EmailField("privacy e-mail", default="privacy@plainclaim.example")
    security_email = models.EmailField("security e-mail", default="security@plainclaim.example")
    log_days = models.PositiveSmallIntegerField(
        "days logs are kept",
        default=30,
        help_text="Promised on the privacy page; set your log rotation to match.",
    )
    company_address = models.TextField("address", max_length=400, blank=True, default="", db_default="")
    duns = models.CharField(
        "DUNS number", max_length=11, blank=True, default="", db_default="", validators=[DUNS]
    )
    accountable_officer = models.CharField(
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text="Who answers for what the packets say, by name.",
    )
    risk_owner = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="Who answers for the risk analysis."
    )
    incident_owner = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="Who leads when data got out."
    )
    counsel_read_on = models.DateField(
        "counsel read it on", null=True, blank=True, help_text="Risk analysis and incident plan need one."
    )
    health_page_read_on = models.DateField(
        "counsel read the Washington page on",
        null=True,
        blank=True,
        help_text="Takes the note off /consumer-health/ that no lawyer read it.",
    )
    recording_url = models.URLField(
        "recording of the journey", max_length=512, blank=True, default="", db_default="", validators=[HTTPS]
    )
    dead_links = models.JSONField(default=dict, db_default={}, editable=False)
    """Address -> what it said: those that led nowhere when a worker last tried them."""
    updated_at = models.DateTimeField(auto_now=True)

    objects = AppListingQuerySet.as_manager()

    class Meta:
        verbose_name = "app listing"
        verbose_name_plural = "app listing"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="listing_only_one_row")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def company(self) -> str:
        """Return who runs this installation, "" where no operator said it."""
        return "" if self.operator == NOBODY else self.operator

    def first_accessed(self) -> list["AccessedData"]:
        """Return, unsaved, the kinds of data the software reads out of the box."""
        return [
            AccessedData(listing=self, position=position, **kind._asdict())
            for position, kind in enumerate(published.accessed(), start=1)
        ]


class AccessedData(models.Model):
    """One kind of data the app reads, in words, and why; shown in order on the listing."""

    listing = models.ForeignKey(AppListing, on_delete=models.CASCADE, related_name="accessed")
    position = models.PositiveSmallIntegerField(default=1)
    what = models.CharField("what, in a member's words", max_length=200)
    fhir_types = models.CharField("FHIR resource types", max_length=1000)
    why = models.CharField(max_length=300)

    class Meta:
        verbose_name = "kind of data"
        verbose_name_plural = "data accessed, and why"
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.what


class SignedAnswer(models.Model):
    """One answer; the newest of a question counts. A questionnaire of another name is one more of them."""

    questionnaire = models.CharField(
        max_length=40, help_text="elevance, highmark, wellmark, cover (what a cover asks), or a new one."
    )
    question = models.CharField(max_length=300, help_text="As it stands in the packet, or a new one.")
    answer = models.TextField()
    evidence = models.CharField(
        max_length=500, help_text="Where the text, the test or the paper is that shows it."
    )
    signer = models.CharField(max_length=120, help_text="Name and office.")
    signed_on = models.DateField(default=timezone.localdate)

    class Meta:
        verbose_name = "signed answer"
        ordering: ClassVar = ["questionnaire", "question", "-signed_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.questionnaire}: {self.question[:60]}"
