"""The packages that only the engine's own process imports: asked for late, missed with a sentence."""

import importlib
from typing import Any

from .engine_errors import MissingPackageError


def load_package(module: str, requirement: str, purpose: str) -> Any:
    """Import and return a module; raise MissingPackageError, which says what to install."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as err:
        if err.name is None or err.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise MissingPackageError(requirement, purpose) from None
