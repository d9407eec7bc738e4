"""Reading plan lists from outside: our own JSON list, and the CMS directory of state Medicaid agencies."""
