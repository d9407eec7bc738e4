"""What Today and Money have to say of published members, counted by hand from their records."""

from tests.overview.beside_a_reader import differing

SOME = "The figures of "
"""Of records made by chance by nobody counted by hand: the reader bounds how many."""
REFUSED_IN_PART = "Your plan refused a part of this."
COUNTED = "listed as paid by you. Ask the "
PUBLISHED_CARDS: dict[str, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    # By hand, on both days. Lines and total differ (2,650 and 1,000), a copay of 120 beside a share of 0, the
    # plan's 110 of which the provider got 100.
    "carin-bb-1.1.0": {
        "Patient/Patient1": ((differing(2),), (differing(2),)),
        "Patient/ExamplePatient1": ((differing(1),), ()),
    },
    "carin-bb-2.2.0": {
        "Patient/Patient1": ((differing(1),), ()),
        "Patient/Patient2": ((differing(2),), (differing(1),)),
    },
    # Drafts; and the patient paid what the provider was paid once more, of one price: the less of both.
    "carin-connectathon": {
        "Patient/1234567890123450021": ((), ()),
        "Patient/433cf74d-bfeb-4cdc-89c3-6c77243b8fc0": (
            (f"$1,505.90 of it is {COUNTED}provider", f"$6,383.98 of it is {COUNTED}", differing(2)), (),
        ),
        "Patient/d0d6e0e6-2883-424a-8121-253bbbbafc2f": ((f"$2,126.33 of it is {COUNTED}", differing(1)), ()),
        "Patient/478821bd-91d8-4301-8b71-95c2455dc7ad": ((f"$1,846.30 of it is {COUNTED}", differing(1)), ()),
        "Patient/be1b2b9f-22ca-4995-9577-b3ce6efac44c": (
            (f"$414.47 of it is {COUNTED}provider", f"$40.28 of it is {COUNTED}pharmacy", differing(2)), (),
        ),
        "Patient/582821be-f87e-477b-8452-d268e0febc67": (
            (f"$14.43 of it is {COUNTED}pharmacy", differing(1)), (),
        ),
        "Patient/d35f4225-9a71-4a17-a0da-9dcfde338cf2": ((f"$389.47 of it is {COUNTED}", differing(1)), ()),
    },
    # CO 120 of a line; a home visit with a reason; a drug of 20 that plan and patient both paid.
    "cms-ab2d": {
        "Patient/-40622727": ((SOME,), (SOME,)),
        "Patient/567834": ((REFUSED_IN_PART, REFUSED_IN_PART, SOME), (REFUSED_IN_PART, SOME)),
        "Patient/-351729985": ((differing(1),), (differing(1),)),
        "Patient/-317432690": ((), ()),
        "Patient/-757111882": ((), ()),
        "Patient/-501274923": ((differing(1),), (differing(1),)),
        "Patient/-20140000010000": ((f"$20.00 of it is {COUNTED}pharmacy", differing(1)), ()),
    },
    "cms-bb2-python-sdk": {"Patient/-19990000000001": ((SOME,), (SOME,))},
    "cms-bfd-v2": {
        "Patient/567834": ((REFUSED_IN_PART, REFUSED_IN_PART, SOME), (REFUSED_IN_PART, SOME)),
    },
    "davinci-pdex": {"Patient/1": ((), ())},  # a request that waits
    "hl7-r4-core-examples": {"Patient/pat1": ((differing(1),), (differing(1),))},  # 96 of lines' 276
    "synthea-smart-sample": {
        "urn:uuid:b8c71d92-a06b-4044-b053-64664e82f851": ((), ()),
        "urn:uuid:9eb43ac3-7c1e-4e25-94cd-4b2c43f7234e": ((), ()),
        "urn:uuid:0fc1eab4-7b07-4203-9fa3-34a965a25b2a": ((), ()),
        "urn:uuid:e0f40fe5-d579-41f7-87f6-6b2f5f6d1e5b": ((), ()),
    },
}  # fmt: skip

NEEDED = "{} things here need you."
ONE, TWO, THREE = "1 thing here needs you.", NEEDED.format(2), NEEDED.format(3)
NOTHING_NOW = "Nothing here needs you, as of noon"
NOTHING_LATELY = "Nothing of the last 6 months needs you, as of noon"
NO_SURE_SHARE = "No amount here waits to be noted as paid."
FIRST_LINES: dict[str, dict[str, tuple[str, str]]] = {
    # By hand: no share that is sure and final is left of any but the one of CMS's own sample.
    "carin-bb-1.1.0": {"Patient/Patient1": (ONE, ONE), "Patient/ExamplePatient1": (ONE, NOTHING_LATELY)},
    "carin-bb-2.2.0": {"Patient/Patient1": (ONE, NOTHING_LATELY), "Patient/Patient2": (ONE, ONE)},
    "carin-connectathon": {
        "Patient/1234567890123450021": (NOTHING_NOW, NOTHING_NOW),
        "Patient/433cf74d-bfeb-4cdc-89c3-6c77243b8fc0": (THREE, NOTHING_LATELY),
        "Patient/d0d6e0e6-2883-424a-8121-253bbbbafc2f": (TWO, NOTHING_LATELY),
        "Patient/478821bd-91d8-4301-8b71-95c2455dc7ad": (TWO, NOTHING_LATELY),
        "Patient/be1b2b9f-22ca-4995-9577-b3ce6efac44c": (THREE, NOTHING_LATELY),
        "Patient/582821be-f87e-477b-8452-d268e0febc67": (TWO, NOTHING_LATELY),
        "Patient/d35f4225-9a71-4a17-a0da-9dcfde338cf2": (TWO, NOTHING_LATELY),
    },
    "cms-ab2d": {
        "Patient/-40622727": (ONE, ONE),
        "Patient/567834": (THREE, TWO),
        "Patient/-351729985": (ONE, ONE),
        "Patient/-317432690": (NOTHING_NOW, NOTHING_NOW),
        "Patient/-757111882": (NOTHING_NOW, NOTHING_NOW),
        "Patient/-501274923": (ONE, ONE),
        "Patient/-20140000010000": (TWO, NOTHING_LATELY),
    },
    # All: $290 of 1999 and 20 of two that were paid above the bill, 280 of 2000, 510 of 2001. Lately, by the
    # day of processing: four of 10 of autumn, 20 of July, 10 of August, 10 of June, 100 processed in October.
    "cms-bb2-python-sdk": {
        "Patient/-19990000000001": (
            "Your share of 25 recent claims, $1,100.00, is not noted as paid.",
            "Your share of 8 recent claims, $180.00, is not noted as paid.",
        )
    },
    "cms-bfd-v2": {"Patient/567834": (THREE, TWO)},
    "davinci-pdex": {"Patient/1": (NOTHING_NOW, NOTHING_NOW)},
    "hl7-r4-core-examples": {"Patient/pat1": (ONE, ONE)},
    "synthea-smart-sample": {  # coinsurance of lines only: a part of the share
        "urn:uuid:b8c71d92-a06b-4044-b053-64664e82f851": (NO_SURE_SHARE, NO_SURE_SHARE),
        "urn:uuid:9eb43ac3-7c1e-4e25-94cd-4b2c43f7234e": (NO_SURE_SHARE, NO_SURE_SHARE),
        "urn:uuid:0fc1eab4-7b07-4203-9fa3-34a965a25b2a": (NO_SURE_SHARE, NO_SURE_SHARE),
        "urn:uuid:e0f40fe5-d579-41f7-87f6-6b2f5f6d1e5b": (NO_SURE_SHARE, NO_SURE_SHARE),
    },
}
PROGRESS: dict[str, dict[int, tuple[str, str]]] = {
    # By hand: deductible and out of pocket of each year of care. The coinsurance of lines, by the days they
    # were served, and each line's deductible of 0; in CMS's own sample what the claims say of each.
    "Patient/-19990000000001": {
        1999: ("50.00", "310.00"), 2000: ("60.00", "280.00"), 2001: ("100.00", "510.00"),
    },
    "urn:uuid:b8c71d92-a06b-4044-b053-64664e82f851": {
        2008: ("0.00", "583.73"), 2011: ("0.00", "28.10"), 2013: ("0.00", "28.10"),
        2015: ("0.00", "179.07"), 2016: ("0.00", "140.25"), 2017: ("0.00", "156.90"),
        2018: ("0.00", "4,292.90"),
    },
    "urn:uuid:9eb43ac3-7c1e-4e25-94cd-4b2c43f7234e": {
        2009: ("0.00", "3,492.69"), 2011: ("0.00", "56.21"), 2013: ("0.00", "28.10"),
        2014: ("0.00", "1,935.41"), 2015: ("0.00", "2,688.80"), 2016: ("0.00", "2,914.95"),
        2017: ("0.00", "3,355.48"), 2018: ("0.00", "1,038.58"),
    },
    "urn:uuid:0fc1eab4-7b07-4203-9fa3-34a965a25b2a": {
        2009: ("0.00", "28.10"), 2010: ("0.00", "118.76"), 2011: ("0.00", "2,393.74"),
        2012: ("0.00", "230.15"), 2013: ("0.00", "28.10"), 2014: ("0.00", "131.43"),
        2015: ("0.00", "690.27"), 2016: ("0.00", "4,191.50"), 2017: ("0.00", "150.21"),
        2018: ("0.00", "126.20"), 2019: ("0.00", "28.10"),
    },
    "urn:uuid:e0f40fe5-d579-41f7-87f6-6b2f5f6d1e5b": {
        2009: ("0.00", "28.10"), 2010: ("0.00", "137.29"), 2011: ("0.00", "1,508.24"),
        2012: ("0.00", "28.10"), 2013: ("0.00", "137.22"), 2014: ("0.00", "3,225.32"),
        2015: ("0.00", "56.21"), 2016: ("0.00", "95.47"), 2017: ("0.00", "28.10"), 2018: ("0.00", "28.10"),
        2019: ("0.00", "3,175.90"),
    },
}  # fmt: skip
