"""How to speak FHIR R4: search, paging, reading values."""
