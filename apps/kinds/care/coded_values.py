"""What coded values are called, and what their texts say beyond their codes; pure."""

from typing import Final

from apps.kinds.care.amounts import is_shown
from apps.kinds.care.elements import coded, is_code_alone, is_words, together
from apps.kinds.care.records import Words, ours, theirs
from apps.kinds.care.sent import Sent

_WITH_BROADER: Final = frozenset({"SNOMED CT", "LOINC"})
"""Lists that have broader codes beside a code: of two, one finding may be meant."""


def value_name(concept: Sent) -> Words | None:
    """Return what a coded value is called: a sign or a number may be all that it says ("1+", "*1", "0").

    Of anything but a value that is no name: databases number those. A code with a letter may say it ("pT3").
    What its codes are called beside that stands behind it: a text may say the opposite.
    """
    read = coded(concept)
    codes = {code.code for code in read.codes}
    forms = (concept, *concept.all("coding"))
    texts = [text for form in forms for text in (form.text("text"), form.text("display")) if is_shown(text)]
    signs = [text for text in texts if text and text not in codes and any(map(_is_sign, text))]
    if signs and not any(is_words(text, codes) for text in texts):
        return Words(signs[0])
    is_bare = (
        is_code_alone(read.name) and not read.codes[0].kind and any(map(str.isalpha, read.codes[0].code))
    )
    name = Words(read.codes[0].code) if is_bare else read.name
    more = together([Words(other) for other in read.others]) if concept.text("text") else None
    return _all_of_one_list(concept) or (ours("{how} ({more})", how=name, more=more) if more else name)


def _all_of_one_list(concept: Sent) -> Words | None:
    """Return every name of a value that is several codes of one list, which are no translations."""
    codings = [*concept.all("coding")]
    lists, codes = ({coding.text(name) for coding in codings} for name in ("system", "code"))
    is_of_one = len(lists) == 1 and None not in lists
    if concept.text("text") or not is_of_one or not 1 < len(codings) == len(codes):
        return None
    if any(code.kind in _WITH_BROADER for code in coded(concept).codes):
        return None
    return together([name for coding in codings if (name := value_name(coding))])


def _is_sign(letter: str) -> bool:
    return letter.isdecimal() or letter in "+-"


def beyond(concept: Sent, code: str) -> Words | None:
    """Return the text of a concept where it says more than its code does."""
    text = concept.text("text") or ""
    forms = {text.lower(), text.lower().replace(" ", "-")}
    repeated = {code, *(element.code("display") for element in concept.all("coding"))}
    return theirs(text) if is_words(text) and forms.isdisjoint(repeated) else None
