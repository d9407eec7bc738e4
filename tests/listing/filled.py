"""A packet of which everything is filled in that an operator may."""

from django.utils import timezone

from apps.listing.askers import everyone
from apps.listing.documents import COVER
from apps.listing.face import face
from apps.listing.models import AppListing, SignedAnswer
from apps.listing.packet import NEVER_FOR_ALL, Packet, packet


def filled(made: Packet) -> Packet:
    """Return the same packet after the listing was written and every blank signed."""
    mails = {f"{name}_email": f"{name}@acme.org" for name in ("support", "privacy", "security")}
    told = {
        "operator": "Acme Apps LLC", "company_address": "1 Main St", "duns": "123456789",
        "accountable_officer": "Olga Ortiz", "risk_owner": "Olga Ortiz", "incident_owner": "Olga Ortiz",
        "counsel_read_on": timezone.localdate(), "health_page_read_on": timezone.localdate(),
        "recording_url": "https://acme.org/film",
    }  # fmt: skip
    AppListing.objects.update_or_create(pk=1, defaults=told | mails)
    own = made.asker.questionnaire or made.asker.key
    alone = {everyone().fields[key] for key in NEVER_FOR_ALL}
    for annex in packet(made.sheet, face(), on=made.on).annexes:
        for line in annex.blanks:
            sign(annex.questionnaire or annex.slug, line.ask)
    for line in packet(made.sheet, face(), on=made.on).cover.blanks:
        sign(own if line.ask in alone else COVER, line.ask)
    return packet(made.sheet, face(), on=made.on)


def sign(questionnaire: str, question: str, answer: str = "Yes.") -> None:
    """Have it signed by Olga."""
    SignedAnswer.objects.create(questionnaire=questionnaire, question=question, answer=answer, signer="Olga")
