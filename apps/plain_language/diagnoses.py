"""Words for diagnosis codes of ICD-10-CM, from the public domain text of NCHS and CMS."""

import re
from functools import cache, lru_cache
from types import ModuleType

_CODE = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.ASCII)


@lru_cache(maxsize=4096)
def icd10cm_words(code: str) -> str | None:
    """Return the text of an ICD-10-CM code written with or without its dot, None when there is no such code.

    The table (about a second and 170 MB) is loaded at the first call: by whoever reads claims, not by pages.
    """
    found = code.strip().upper()
    if not _CODE.fullmatch(found):
        return None
    table = _table()
    return str(table.get_description(found)) if table.is_valid_item(found) else None


@cache
def _table() -> ModuleType:
    import simple_icd_10_cm  # noqa: PLC0415 - a big table, needed only where claims are read

    return simple_icd_10_cm  # type: ignore[no-any-return]
