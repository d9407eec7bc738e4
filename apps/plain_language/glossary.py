"""The words of health insurance, explained in ours: shown on one page, linked from wherever they stand."""

from dataclasses import dataclass

from apps.plain_language.language import said


@dataclass(frozen=True, slots=True)
class Term:
    """One word: `slug` is its anchor on the page, `example` shows it with figures; texts are English."""

    slug: str
    word: str
    meaning: str
    example: str = ""


TERMS = (
    Term(
        "allowed-amount",
        said("Allowed amount"),
        said("The price your plan accepts for a service. Your plan and you share this price, not the bill."),
        said(
            "The clinic bills $200. Your plan allows $120. Only the $120 is shared between you and your plan."
        ),
    ),
    Term(
        "appeal",
        said("Appeal"),
        said(
            "Asking your plan to look again when it said no. You do it in writing, and there is a last day "
            "for it. Your plan's letter tells the day and the address."
        ),
    ),
    Term(
        "billed-amount",
        said("Billed amount"),
        said("What the provider asks for before your plan takes its discount off."),
    ),
    Term(
        "claim",
        said("Claim"),
        said("The request for payment that a provider sends to your plan after you got care."),
    ),
    Term(
        "claim-number",
        said("Claim number"),
        said("The number your plan gave to a claim. Say it when you call your plan."),
    ),
    Term(
        "coinsurance",
        said("Coinsurance"),
        said(
            "Your part of the price when it is a percentage. It usually starts once your deductible is paid."
        ),
        said("Your plan allows $100 and your coinsurance is 20%. You pay $20, your plan pays $80."),
    ),
    Term(
        "copay",
        said("Copay"),
        said("A fixed amount you pay for a visit or a prescription, whatever the price is."),
        said("The visit costs $150. Your copay is $25. You pay $25."),
    ),
    Term(
        "coverage",
        said("Coverage"),
        said("What your plan pays for, and from when until when. You can have several at the same time."),
    ),
    Term(
        "deductible",
        said("Deductible"),
        said(
            "What you pay for care each year before your plan starts to pay. Some care, like a yearly "
            "check-up, is often paid from the first dollar."
        ),
        said("Your deductible is $500. The first $500 of care in a year is yours. Then your plan helps."),
    ),
    Term(
        "denied",
        said("Denied"),
        said("Your plan said no: it will not pay for this. You can ask why, and ask it to look again."),
    ),
    Term(
        "dependent",
        said("Dependent"),
        said("Someone who is in a plan through another person, such as a child or a spouse."),
    ),
    Term(
        "diagnosis",
        said("Diagnosis"),
        said("What the provider thinks you have, or why you came. It is sent to your plan as a code."),
    ),
    Term(
        "discount",
        said("Plan discount"),
        said(
            "What your plan takes off the bill because it agreed on lower prices with the provider. "
            "Nobody pays this part."
        ),
    ),
    Term(
        "emergency-care",
        said("Emergency care"),
        said("Care for something so serious that waiting could harm you."),
    ),
    Term(
        "explanation-of-benefits",
        said("Explanation of benefits"),
        said(
            "The letter in which your plan tells what it did with a claim. It is not a bill. A claim page "
            "here says the same in plainer words."
        ),
    ),
    Term(
        "formulary",
        said("Formulary"),
        said("The list of drugs your plan pays for. It has levels: drugs on a lower level cost you less."),
    ),
    Term(
        "generic-drug",
        said("Generic drug"),
        said("A drug with the same active ingredient as a brand-name drug, usually for less money."),
    ),
    Term(
        "in-process",
        said("In process"),
        said("Your plan has the claim and has not decided yet. The amounts can still change."),
    ),
    Term("inpatient", said("Inpatient"), said("Care while you stay in a hospital as an admitted patient.")),
    Term(
        "medically-necessary",
        said("Medically necessary"),
        said("Care that, in your plan's view, you need for your health. Plans often pay only for such care."),
    ),
    Term(
        "member-number", said("Member number"), said("The number on your card by which your plan knows you.")
    ),
    Term(
        "network",
        said("Network"),
        said(
            "The doctors, hospitals and pharmacies that agreed on prices with your plan. Care from them "
            "usually costs you less."
        ),
    ),
    Term(
        "not-covered",
        said("Not covered"),
        said("What your plan pays nothing toward. Whether it is yours to pay depends on the reason."),
    ),
    Term(
        "other-insurance",
        said("Other insurance"),
        said(
            "Another plan or payer that pays a part. When you have two plans, one pays first and the other "
            "looks at what is left."
        ),
    ),
    Term(
        "out-of-network",
        said("Out of network"),
        said(
            "Care from a provider who has no agreed prices with your plan. It usually costs you more, and "
            "the provider may ask you for what your plan does not allow."
        ),
    ),
    Term(
        "out-of-pocket-maximum",
        said("Out-of-pocket maximum"),
        said(
            "The most you pay in a year for covered care. Once you reach it, your plan pays all of the price "
            "it allows. What you pay for the plan itself does not count."
        ),
        said(
            "The maximum is $4,000. After your shares come to $4,000, covered care is free for the rest of "
            "the year."
        ),
    ),
    Term(
        "outpatient",
        said("Outpatient"),
        said("Care at a hospital or a clinic without being admitted to stay."),
    ),
    Term(
        "plan-year",
        said("Plan year"),
        said(
            "The twelve months for which your deductible and your maximum count. It often starts in January, "
            "but not always."
        ),
    ),
    Term(
        "premium",
        said("Premium"),
        said("What you or your employer pay for having the plan, whether you need care or not."),
    ),
    Term(
        "preventive-care",
        said("Preventive care"),
        said("Care to stay healthy, such as check-ups and vaccines. Many plans pay all of it."),
    ),
    Term(
        "prior-authorization",
        said("Prior authorization"),
        said(
            "Your plan's yes, given before you get the care. Without it your plan may not pay for some "
            "services and drugs. Also called approval in advance."
        ),
    ),
    Term(
        "provider",
        said("Provider"),
        said("Whoever gives you care: a doctor, a hospital, a laboratory, a pharmacy."),
    ),
    Term(
        "referral",
        said("Referral"),
        said("Your doctor's note that sends you to another provider. Some plans ask for one."),
    ),
    Term(
        "your-share",
        said("Your share"),
        said(
            "What your plan counts as yours to pay for a claim: deductible, copay and coinsurance together, "
            "sometimes with what is not covered. Wait for the provider's bill before you pay it."
        ),
    ),
)
