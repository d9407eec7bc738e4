"""The papers that clinical records name: fetched when asked for, kept sealed, shown without what acts."""
