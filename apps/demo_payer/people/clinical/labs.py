"""Laboratory results behind the lab lines of claims: panels over years, with the values moving slowly.

LOINC's texts are left out: the words are ours, and the codes are LOINC's (https://loinc.org/license/).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from apps.demo_payer.people.clinical.visit import Visit
from apps.demo_payer.people.coding import THO, Json, concept, instant, ref

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
CATEGORY = f"{THO}observation-category"
FLAG = f"{THO}v3-ObservationInterpretation"
FLAGS = {"H": "High", "L": "Low", "N": "Normal"}


@dataclass(frozen=True, slots=True)
class Test:
    """One test: what is usual (`low` to `high`, "" for no such bound), where these people begin, and drift.

    `swing` is how far values go up and down around that, `drift` how much they move in a year.
    """

    loinc: str
    words: str
    unit: str
    low: str
    high: str
    start: str
    swing: str
    drift: str = "0"


def _test(*row: str) -> Test:
    return Test(*row)


PANELS: dict[str, tuple[str, str, tuple[Test, ...]]] = {
    "83036": ("4548-4", "Hemoglobin A1c", (
        _test("4548-4", "Hemoglobin A1c", "%", "", "5.6", "8.4", "0.3", "-0.5"),
    )),
    "80061": ("57698-3", "Cholesterol panel", (
        _test("2093-3", "Total cholesterol", "mg/dL", "", "199", "228", "12", "-14"),
        _test("2085-9", "HDL cholesterol", "mg/dL", "40", "", "44", "4", "1"),
        _test("13457-7", "LDL cholesterol (calculated)", "mg/dL", "", "99", "146", "10", "-14"),
        _test("2571-8", "Triglycerides", "mg/dL", "", "149", "182", "20", "-8"),
    )),
    "80053": ("24323-8", "Blood chemistry", (
        _test("2345-7", "Glucose", "mg/dL", "70", "99", "142", "18", "-12"),
        _test("2160-0", "Creatinine", "mg/dL", "0.70", "1.30", "0.98", "0.09", "0.04"),
        _test("2951-2", "Sodium", "mmol/L", "136", "145", "140", "2"),
        _test("2823-3", "Potassium", "mmol/L", "3.5", "5.1", "4.3", "0.4"),
    )),
    "85025": ("58410-2", "Blood count", (
        _test("6690-2", "White blood cells", "10*3/uL", "4.0", "11.0", "6.8", "1.4"),
        _test("718-7", "Hemoglobin", "g/dL", "12.0", "17.5", "13.2", "0.8"),
        _test("777-3", "Platelets", "10*3/uL", "150", "400", "248", "30"),
    )),
    "82043": ("9318-7", "Urine albumin and creatinine", (
        _test("9318-7", "Albumin to creatinine in urine", "mg/g", "", "29", "34", "9", "3"),
    )),
    "84484": ("10839-9", "Troponin I", (
        _test("10839-9", "Troponin I", "ng/mL", "", "0.04", "0.02", "0.01"),
    )),
}  # fmt: skip
"""By CPT code of the line: LOINC code and words of the panel, and its tests."""
STREP = "87880"


def results(visit: Visit) -> Iterator[Json]:
    """Yield what the laboratory sent for the lines of a visit: each panel as a report with its results."""
    for code, _words in visit.lines:
        if code in PANELS:
            yield from _panel(visit, code)
        elif code == STREP:
            yield _strep(visit)


def _panel(visit: Visit, code: str) -> Iterator[Json]:
    loinc, words, tests = PANELS[code]
    results = [_result(visit, test) for test in tests]
    yield from results
    lines = [f"{observation['code']['text']}: {_shown(observation)}" for observation in results]
    yield visit.made("DiagnosticReport", f"report-{loinc}", "diagnosticreport-lab") | {
        "identifier": [{"system": "https://plumbline.example/report", "value": f"R{visit.number}-{loinc}"}],
        "status": "final",
        "category": [concept(f"{THO}v2-0074", "LAB")],
        "code": concept(LOINC, loinc, text=words),
        "subject": visit.patient,
        "effectiveDateTime": visit.on.isoformat(),
        "issued": instant(visit.on),
        "performer": [visit.at],
        "result": [
            ref("Observation", observation["id"], observation["code"]["text"]) for observation in results
        ],
        "conclusion": "; ".join(lines),
    }


def _result(visit: Visit, test: Test) -> Json:
    value = value_on(visit, test)
    resource = begun(visit, test.loinc, test.words) | {"valueQuantity": quantity(value, test.unit)}
    if flag := _flag(value, test):
        resource["interpretation"] = [concept(FLAG, flag, FLAGS[flag])]
    bounds = {"low": test.low, "high": test.high}
    resource["referenceRange"] = [
        {key: quantity(Decimal(text), test.unit) for key, text in bounds.items() if text}
    ]
    return resource


def begun(visit: Visit, loinc: str, words: str) -> Json:
    """The beginning of a final laboratory result of the visit."""
    return visit.made("Observation", f"lab-{loinc}", "observation-lab") | {
        "status": "final",
        "category": [concept(CATEGORY, "laboratory", "Laboratory")],
        "code": concept(LOINC, loinc, text=words),
        "subject": visit.patient,
        "effectiveDateTime": visit.on.isoformat(),
        "issued": instant(visit.on),
        "performer": [visit.at],
    }


def quantity(value: Decimal, unit: str) -> Json:
    """A value in a UCUM unit."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def value_on(visit: Visit, test: Test) -> Decimal:
    """Return the value of that day: the same for the same person and day, near the days before it."""
    seed = sha256(f"{visit.patient['reference']} {test.loinc} {visit.on}".encode()).digest()
    wave = Decimal(seed[0] - 128) / 128
    years = Decimal((visit.on - visit.on.replace(year=2024, month=1, day=1)).days) / 365
    value = Decimal(test.start) + Decimal(test.swing) * wave + Decimal(test.drift) * years
    # As exact as its start is written.
    return max(value, Decimal(0)).quantize(Decimal(test.start))


def _flag(value: Decimal, test: Test) -> str:
    if test.high and value > Decimal(test.high):
        return "H"
    return "L" if test.low and value < Decimal(test.low) else "N"


def _shown(result: Json) -> str:
    return f"{result['valueQuantity']['value']} {result['valueQuantity']['unit']}"


def _strep(visit: Visit) -> Json:
    return begun(visit, "78012-2", "Strep throat, rapid test") | {
        "valueCodeableConcept": {"text": "Negative"},
        "interpretation": [concept(FLAG, "N", FLAGS["N"])],
    }
