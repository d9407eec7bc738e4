"""A whole pretend payer, reached only over HTTP; it imports nothing of the site."""
