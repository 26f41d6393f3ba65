"""What every test of the core finds ready."""

import pytest

from .server_messages import session_created
from .wire import Wire


@pytest.fixture
def opening() -> Wire:
    """Return the wire of a session that the server has not greeted yet."""
    return Wire()


@pytest.fixture
def wire() -> Wire:
    """Return the wire of a session that the server has greeted."""
    greeted = Wire()
    greeted.hear(session_created())
    return greeted
