"""What who took part is skilled in, as the plan wrote it; beside it in Spanish where that is a usual word."""

import re
from typing import Final

from apps.plain_language.capitals import calm_words
from apps.plain_language.language import _, is_spanish, said
from apps.plain_language.theirs import filled, theirs

_BESIDE = re.compile(r"\([^()]*\)|[^a-z ]| (?:physician|specialist|practice|provider|services?)(?= |$)")
"""What lists put around the name: "Hematology (Pathology) Physician", "Optometry."."""
_USUAL: Final = {
    "internal medicine": said("Internal medicine"),
    "family": said("Family medicine"),
    "family medicine": said("Family medicine"),
    "general": said("General practice"),
    "pediatric medicine": said("Pediatrics"),
    "pediatrics": said("Pediatrics"),
    "cardiology": said("Heart care (cardiology)"),
    "cardiovascular disease": said("Heart care (cardiology)"),
    "dermatology": said("Skin care (dermatology)"),
    "emergency medicine": said("Emergency medicine"),
    "endocrinology": said("Endocrinology"),
    "gastroenterology": said("Gastroenterology"),
    "general surgery": said("General surgery"),
    "surgery": said("Surgery"),
    "geriatric medicine": said("Care of older people (geriatrics)"),
    "gynecology": said("Gynecology"),
    "obstetrics gynecology": said("Obstetrics and gynecology"),
    "hematology": said("Blood care (hematology)"),
    "hematology oncology": said("Hematology and oncology"),
    "medical oncology": said("Cancer care (oncology)"),
    "oncology": said("Cancer care (oncology)"),
    "oncology clinical nurse": said("Nurse specialist for cancer care"),
    "infectious disease": said("Infectious diseases"),
    "nephrology": said("Kidney care (nephrology)"),
    "neurology": said("Neurology"),
    "neurological surgery": said("Neurosurgery"),
    "neurosurgery": said("Neurosurgery"),
    "ophthalmology": said("Eye care (ophthalmology)"),
    "optometry": said("Optometry"),
    "optometrist": said("Optometry"),
    "orthopedic surgery": said("Orthopedic surgery"),
    "orthopaedic surgery": said("Orthopedic surgery"),
    "otolaryngology": said("Ear, nose and throat care"),
    "pathology": said("Pathology"),
    "physical therapist": said("Physical therapy"),
    "physical therapy": said("Physical therapy"),
    "podiatry": said("Foot care (podiatry)"),
    "podiatrist": said("Foot care (podiatry)"),
    "psychiatry": said("Psychiatry"),
    "psychologist": said("Psychology"),
    "clinical psychologist": said("Psychology"),
    "pulmonary disease": said("Lung care"),
    "diagnostic radiology": said("Radiology"),
    "radiology": said("Radiology"),
    "rheumatology": said("Rheumatology"),
    "urology": said("Urology"),
    "vascular surgery": said("Vascular surgery"),
    "anesthesiology": said("Anesthesia"),
    "nurse practitioner": said("Nurse practitioner"),
    "physician assistant": said("Physician assistant"),
    "certified registered nurse anesthetist": said("Nurse anesthetist"),
    "clinical laboratory": said("Laboratory"),
    "dentist": said("Dentist"),
    "general dentistry": said("Dentist"),
    "pharmacy": said("Pharmacy"),
    "pharmacist": said("Pharmacy"),
}
"""What lists call a skill, in small letters without what stands around it -> what people call it."""


def skill(sent: str | None) -> str:
    """Return what somebody is skilled in: in the plan's words, which Spanish has behind its own."""
    told = theirs(calm_words(sent or ""))
    usual = _USUAL.get(_folded(sent)) if sent and is_spanish() else None
    return filled(_("{words} ({code})"), words=_(usual), code=told) if usual else told


def _folded(sent: str) -> str:
    return " ".join(_BESIDE.sub(" ", sent.casefold()).split())
