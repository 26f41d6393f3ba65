"""What every test finds ready."""

import importlib

import pytest

# Before the first `hass` fixture: the test plugin brings a package of this name and would win otherwise.
importlib.import_module("custom_components.realtime_assist")


@pytest.fixture(autouse=True)
def loopback_sockets(socket_enabled: None) -> None:
    """Let every test open sockets; the plugin still refuses every address but 127.0.0.1."""
