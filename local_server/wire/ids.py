"""What a new thing on the wire is called."""

import secrets


def new_id(kind: str) -> str:
    """Return a fresh id such as `item_...`, at most 32 characters for kinds of up to 10."""
    return f"{kind}_{secrets.token_hex(10)}"
