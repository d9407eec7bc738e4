"""What providers bill: code, our own plain words, list price and the price Harborlight has agreed.

CPT, CDT and NUBC descriptions are licensed, so only code numbers stand here; the words are ours.
HCPCS level II and MS-DRG are published by CMS. Prices are invented, in 2025 dollars.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from apps.demo_payer.people.coding import CDT, CPT, HCPCS
from apps.demo_payer.people.money import cents


@dataclass(frozen=True, slots=True)
class Service:
    """One thing a provider bills: `care` names the plan's Rule, `revenue` a hospital's department number."""

    words: str
    system: str
    code: str
    care: str
    list_price: Decimal
    agreed: Decimal
    revenue: str = ""

    def prices(self, year: int) -> tuple[Decimal, Decimal]:
        """(billed, agreed) in that year's dollars: three per cent dearer each year."""
        factor = _dearer(year)
        return cents(self.list_price * factor), cents(self.agreed * factor)


@cache
def _dearer(year: int) -> Decimal:
    return Decimal("1.03") ** (year - 2025)


def _service(  # noqa: PLR0917 - one row of a table
    words: str, system: str, code: str, care: str, prices: str, revenue: str = ""
) -> Service:
    billed, agreed = prices.split("/")
    return Service(words, system, code, care, cents(billed), cents(agreed), revenue)


def flu_shot(year: int) -> Service:
    """The flu vaccine of that autumn: since 2024 those in the US are against three strains (FDA)."""
    return THREE_STRAIN_FLU_SHOT if year >= 2024 else FOUR_STRAIN_FLU_SHOT


# Visits
OFFICE_VISIT = _service("Office visit", CPT, "99213", "primary", "190/112.40")
LONG_VISIT = _service("Longer office visit", CPT, "99214", "primary", "265/158.75")
SPECIALIST_VISIT = _service("Specialist visit", CPT, "99214", "specialist", "310/171.20")
NEW_SPECIALIST = _service("First visit with a specialist", CPT, "99203", "specialist", "340/188.60")
URGENT_VISIT = _service("Urgent care visit", CPT, "99213", "urgent", "235/141.30")
VIDEO_VISIT = _service("Video visit", CPT, "99213", "primary", "140/95.00")
CHECKUP = _service("Yearly check-up", CPT, "99396", "preventive", "285/176.90")
CHILD_CHECKUP = _service("Child check-up", CPT, "99393", "preventive", "240/148.55")
TEEN_CHECKUP = _service("Teen check-up", CPT, "99394", "preventive", "255/157.10")
FOUR_STRAIN_FLU_SHOT = _service("Flu vaccine", CPT, "90686", "preventive", "45/24.35")
THREE_STRAIN_FLU_SHOT = _service("Flu vaccine", CPT, "90656", "preventive", "45/24.35")
VACCINE_GIVEN = _service("Giving a vaccine", CPT, "90471", "preventive", "48/27.80")
COUNSELING = _service("Counseling session", CPT, "90834", "therapy", "185/108.25")
EXERCISE_THERAPY = _service("Physical therapy: exercise", CPT, "97110", "therapy", "95/46.10")
MANUAL_THERAPY = _service("Physical therapy: hands-on", CPT, "97140", "therapy", "90/41.75")
EYE_CHECK = _service("Eye examination for diabetes", CPT, "92014", "specialist", "225/131.60")
RETINA_PHOTO = _service("Photograph of the retina", CPT, "92250", "imaging", "140/62.45")
# Laboratory and imaging
BLOOD_SUGAR = _service("Blood sugar, three-month average", CPT, "83036", "lab", "68/13.42", "0301")
CHOLESTEROL = _service("Cholesterol tests", CPT, "80061", "lab", "96/18.61", "0301")
METABOLIC_PANEL = _service("Blood chemistry", CPT, "80053", "lab", "112/14.84", "0301")
BLOOD_COUNT = _service("Blood count", CPT, "85025", "lab", "74/10.92", "0305")
URINE_PROTEIN = _service("Urine protein test", CPT, "82043", "lab", "59/8.10", "0301")
STREP_TEST = _service("Strep test", CPT, "87880", "lab", "52/16.53")
HEART_PROTEIN = _service("Blood test for heart damage", CPT, "84484", "lab", "210/58.30", "0301")
WRIST_XRAY = _service("X-ray of the wrist", CPT, "73110", "imaging", "195/61.20", "0320")
CHEST_XRAY = _service("X-ray of the chest", CPT, "71046", "imaging", "340/96.75", "0324")
HEART_TRACING = _service("Heart tracing (ECG)", CPT, "93005", "imaging", "285/74.10", "0730")
TRACING_READ = _service("Reading of the heart tracing", CPT, "93010", "procedure", "65/11.85")
SPINE_MRI = _service("MRI scan of the lower back", CPT, "72148", "imaging", "2480/940.00", "0612")
PELVIS_MRI = _service("MRI scan of the pelvis", CPT, "72195", "imaging", "2390/905.00", "0610")
MAMMOGRAM = _service("Screening mammogram", CPT, "77067", "preventive", "420/171.35")
# Emergency, hospital and procedures
EMERGENCY_ROOM = _service("Emergency room", CPT, "99285", "emergency", "3150/1264.00", "0450")
LESSER_EMERGENCY_ROOM = _service("Emergency room", CPT, "99283", "emergency", "3150/1264.00", "0450")
EMERGENCY_DOCTOR = _service("Emergency doctor", CPT, "99285", "emergency", "1180/402.50")
AMBULANCE = _service("Ambulance, advanced life support", HCPCS, "A0427", "transport", "1850/742.00")
STENT = _service("Opening a heart artery with a stent", CPT, "92928", "procedure", "6900/1142.30")
HOSPITAL_ADMIT = _service("Doctor's first day in hospital", CPT, "99223", "procedure", "640/219.45")
HOSPITAL_DAY = _service("Doctor's hospital visit", CPT, "99232", "procedure", "280/88.15")
HOSPITAL_LEAVE = _service("Doctor's discharge day", CPT, "99238", "procedure", "295/92.60")
CARDIAC_REHAB = _service("Cardiac rehabilitation session", CPT, "93798", "hospital", "310/118.40", "0943")
WRIST_FRACTURE = _service("Treatment of a broken wrist", CPT, "25600", "procedure", "980/412.00")
BACK_INJECTION = _service("Injection into the lower back", CPT, "62323", "procedure", "1650/588.20")
CRUTCHES = _service("Crutches", HCPCS, "E0114", "equipment", "95/46.30")
INFUSION = _service("Infusion, first hour", CPT, "96413", "hospital", "890/241.75", "0335")
INFUSION_HOUR = _service("Infusion, each further hour", CPT, "96415", "hospital", "260/58.20", "0335")
INFLIXIMAB = _service("Infliximab, 10 mg", HCPCS, "J1745", "hospital", "118/46.90", "0636")
# What a hospital stay's bill is made of: departments without a procedure code, priced together as one case.
CARDIAC_ROOM = _service("Cardiac care room, per day", "", "", "hospital", "6400/6400", "0210")
CATH_LAB = _service("Catheter laboratory", "", "", "hospital", "28450/28450", "0481")
IMPLANT = _service("Stent", "", "", "hospital", "9875/9875", "0278")
HOSPITAL_DRUGS = _service("Hospital pharmacy", "", "", "hospital", "3210.40/3210.40", "0250")
SUPPLIES = _service("Sterile supplies", "", "", "hospital", "1846.25/1846.25", "0272")
HOSPITAL_LAB = _service("Hospital laboratory", "", "", "hospital", "2190/2190", "0300")
# Dental
DENTAL_EXAM = _service("Dental check-up", CDT, "D0120", "dental-preventive", "72/48.00")
TOOTHACHE_EXAM = _service("Examination of one problem", CDT, "D0140", "dental-preventive", "110/74.00")
CLEANING = _service("Teeth cleaning", CDT, "D1110", "dental-preventive", "135/94.00")
BITEWINGS = _service("Four dental X-rays", CDT, "D0274", "dental-preventive", "98/61.00")
ONE_XRAY = _service("One dental X-ray", CDT, "D0220", "dental-preventive", "42/27.00")
FILLING = _service("Tooth-colored filling", CDT, "D2391", "dental-basic", "245/168.00")
CROWN = _service("Crown", CDT, "D2740", "dental-major", "1640/1180.00")
CORE = _service("Building up the tooth for a crown", CDT, "D2950", "dental-major", "395/284.00")
ROOT_CANAL = _service("Root canal treatment", CDT, "D3330", "dental-major", "1480/1090.00")
# Vision
VISION_EXAM = _service("Eye examination", CPT, "92014", "vision-exam", "185/110.00")
REFRACTION = _service("Measuring for glasses", CPT, "92015", "vision-lenses", "55/30.00")
FRAMES = _service("Frames", HCPCS, "V2020", "vision-materials", "289/150.00")
LENSES = _service("Lenses", HCPCS, "V2100", "vision-lenses", "160/96.00")
