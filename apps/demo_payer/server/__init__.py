"""Harborlight Health: an invented payer as a Django project of its own.

It signs members in, asks their consent, hands out tokens (oauth) and serves their records (fhir). Nothing
here knows the site; the two meet over HTTP only. Misbehaviour on request ("personalities") belongs in one
middleware, at the place settings.MIDDLEWARE keeps for it, so that all the rest reads as a well-behaved payer.
"""
