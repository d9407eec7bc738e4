"""Text in capitals alone, as old systems keep it, in the letters people write, and texts as they
are compared; pure."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_PLAIN: Final = re.compile(r"(?:[^\W\d_]|[ .,&'-])+")
_ABBREVIATIONS: Final = frozenset(
    {
        *(
            "MD",
            "DO",
            "PA",
            "NP",
            "RN",
            "OD",
            "PC",
            "LLC",
            "LLP",
            "LP",
            "DDS",
            "DMD",
            "DPM",
            "DC",
            "USA",
            "US",
        ),
        *("UCSF", "MCO", "CHAMPVA"),
        *("UHC", "AARP", "UPMC", "EPO", "POS", "HSA", "HRA", "FSA", "ACA", "EPSDT"),
        *("MRI", "CT", "ER", "XR", "SR", "EKG", "ECG", "EEG", "ICU", "OB", "GYN", "ENT", "PET", "HIV", "DNA"),
        *("II", "III", "IV", "VI", "DME", "IM", "HCL", "CVS", "UCLA", "NYU", "VA", "HMO", "PPO", "ORG"),
        *("ABC", "XYZ"),
    }
)
"""What stays in capitals; so does a word without vowels."""
_UNITS: Final = frozenset({"MG", "ML", "MCG", "GM", "CM", "MM", "KG", "HR", "IN", "OF"})
_TITLES: Final = frozenset(
    {
        *("DR", "MR", "MRS", "MS", "ST", "JR", "FT", "MT", "RD", "BLVD"),
        *("CTR", "CNTR", "HLTH", "SVC", "SVCS", "MGMT"),
    }
)
_SMALL: Final = frozenset({"OF", "AND", "THE", "FOR", "AT", "DE", "DEL"})
"""Words that stay small inside a name."""
_AFTER_DE: Final = frozenset({"LA", "LAS", "LOS"})
"""Elsewhere they begin a name: La Jolla, Los Robles."""
_SPANISH: Final = frozenset({"Y", "O", "E"})
_BESIDE: Final = frozenset({"", *" ,;:()+&"})
"""What stands beside a letter that is a word of its own."""
_BEGINS: Final = re.compile(r"MC(?=[A-Z]{3})|[A-Z]'(?=[A-Z]{2})")
"""After these a name goes on with a capital: "McCoy", "O'Brien"; what stands behind "JOE'S" does not."""
_VOWELS: Final = frozenset("AEIOUYÁÉÍÓÚ")
_NOT_WORDS = re.compile(r"[\W_]+")


def is_loud(text: str) -> bool:
    """Return whether a text of more than one short word has no small letter at all."""
    return text.isupper() and sum(map(str.isalpha, text)) > _SHORT


_SHORT: Final = 5


def calm_words(text: str) -> str:
    """Return words as in a sentence: "OFFICE VISIT, 15 MIN" is "Office visit, 15 min"."""
    if not is_loud(text):
        return text
    calmed = _WORD.sub(lambda match: _kept(match[0]) or _letter(match) or match[0].lower(), text)
    first = next((place for place, char in enumerate(calmed) if char.isalnum()), 0)
    return f"{calmed[:first]}{calmed[first : first + 1].upper()}{calmed[first + 1 :]}"


def calm_name(text: str) -> str:
    """Return a name as names are written: "DR. ANA RUIZ MD" is "Dr. Ana Ruiz MD"."""
    if text.islower() and _PLAIN.fullmatch(text):
        text = text.upper()  # as loud as silent: no case tells what is a name
    if not is_loud(text):
        return text
    calmed = _WORD.sub(lambda match: _kept(match[0]) or _code(match) or _in_a_name(match), text)
    return f"{text[:1]}{calmed[1:]}"


def begun(text: str) -> str:
    """Return a text whose first word is in small letters with a capital: "zoster" is "Zoster"."""
    first = text.partition(" ")[0]
    return f"{text[:1].upper()}{text[1:]}" if first.islower() else text


def _in_a_name(match: re.Match[str]) -> str:
    word, before = match[0], match.string[: match.start()].rstrip()
    if before[-1:].isalnum() and (word in _SMALL or (word in _AFTER_DE and before.endswith(" DE"))):
        return word.lower()
    if begins := _BEGINS.match(word):
        return f"{begins[0].capitalize()}{word[begins.end() :].capitalize()}"
    return word.capitalize()


def _code(match: re.Match[str]) -> str:
    """Return letters before a number, as in "GI8": they are a code, and no word of a name; else ""."""
    return match[0] if match.string[match.end() :][:1].isdigit() else ""


def _letter(match: re.Match[str]) -> str:
    """Return a letter that names something, as "Part A" or "vitamin D" do, and stands by itself; else "".

    The article goes before a word, "W/O" and "I.V." are written small, and so are words of Spanish.
    """
    letter, before, after = match[0], match.string[: match.start()], match.string[match.end() :]
    if len(letter) > 1 or letter in _SPANISH or before[-1:] not in _BESIDE or after[:1] not in _BESIDE:
        return ""
    return "" if letter == "A" and after[:1] == " " and after[1:2].isalpha() else letter


def _kept(word: str) -> str:
    if word in _TITLES or word in _UNITS or len(word) == 1:
        return ""
    return word if word in _ABBREVIATIONS or _VOWELS.isdisjoint(word) else ""


def fold(text: str) -> str:
    """Return *text* as it is compared: no case, no accents, one blank between words."""
    if text.isascii():  # nearly all, and a tenth of the work
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).casefold().split())


def folded_name(name: str) -> str:
    """Return a name as it is compared: folded, and without punctuation."""
    return _NOT_WORDS.sub(" ", fold(name)).strip()
