"""Which lines of Home Assistant's log matter when the demo fails."""

import re

OURS = "realtime_assist"
LINES = 30
NOISE = (
    "Skipping pip installation",
    "zlib_ng and isal are not available",
    "Error loading libturbojpeg",
    "No previously saved temperature",
    "We found a custom integration",
    "Delta [",
)
"""True of this machine or of every fresh house and never the cause; the last are the bulk of the wire."""

_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \S+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) ")


def what_matters(log: str, lines: int = LINES) -> list[str]:
    """Return the last lines of warnings, errors and our own records, tracebacks included."""
    kept: list[str] = []
    keep = True
    for line in log.splitlines():
        if record := _RECORD.match(line):
            loud = record[1] in {"WARNING", "ERROR", "CRITICAL"} and not any(noise in line for noise in NOISE)
            keep = loud or (OURS in line and not any(noise in line for noise in NOISE))
        # Tracebacks underline their source with lines that say nothing without colours.
        if keep and line.strip(" ~^"):
            kept.append(line)
    return kept[-lines:]
