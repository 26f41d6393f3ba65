"""Which Home Assistant the tests run on."""

from homeassistant.const import MAJOR_VERSION, MINOR_VERSION

IS_OLDEST = (MAJOR_VERSION, MINOR_VERSION) < (2026, 11)
"""Whether it is the oldest that is supported, and not the one that the documents are about."""
