"""Under which names odd messages are counted."""

from collections import Counter

from .server_events import Anomaly

# The types of events are whatever a server says: those beyond so many, or so long, are counted by their kind alone.
MAX_NAMES = 50
LONGEST_NAME = 100


def count(anomalies: Counter[str], anomaly: Anomaly) -> None:
    """Count an odd message by its kind and event type."""
    name = f"{anomaly.kind} {anomaly.event_type}".rstrip()
    if len(name) > LONGEST_NAME or (name not in anomalies and len(anomalies) >= MAX_NAMES):
        name = anomaly.kind.value
    anomalies[name] += 1
