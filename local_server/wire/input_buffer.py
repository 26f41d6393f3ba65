"""What the user's microphone has sent that is not yet an item."""

from typing import Final

from local_server.wire.audio_formats import BYTES_PER_MS
from local_server.wire.errors import WireError

MIN_COMMIT_MS: Final = 100
_KEPT_WITHOUT_SPEECH_MS: Final = 60_000


class InputAudioBuffer:
    """PCM16 mono at 24,000 Hz; positions are milliseconds since the first audio of the session."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._begin = 0

    @property
    def begin_ms(self) -> float:
        """The position from which on audio waits to be committed."""
        return self._begin / BYTES_PER_MS

    @property
    def position_ms(self) -> float:
        """The position up to which audio has come."""
        return (self._begin + len(self._pcm)) / BYTES_PER_MS

    @property
    def duration_ms(self) -> float:
        """The length of what waits to be committed."""
        return len(self._pcm) / BYTES_PER_MS

    def append(self, pcm: bytes) -> None:
        """Take audio."""
        self._pcm += pcm

    def clear(self) -> None:
        """Forget what waits."""
        self._begin += len(self._pcm)
        self._pcm.clear()

    def forget_old(self) -> None:
        """Drop what lies too far back to belong to speech that is yet to begin."""
        self._drop(len(self._pcm) - _KEPT_WITHOUT_SPEECH_MS * BYTES_PER_MS)

    def take_all(self) -> bytes:
        """Return all that waits; raises WireError where that is too little for an item."""
        if self.duration_ms < MIN_COMMIT_MS:
            message = (
                f"Error committing input audio buffer: buffer too small. Expected at least {MIN_COMMIT_MS}ms of audio, "
                f"but buffer only has {self.duration_ms:.2f}ms of audio."
            )
            raise WireError("input_audio_buffer_commit_empty", message)
        pcm = bytes(self._pcm)
        self.clear()
        return pcm

    def take(self, start_ms: int, end_ms: int) -> bytes:
        """Return what lies between two positions and forget all before its end."""
        start, end = (max(0, ms * BYTES_PER_MS - self._begin) for ms in (start_ms, end_ms))
        pcm = bytes(self._pcm[start:end])
        self._drop(end)
        return pcm

    def _drop(self, count: int) -> None:
        count = max(0, min(count, len(self._pcm)))
        del self._pcm[:count]
        self._begin += count
