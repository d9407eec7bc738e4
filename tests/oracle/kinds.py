"""What kind of claim it is: the first of its own marks that answers, the most reliable first."""

from tests.oracle.answer import Answer, answer
from tests.oracle.tree import Node, codes, codings, node, nodes, text

EOB_TYPES = {
    "CARRIER": "professional",
    "DME": "equipment",
    "HHA": "home health",
    "HOSPICE": "hospice",
    "INPATIENT": "inpatient",
    "OUTPATIENT": "outpatient",
    "PDE": "pharmacy",
    "SNF": "nursing facility",
}
CMS_TYPES = {
    **dict.fromkeys(("10",), "home health"),
    **dict.fromkeys(("20", "30"), "nursing facility"),
    **dict.fromkeys(("40",), "outpatient"),
    **dict.fromkeys(("50",), "hospice"),
    **dict.fromkeys(("60", "61"), "inpatient"),
    **dict.fromkeys(("71", "72", "1700", "2700"), "professional"),
    **dict.fromkeys(("81", "82", "1800", "2800"), "equipment"),
    **dict.fromkeys(("1", "2", "3", "4"), "pharmacy"),
}
CLAIM_TYPES = {
    "institutional": "institutional",
    "professional": "professional",
    "pharmacy": "pharmacy",
    "oral": "dental",
    "vision": "vision",
}
OLD_CARIN_TYPES = {
    "inpatient-facility": "inpatient",
    "outpatient-facility": "outpatient",
    "pharmacy": "pharmacy",
    "professional-nonclinician": "professional",
}
PROFILES = {
    "Inpatient-Institutional": "inpatient",
    "Outpatient-Institutional": "outpatient",
    "Professional-NonClinician": "professional",
    "Pharmacy": "pharmacy",
    "Oral": "dental",
    "Inpatient-Facility": "inpatient",
}
FACILITIES = {"institutional", "inpatient", "outpatient", "home health", "hospice", "nursing facility"}
"""The kinds whose bills have a type of bill."""
STAY_MARKS = {"admissionperiod", "admtype", "drg", "discharge-status"}


def is_claim(eob: Node) -> bool:
    """Say whether care was given: a request for approval in advance is no claim, no use at all is one."""
    return text(eob, "use") not in {"preauthorization", "predetermination"}


def kind(eob: Node) -> Answer:
    """Return the kind of claim: one of the words above, "institutional" or "claim" where no more is said."""
    by_type = _by_type(eob)
    if by_type and by_type != "institutional":
        return answer(by_type)
    refined = _by_subtype(eob) if by_type == "institutional" else ""
    refined = refined or _by_profile(eob)
    if refined:
        return answer(refined)
    hint = _by_hints(eob)
    if by_type == "institutional":  # a hint is no statement
        return answer(*filter(None, (hint if hint == "inpatient" else "", "institutional")))
    return answer(*filter(None, (hint, "claim")))


def _by_type(eob: Node) -> str:
    pairs = list(codings(node(eob, "type")))
    steps = (
        ("eob-type", EOB_TYPES),
        ("nch_clm_type_cd", CMS_TYPES),
        ("clm-type-cd", CMS_TYPES),
        ("claim-type", CLAIM_TYPES),
        ("carin-bb-claim-type", OLD_CARIN_TYPES),
    )
    for end, table in steps:
        for system, code in pairs:
            named = system.lower().rstrip("/").rsplit("/", 1)[-1] == end
            if code in table and (named or table is CLAIM_TYPES):  # the common words count under any system
                return table[code]
    return ""


def _by_subtype(eob: Node) -> str:
    for code in codes(node(eob, "subType")):
        if code in {"inpatient", "outpatient"}:
            return code
    return ""


def _by_profile(eob: Node) -> str:
    profiles = node(eob, "meta").get("profile")
    for profile in profiles if isinstance(profiles, list) else []:
        name = str(profile).split("|", 1)[0].rsplit("/", 1)[-1]
        for part in ("-Basis", "-NonFinancial"):
            name = name.removesuffix(part)
        for end, word in PROFILES.items():
            if name.endswith(f"ExplanationOfBenefit-{end}"):
                return word
    return ""


def _by_hints(eob: Node) -> str:
    infos = {code for info in nodes(eob, "supportingInfo") for code in codes(node(info, "category"))}
    if STAY_MARKS & infos:
        return "inpatient"
    systems = [
        system.lower()
        for line in nodes(eob, "item")
        for system, _code in codings(node(line, "productOrService"))
    ]
    if any("ndc" in system for system in systems):
        return "pharmacy"
    return "dental" if any(system.endswith("/cdt") for system in systems) else ""
