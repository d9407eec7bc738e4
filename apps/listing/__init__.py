"""Our public face for payers and visitors: logo, description, links, policies."""
