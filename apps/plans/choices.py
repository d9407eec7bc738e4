"""The words a plan's row may hold: confirmation, kinds of coverage, states."""

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as lazy

from apps.plain_language.language import said


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


STATES: Final[Mapping[str, str]] = {
    "AL": said("Alabama"),
    "AK": said("Alaska"),
    "AS": said("American Samoa"),
    "AZ": said("Arizona"),
    "AR": said("Arkansas"),
    "CA": said("California"),
    "CO": said("Colorado"),
    "CT": said("Connecticut"),
    "DE": said("Delaware"),
    "DC": said("District of Columbia"),
    "FL": said("Florida"),
    "GA": said("Georgia"),
    "GU": said("Guam"),
    "HI": said("Hawaii"),
    "ID": said("Idaho"),
    "IL": said("Illinois"),
    "IN": said("Indiana"),
    "IA": said("Iowa"),
    "KS": said("Kansas"),
    "KY": said("Kentucky"),
    "LA": said("Louisiana"),
    "ME": said("Maine"),
    "MD": said("Maryland"),
    "MA": said("Massachusetts"),
    "MI": said("Michigan"),
    "MN": said("Minnesota"),
    "MS": said("Mississippi"),
    "MO": said("Missouri"),
    "MT": said("Montana"),
    "NE": said("Nebraska"),
    "NV": said("Nevada"),
    "NH": said("New Hampshire"),
    "NJ": said("New Jersey"),
    "NM": said("New Mexico"),
    "NY": said("New York"),
    "NC": said("North Carolina"),
    "ND": said("North Dakota"),
    "MP": said("Northern Mariana Islands"),
    "OH": said("Ohio"),
    "OK": said("Oklahoma"),
    "OR": said("Oregon"),
    "PA": said("Pennsylvania"),
    "PR": said("Puerto Rico"),
    "RI": said("Rhode Island"),
    "SC": said("South Carolina"),
    "SD": said("South Dakota"),
    "TN": said("Tennessee"),
    "TX": said("Texas"),
    "UT": said("Utah"),
    "VT": said("Vermont"),
    "VI": said("Virgin Islands"),
    "VA": said("Virginia"),
    "WA": said("Washington"),
    "WV": said("West Virginia"),
    "WI": said("Wisconsin"),
    "WY": said("Wyoming"),
}
