"""The operator's desk: how plans and house are, said once for page, `doctor`, metrics and alarms."""
