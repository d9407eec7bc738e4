"""What the categories of sensitive care are called, and what each holds; texts are untranslated."""

from typing import Final

from apps.plain_language.language import said

WORDS: Final = {
    "substance": (
        said("Alcohol and drugs"),
        said("Use, treatment and medicines for it, tests for it, harm that came of it"),
    ),
    "mental": (said("Mental health"), said("Diagnoses, counseling, hospital stays, medicines")),
    "reproductive": (
        said("Pregnancy and contraception"),
        said("Also fertility, miscarriage, abortion and birth"),
    ),
    "sexual": (said("Sexual health"), said("Infections passed on by sex, and how sex works")),
    "hiv": (said("HIV"), said("Tests, medicines and what came of it")),
    "gender": (said("Gender-affirming care"), said("Counseling, hormones, surgery")),
    "violence": (said("Violence and abuse"), said("Care after it, and advice about it")),
    "restricted": (said("Marked as restricted"), said("By whoever sent it, without saying what it is")),
    "very_restricted": (
        said("Marked as very restricted"),
        said("By whoever sent it; folded unless you say otherwise"),
    ),
}
"""A name, and a line about it, in the order of `sensitive.CATEGORIES`."""
