"""What codes that came without words are called, in ours; pure."""

from typing import Final

from apps.plain_language.language import said

UNITS: Final = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "[lb_av]": "lb",
    "[oz_av]": "oz",
    "[in_i]": "in",
    "[ft_i]": "ft",
    "[pH]": "",
    "[IU]/L": "IU/L",
    "[IU]/mL": "IU/mL",
    "k[IU]/L": "kIU/L",
    "m[IU]/L": "mIU/L",
    "m[IU]/mL": "mIU/mL",
    "u[IU]/mL": "uIU/mL",
    "10*3/uL": "×10³/uL",
    "10*6/uL": "×10⁶/uL",
    "10*9/L": "×10⁹/L",
    "10*12/L": "×10¹²/L",
    "score": "",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
    "mL/min/1.73.m2": "mL/min/1.73 m²",
}
"""Codes of units (UCUM) that nobody writes outside of computers."""
ABSENT: Final = {
    "unknown": said("not recorded"),
    "unk": said("not recorded"),
    "asked-unknown": said("asked, but not known"),
    "temp-unknown": said("not known yet"),
    "not-asked": said("you were not asked"),
    "asked-declined": said("asked, but not answered"),
    "masked": said("held back"),
    "not-applicable": said("does not apply"),
    "not-performed": said("not done"),
    "not-permitted": said("not allowed to be shared"),
    "unsupported": said("not recorded"),
    "error": said("could not be measured"),
    "not-a-number": said("could not be measured"),
    "negative-infinity": said("too low to measure"),
    "positive-infinity": said("too high to measure"),
}
CATEGORIES: Final = {
    "laboratory": said("Laboratory"),
    "vital-signs": said("Vital signs"),
    "social-history": said("Answers about your life"),
    "survey": said("Questionnaire"),
    "exam": said("Examination"),
    "imaging": said("Imaging"),
    "procedure": said("Procedure"),
    "therapy": said("Therapy"),
    "activity": said("Activity"),
    "problem-list-item": said("List of health problems"),
    "encounter-diagnosis": said("Diagnosis of a visit"),
    "health-concern": said("Health concern"),
    "sdoh": said("Circumstances of life"),
    "clinical-note": said("Clinical note"),
    "functional-status": said("What you can do by yourself"),
    "disability-status": said("Disability"),
    "cognitive-status": said("Memory and thinking"),
    "inpatient": said("During a stay in a hospital"),
    "outpatient": said("Without a stay in a hospital"),
    "discharge": said("At discharge"),
    "care-experience-preference": said("What you wish for in your care"),
    "treatment-intervention-preference": said("What you wish for in treatment"),
    "LP29684-5": said("Imaging"),
    "LP29708-2": said("Heart tests"),
    "LP7839-6": said("Pathology"),
}
"""Categories of US Core and of medicines, and sections of reports (HL7 table 0074), that come as codes."""
HL7S_OWN: Final = {
    "sdoh": ("social determinants of health",),
    "activity": ("physical activity",),
    "LP29684-5": ("radiology",),
    "LP29708-2": ("cardiology",),
    "LP7839-6": ("pathology",),
    "LAB": ("laboratory",),
    "RAD": ("radiology",),
}
"""What HL7 and LOINC call codes for which we have words: whoever wrote it said no more than the code."""
SECTIONS: Final = {
    "BLB": said("Blood bank"),
    "CG": said("Chromosomes"),
    "CH": said("Chemistry of the blood"),
    "CP": said("Cells under the microscope"),
    "CT": said("CT scan"),
    "CUS": said("Ultrasound of the heart"),
    "EC": said("Heart tests"),
    "GE": said("Genes"),
    "HM": said("Blood cells"),
    "ICU": said("Tests at the bedside"),
    "IMM": said("Immune system"),
    "LAB": said("Laboratory"),
    "MB": said("Germs"),
    "NMR": said("MRI scan"),
    "PAT": said("Pathology"),
    "RAD": said("Imaging"),
    "RUS": said("Ultrasound"),
    "SP": said("Pathology"),
    "SR": said("Antibodies"),
    "TX": said("Drugs and poisons"),
    "VR": said("Viruses"),
}
"""HL7 table 0074, in our words."""
_ANSWERS: Final = {
    **dict.fromkeys(("10828004", "LA6576-8"), said("Positive")),
    **dict.fromkeys(("260385009", "LA6577-6"), said("Negative")),
    **dict.fromkeys(("260373001", "LA11882-0"), said("Detected")),
    **dict.fromkeys(("260415000", "LA11883-8"), said("Not detected")),
    "82334004": said("Indeterminate"),
    **dict.fromkeys(("373066001", "LA33-6"), said("Yes")),
    **dict.fromkeys(("373067005", "LA32-8"), said("No")),
    "30980-7": said("due on"),
    "30981-5": said("at the earliest"),
    "59777-3": said("at the latest"),
    "59778-1": said("overdue from"),
}
"""Answers of SNOMED CT and LOINC to what was looked for, and LOINC's days of vaccines that are due."""
_MEASURED: Final = {
    **dict.fromkeys(("85354-9", "55284-4"), said("Blood pressure")),
    "8480-6": said("Systolic blood pressure"),
    "8490-5": said("Systolic blood pressure, mean of 24 hours"),
    "8462-4": said("Diastolic blood pressure"),
    "8472-3": said("Diastolic blood pressure, mean of 24 hours"),
    "8867-4": said("Heart rate"),
    "9279-1": said("Breathing rate"),
    "8310-5": said("Body temperature"),
    "8302-2": said("Height"),
    "29463-7": said("Weight"),
    "39156-5": said("Body mass index (BMI)"),
    **dict.fromkeys(("2708-6", "59408-5"), said("Oxygen in the blood")),
    **dict.fromkeys(("8287-5", "9843-4"), said("Head circumference")),
    "72166-2": said("Smoking"),
}
"""LOINC codes of vital signs, in our words: their parts often come as codes alone."""
_RELATIVES: Final = {
    **dict.fromkeys(("MTH", "NMTH"), said("mother")),
    **dict.fromkeys(("FTH", "NFTH"), said("father")),
    **dict.fromkeys(("SIS", "NSIS"), said("sister")),
    **dict.fromkeys(("BRO", "NBRO"), said("brother")),
    **dict.fromkeys(("SIB", "NSIB"), said("brother or sister")),
    **dict.fromkeys(("DAU", "DAUC"), said("daughter")),
    **dict.fromkeys(("SON", "SONC"), said("son")),
    **dict.fromkeys(("CHILD", "NCHILD"), said("child")),
    "GRMTH": said("grandmother"),
    "GRFTH": said("grandfather"),
    "MGRMTH": said("grandmother on the mother's side"),
    "MGRFTH": said("grandfather on the mother's side"),
    "PGRMTH": said("grandmother on the father's side"),
    "PGRFTH": said("grandfather on the father's side"),
    "AUNT": said("aunt"),
    "UNCLE": said("uncle"),
    "COUSN": said("cousin"),
}
"""HL7 v3-RoleCode of a family, in our words."""
BY_LIST: Final = {"0074": SECTIONS, "snomed": _ANSWERS, "loinc": _ANSWERS | _MEASURED, "rolecode": _RELATIVES}
"""What codes that came alone mean, by what stands in the address of their list."""
SUGGESTED: Final = frozenset({"proposal", "option"})
"""Intents (HL7 request-intent) by which nothing is asked for yet."""
DISCHARGES: Final = {
    "home": said("Went home"),
    "alt-home": said("Went to another home"),
    "other-hcf": said("Went to another care facility"),
    "hosp": said("Went into hospice care"),
    "long": said("Went into long-term care"),
    "aadvice": said("Left against advice"),
    "exp": said("Died"),
    "psy": said("Went to a psychiatric hospital"),
    "rehab": said("Went to rehabilitation"),
    "snf": said("Went to a skilled nursing facility"),
}
ORIGINS: Final = {
    "hosp-trans": said("Another hospital"),
    "emd": said("Emergency department"),
    "outp": said("Visit without a stay"),
    "born": said("Born in the hospital"),
    "gp": said("Family doctor"),
    "mp": said("Doctor"),
    "psych": said("Psychiatric hospital"),
    "rehab": said("Rehabilitation"),
}
"""HL7's lists of how a stay ends and where somebody came from, in our words."""
WHY_NO_VACCINE: Final = {
    "immune": said("already immune"),
    "medprec": said("a medical reason"),
    "ostock": said("not in stock"),
    "patobj": said("the patient did not want it"),
    "philisop": said("it is against the patient's beliefs"),
    "relig": said("it is against the patient's religion"),
    "vacefftox": said("doubts of its effect"),
    "vacsaf": said("doubts of its safety"),
}
"""HL7 v3-ActReason, in our words."""
SPANS: Final = {
    "s": (said("second"), said("seconds")),
    "min": (said("minute"), said("minutes")),
    "h": (said("hour"), said("hours")),
    "d": (said("day"), said("days")),
    "wk": (said("week"), said("weeks")),
    "mo": (said("month"), said("months")),
    "a": (said("year"), said("years")),
}
"""Units of time in which something is repeated: as one and as many."""
_OTHER_SIGNS: Final = {"sec": SPANS["s"], "hr": SPANS["h"], "yr": SPANS["a"], "yrs": SPANS["a"]}
_TABLETS, _CAPSULES = (said("tablet"), said("tablets")), (said("capsule"), said("capsules"))
_SUPPOSITORIES: Final = (said("suppository"), said("suppositories"))
_SHORT: Final = {
    **dict.fromkeys(("tab", "tabs"), _TABLETS),
    **dict.fromkeys(("cap", "caps"), _CAPSULES),
    **dict.fromkeys(("supp", "recsupp"), _SUPPOSITORIES),
}
"""Signs for pieces, those of HL7's orderable drug forms among them."""
_COUNTED: Final = SPANS | _OTHER_SIGNS | _SHORT | {
    name: pair
    for pair in (
        *SPANS.values(), _TABLETS, _CAPSULES, _SUPPOSITORIES, (said("pen"), said("pens")),
        (said("drop"), said("drops")), (said("puff"), said("puffs")),
        (said("inhaler"), said("inhalers")), (said("bottle"), said("bottles")), (said("vial"), said("vials")),
        (said("patch"), said("patches")), (said("tube"), said("tubes")),
    )
    for name in pair
}  # fmt: skip
"""What is counted, time and pieces: as one and as many, by what senders write."""


def forms_of(unit: str) -> tuple[str, str] | None:
    """Return a unit as one and as many; a single capital letter means another unit (D: diopter)."""
    return _COUNTED.get(unit if len(unit) == 1 else unit.lower())


DAYS: Final = {
    "mon": said("on Mondays"),
    "tue": said("on Tuesdays"),
    "wed": said("on Wednesdays"),
    "thu": said("on Thursdays"),
    "fri": said("on Fridays"),
    "sat": said("on Saturdays"),
    "sun": said("on Sundays"),
}
MOMENTS: Final = {
    "morn": said("in the morning"),
    "morn.early": said("early in the morning"),
    "morn.late": said("late in the morning"),
    "noon": said("around noon"),
    "aft": said("in the afternoon"),
    "aft.early": said("early in the afternoon"),
    "aft.late": said("late in the afternoon"),
    "eve": said("in the evening"),
    "eve.early": said("early in the evening"),
    "eve.late": said("late in the evening"),
    "night": said("at night"),
    "phs": said("after going to sleep"),
    "hs": said("at bedtime"),
    "wake": said("on waking up"),
    "c": said("with meals"),
    "cm": said("with breakfast"),
    "cd": said("with lunch"),
    "cv": said("with dinner"),
    "ac": said("before meals"),
    "acm": said("before breakfast"),
    "acd": said("before lunch"),
    "acv": said("before dinner"),
    "pc": said("after meals"),
    "pcm": said("after breakfast"),
    "pcd": said("after lunch"),
    "pcv": said("after dinner"),
}
"""R4 event-timing: of which part of the day, or of which meal."""
URGENCIES: Final = {"urgent": said("urgent"), "asap": said("as soon as possible"), "stat": said("at once")}
"""HL7 request-priority but for "routine", which needs no words."""
ACTIVITIES: Final = {
    "not-started": said("not begun"),
    "scheduled": said("planned"),
    "in-progress": said("under way"),
    "on-hold": said("on hold"),
    "completed": said("done"),
    "cancelled": said("cancelled"),
    "stopped": said("stopped"),
    "unknown": said("not known"),
}
"""HL7 care-plan-activity-status, in our words; any other is told as sent."""
ACHIEVEMENTS: Final = {
    "in-progress": said("under way"),
    "improving": said("getting better"),
    "worsening": said("getting worse"),
    "no-change": said("no change"),
    "achieved": said("reached"),
    "sustaining": said("reached, and held"),
    "not-achieved": said("not reached"),
    "no-progress": said("no progress"),
    "not-attainable": said("cannot be reached"),
}
"""HL7 goal-achievement, in our words."""
