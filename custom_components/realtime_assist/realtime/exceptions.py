"""What this side may not do; a server's surprise never raises."""


class LocalProtocolError(Exception):
    """Our own command is illegal in the present state: a bug on this side."""
