"""Faults of networks, servers and homes, and what becomes of a voice run that meets them."""

import pytest

pytest.register_assert_rewrite("tests.faults.cell", "tests.faults.outcome")
