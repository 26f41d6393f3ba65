"""What the engine cannot do, and what to do about it."""


class EngineError(Exception):
    """The engine failed; the message says what to do and never quotes what was said."""


class MissingPackageError(EngineError):
    """A package that the engine needs is not installed."""

    def __init__(self, requirement: str, purpose: str) -> None:
        super().__init__(f"The local engine needs {purpose}: pip install {requirement}")


class WrongWeightsError(EngineError):
    """The installed weights are not the ones that this engine was written for."""
