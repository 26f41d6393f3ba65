"""Under which names odd messages are counted."""

from collections import Counter

from .server_events import Anomaly

# The types of events are whatever a server says: those beyond so many, or so long, are counted by their kind alone.
MAX_NAMES = 50
LONGEST_NAME = 100


def count(anomalies: Counter[str], anomaly: Anomaly) -> str:
    """Count an odd message by its kind and event type; return the name under which it is counted."""
    name = f"{anomaly.kind} {anomaly.event_type}".rstrip()
    odd = len(name) > LONGEST_NAME or not name.isprintable()
    if odd or (name not in anomalies and len(anomalies) >= MAX_NAMES):
        name = anomaly.kind.value
    anomalies[name] += 1
    return name
