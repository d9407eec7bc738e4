"""The words a plan's row may hold: confirmation, kinds of coverage."""

from django.db import models
from django.utils.translation import gettext_lazy as lazy


class Status(models.TextChoices):
    """How far an operator vouches for a row; only a confirmed one can be connected."""

    UNCONFIRMED = "unconfirmed", "Unconfirmed"
    CONFIRMED = "confirmed", "Confirmed"
    PAUSED = "paused", "Paused"


class LineOfBusiness(models.TextChoices):
    """The kind of coverage, in the words members use."""

    MEDICAID = "medicaid", lazy("Medicaid")
    CHIP = "chip", lazy("CHIP (children)")
    MEDICARE = "medicare", lazy("Medicare")
    MEDICARE_ADVANTAGE = "medicare_advantage", lazy("Medicare Advantage")
    MEDICARE_PART_D = "medicare_part_d", lazy("Medicare Part D (drugs)")
    MARKETPLACE = "marketplace", lazy("Marketplace")
    EMPLOYER = "employer", lazy("Through an employer")
    INDIVIDUAL = "individual", lazy("Bought directly")
    DENTAL = "dental", lazy("Dental")
    VISION = "vision", lazy("Vision")
