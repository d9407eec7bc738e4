"""The way on from a refusal: who can mend it, until when, a letter, a packet to send, and how far it is."""
