"""ICD-10-CM codes of the stories with their official texts (NCHS, public domain)."""

TEXTS = {
    "E11.65": "Type 2 diabetes mellitus with hyperglycemia",
    "E11.9": "Type 2 diabetes mellitus without complications",
    "E78.5": "Hyperlipidemia, unspecified",
    "F33.1": "Major depressive disorder, recurrent, moderate",
    "F43.22": "Adjustment disorder with anxiety",
    "H52.13": "Myopia, bilateral",
    "I10": "Essential (primary) hypertension",
    "I21.4": "Non-ST elevation (NSTEMI) myocardial infarction",
    "I25.10": "Atherosclerotic heart disease of native coronary artery without angina pectoris",
    "J02.9": "Acute pharyngitis, unspecified",
    "J06.9": "Acute upper respiratory infection, unspecified",
    "J20.9": "Acute bronchitis, unspecified",
    "J45.20": "Mild intermittent asthma, uncomplicated",
    "K02.52": "Dental caries on pit and fissure surface penetrating into dentin",
    "K04.02": "Irreversible pulpitis",
    "M06.9": "Rheumatoid arthritis, unspecified",
    "M25.561": "Pain in right knee",
    "M54.16": "Radiculopathy, lumbar region",
    "M54.50": "Low back pain, unspecified",
    "N39.0": "Urinary tract infection, site not specified",
    "R07.9": "Chest pain, unspecified",
    "S52.501A": (
        "Unspecified fracture of the lower end of right radius, initial encounter for closed fracture"
    ),
    "S52.501D": (
        "Unspecified fracture of the lower end of right radius, "
        "subsequent encounter for closed fracture with routine healing"
    ),
    "Z00.00": "Encounter for general adult medical examination without abnormal findings",
    "Z00.129": "Encounter for routine child health examination without abnormal findings",
    "Z01.20": "Encounter for dental examination and cleaning without abnormal findings",
    "Z12.31": "Encounter for screening mammogram for malignant neoplasm of breast",
    "Z23": "Encounter for immunization",
    "Z95.5": "Presence of coronary angioplasty implant and graft",
}
