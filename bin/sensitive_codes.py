"""Makes apps/records/data/sensitive.tsv, by which records of sensitive care are told, from the rules below.

    python bin/sensitive_codes.py FOLDER            # write
    python bin/sensitive_codes.py FOLDER --check    # write nothing; fail where what is kept is something else

FOLDER holds free/ (see bin/code_tables.py): each beginning of a code and each drug has to name something
there, so that a slip of the hand is no rule. Too much is the lesser evil here, so a rule may stand under
several categories. Codes of licensed lists (CPT) stand bare: only those that the list of CMS names.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "apps/records/data/sensitive.tsv"
HEADER = """\
# What tells of which sensitive care a record is: a list, the beginning of a code in it, or of a word, and
# the category.
# Made by bin/sensitive_codes.py. Substance use: the list by which CMS labels claims (42 CFR Part 2),
# CMSgov/beneficiary-fhir-data, security_labels.yml, CC0-1.0. The rest, by us, from the chapters of ICD-10-CM,
# ICD-9-CM, ICD-10-PCS and MS-DRG (CMS and NCHS, public domain), HCPCS Level II without licensed words, and
# RxNorm names of drugs (NLM, public domain). Labels: HL7 v3 ActCode and Confidentiality (CC0-1.0).
"""
RULES: dict[str, dict[str, str]] = {
    "ICD-10-CM": {
        "substance": (
            "F1 T36 T37 T38 T39 T40 T41 T42 T43 T50.9 T51 R78.0 R78.1 R78.2 R78.3 R78.4 R78.5 Z63.7 Z71.4 "
            "Z71.5 Z79.891 Z81 Z86.5 O99.31 O99.32 P04.1 P04.4 P96.1 K70 G62.1 G31.2 I42.6 K29.2 K85.2 K86.0 "
            "E52"
        ),
        "mental": (
            "F0 F2 F3 F4 F5 F6 F7 F8 F9 T36 T37 T38 T39 T40 T41 T42 T43 T50.9 R45.85 R45.88 X71 X72 X73 X74 "
            "X75 X76 X77 X78 X79 X80 X81 X82 X83 T14.91 Z63.7 Z64.4 Z65 Z81 Z86.5 Z91.5 O99.34"
        ),
        "hiv": "B20 B97.35 Z20.6 Z21 R75 O98.7 Z71.7 Z83.0 Z11.4",
        "sexual": "A5 A60 A63 A64 N34.1 N52 B37.3 B37.4 F52 F65 F66 Z11.3 Z20.2 Z70 Z72.5",
        "reproductive": "O Z30 Z31 Z32 Z33 Z34 Z36 Z37 Z39 Z3A Z97.5 Z64.0 Z87.59 N46 N97",
        "gender": "F64 Z87.890",
        "violence": "T74 T76 Z04.4 Z04.7 Z04.8 Z62.81 Z65.4 Z69 Z91.41 Y07 O9A.3 O9A.4 O9A.5",
    },
    "ICD-9": {
        "substance": (
            "291 292 303 304 305 571.0 571.1 571.2 571.3 357.5 425.5 535.3 648.3 760.71 760.72 760.75 779.5 "
            "965.0 967 969 970 980 V65.42 V79"
        ),
        "mental": (
            "290 293 294 295 296 297 298 299 300 301 302 306 307 308 309 31 648.4 967 969 E95 V11 V61.1 "
            "V61.2 V79"
        ),
        "hiv": "042 079.53 V08 V01.7 V65.44",
        "sexual": "090 091 092 093 094 095 096 097 098 099 054.1 078.1 302 V02.7 V02.8 V65.45 V69.2",
        "reproductive": "63 64 65 66 67 V22 V23 V24 V25 V26",
        "gender": "302.5 302.6 302.85",
        "violence": "995.5 995.8 E96 V61.1 V61.2 V71.5",
    },
    "ICD-10-PCS": {
        "substance": "HZ",
        "mental": "GZ",
        "reproductive": "10 0UL 0VL 0VT",
        "gender": "0VT 0W4",
    },
    "ICD-9 procedure": {
        "substance": "94.6",
        "mental": "94",
        "reproductive": "69.0 69.51 66.2 66.3 63.7",
        "gender": "64.5 70.6",
    },
    "MS-DRG": {
        "substance": "894 895 896 897 917 918",
        "mental": "876 880 881 882 883 884 885 886 887 917 918",
        "hiv": "974 975 976 977",
        "reproductive": (
            "768 769 770 776 779 783 784 785 786 787 788 796 797 798 805 806 807 817 818 819 831 832 833"
        ),
    },
    "HCPCS": {
        "substance": (
            "H0 H2 T1006 T1007 T1008 T1009 T1010 T1011 T1012 S9475 G0137 G0396 G0397 G0442 G0443 G0532 G0533 "
            "G0534 G0535 G0536 G1028 G2011 G2067 G2068 G2069 G2070 G2071 G2072 G2073 G2074 G2075 G2076 G2077 "
            "G2078 G2079 G2080 G2086 G2087 G2088 G2172 G2215 G2216 G9562 G9578 G9584 G9621 J0570 J0571 J0572 "
            "J0573 J0574 J0575 J2315 M1034 M1035 Q9991 Q9992"
        ),
        "mental": "H0 H2 G0409 G0410 G0411 G0444 S9480 S9484 S9485",
        "hiv": "G0432 G0433 G0435 G0475 J0739 J0741 J1746 J0750 J0751",
        "sexual": "G0445 A4267 A4268",
        "reproductive": (
            "H1 A4261 A4264 A4266 A4267 A4268 A4269 J1050 J7294 J7295 J7296 J7297 J7298 J7300 J7301 J7303 "
            "J7304 J7306 J7307 S0190 S0191 S0199 S2260 S2265 S2266 S2267 S4981 S4989 S4993"
        ),
    },
    "CPT": {"substance": "4320F 99408 99409 0078U"},
    "label": {
        "substance": "ETH ETHUD OPIOIDUD SUD BH 42CFRPart2",
        "mental": "PSY PSYTHPN BH",
        "hiv": "HIV",
        "sexual": "STD SEX",
        "reproductive": "SEX ABORTION CONTRACEPTION",
        "gender": "GDIS GENDER_AFFIRMING_CARE",
        "violence": "SDV",
        "restricted": "R TBOO",
        "very_restricted": "V",
    },
    "word": {
        "substance": "abuse addict alcohol behavioral counseling dependence detox methadone opioid substance",
        "mental": (
            "anorexi anxiety autis behavioral bipolar bulimi counseling depress panic psych schizo suicid"
        ),
        "hiv": "hiv",
        "sexual": "chlamydia gonorr herpes sexual syphilis",
        "reproductive": (
            "abortion contracept fertility miscarriage pregnan prenatal sexual sterilization vasectomy"
        ),
        "gender": "gender transsex",
        "violence": "abuse sexual violence",
    },
    "drug": {
        "substance": (
            "buprenorphine naltrexone naloxone methadone disulfiram acamprosate lofexidine bupropion"
        ),
        "mental": (
            "fluoxetine sertraline citalopram escitalopram paroxetine fluvoxamine venlafaxine desvenlafaxine "
            "duloxetine bupropion mirtazapine trazodone vilazodone vortioxetine amitriptyline nortriptyline "
            "imipramine clomipramine phenelzine tranylcypromine lithium aripiprazole quetiapine olanzapine "
            "risperidone paliperidone ziprasidone lurasidone haloperidol clozapine chlorpromazine "
            "brexpiprazole cariprazine alprazolam lorazepam clonazepam diazepam buspirone methylphenidate "
            "dexmethylphenidate amphetamine lisdexamfetamine dextroamphetamine atomoxetine esketamine"
        ),
        "hiv": (
            "abacavir lamivudine zidovudine emtricitabine tenofovir efavirenz rilpivirine doravirine "
            "dolutegravir bictegravir raltegravir cabotegravir darunavir atazanavir lopinavir ritonavir "
            "maraviroc etravirine nevirapine lenacapavir elvitegravir"
        ),
        "sexual": "acyclovir valacyclovir sildenafil tadalafil vardenafil testosterone",
        "reproductive": (
            "levonorgestrel norgestimate norethindrone desogestrel drospirenone etonogestrel ulipristal "
            "medroxyprogesterone norgestrel norelgestromin segesterone mifepristone misoprostol clomiphene "
            "estradiol leuprolide"
        ),
        "gender": "testosterone estradiol leuprolide",
    },
}
RETIRED = frozenset({"T1008", "T1011"})
"""Of the list of CMS, and in no list of today."""
TABLES = {
    "ICD-9": "icd9cm/diagnoses.tsv",
    "ICD-9 procedure": "icd9cm/procedures.tsv",
    "ICD-10-PCS": "icd10pcs/codes.tsv",
    "MS-DRG": "msdrg/titles.tsv",
    "HCPCS": "hcpcs/codes.tsv",
}


def lines(folder: Path) -> Iterator[str]:
    """Yield the rules, each checked; raise where one names nothing."""
    for name, by_category in RULES.items():
        codes_known = list(_known(folder, name))
        pairs = ((rule, category) for category, words in by_category.items() for rule in words.split())
        for rule, category in sorted(set(pairs)):
            plain = rule.replace(".", "")
            if (
                codes_known
                and rule not in RETIRED
                and not any(
                    plain in code if name == "drug" else code.startswith(plain) for code in codes_known
                )
            ):
                raise SystemExit(f"{name}: {rule} names nothing")
            yield f"{name}\t{rule if name == 'label' else plain}\t{category}"


def _known(folder: Path, name: str) -> Iterator[str]:
    """Yield what a rule may name, without dots; nothing for lists that are not free."""
    if name == "ICD-10-CM":
        import simple_icd_10_cm  # noqa: PLC0415 - a second and 170 MB

        yield from simple_icd_10_cm.get_all_codes(with_dots=False)
    elif name == "drug":
        yield from (row[1].casefold() for row in _rows(folder / "free/rxnorm/drug_groups.tsv"))
    elif name in TABLES:
        yield from (row[0].replace(".", "") for row in _rows(folder / "free" / TABLES[name]))


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        yield line.split("\t")


def main(folder: Path, *, checks: bool) -> None:
    """Write the file, or compare it."""
    text = HEADER + "\n".join(lines(folder)) + "\n"
    if not checks:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        raise SystemExit(f"{TARGET.name} holds something else")


if __name__ == "__main__":
    main(Path(sys.argv[1]), checks="--check" in sys.argv[2:])
