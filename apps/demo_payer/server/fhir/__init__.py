"""The FHIR R4 API: read and search inside one patient's compartment."""
