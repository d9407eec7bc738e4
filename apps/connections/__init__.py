"""A member's permission at a plan and its tokens: handshake, OAuth, disconnect."""
