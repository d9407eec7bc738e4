"""One folder a kind of record: how it is read, its words, its pages."""
