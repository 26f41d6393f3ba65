"""What a soak has shown, and what of it must not be."""

from decimal import Decimal

from .health import Checkpoint, slope
from .soak import TURNS_A_DAY, Soak

WARM_UP = 0.3
"""The part of the checkpoints that memory is not judged by: records of a week, caches and modules come first."""
FEWEST = 8
"""Checkpoints by which memory is judged."""
DAYS = 1000 / TURNS_A_DAY
"""That 1000 turns take. Each leaves its sums by model, voice and satellite behind, which are kept."""
# A tenth of it is what those sums take: the file of figures is written as a whole, and what its tree has taken for a moment
# is given back to Python, and not all of it to the machine.
MOST_BYTES = DAYS * 1536 * 1024
MOST_OBJECTS = DAYS * 3000
"""By how much memory may rise in 1000 turns."""
MOST_UNHEARD = 0.05
"""The share of answers whose sound may have been lost, to sockets that broke and texts that nobody could read aloud."""
UNHEARD = ("answered, not heard", "silence")
RECORD_BYTES, DAY_BYTES = 1500, 80 * 1024
"""What a turn's record, and a day's sums, take in storage at most."""


def judged(soak: Soak) -> list[Checkpoint]:
    """Return the checkpoints that memory is judged by."""
    return soak.checkpoints[int(len(soak.checkpoints) * WARM_UP) :]


def rises(soak: Soak) -> dict[str, float]:
    """Return by how much memory rises in 1000 turns: resident bytes, and what the garbage collector knows."""
    points = judged(soak)
    return {name: slope([(point.turns, getattr(point, name)) for point in points]) for name in ("rss", "objects")}


def difference(soak: Soak) -> Decimal:
    """Return by how many USD what the agents have counted differs from what the server's messages say."""
    return soak.house.counted.spent + soak.house.unpriced - soak.far_end.bill.arrived.cost


def complaints(soak: Soak) -> list[str]:
    """Return what must not be."""
    counted, bill = soak.house.counted, soak.far_end.bill
    points = judged(soak)
    read = counted.usage.input.text + counted.usage.input.audio + counted.usage.input.image
    written = counted.usage.output.text + counted.usage.output.audio
    found = [*soak.diary.unanswered, *soak.wrong, *soak.errors.count]
    if counted.turns != soak.house.turns_begun:
        found.append(f"{soak.house.turns_begun} turns were begun and {counted.turns} counted")
    ends = soak.diary.ends
    if (unheard := sum(ends[end] for end in UNHEARD)) > MOST_UNHEARD * ends["answered"]:
        found.append(f"nobody has heard {unheard} of {ends['answered'] + unheard} answers")
    if difference(soak):
        found.append(f"{counted.spent} + {soak.house.unpriced} USD counted, {bill.arrived.cost} billed")
    if (read, written) != (bill.arrived.tokens_in, bill.arrived.tokens_out):
        found.append(f"tokens {read}, {written}; billed {bill.arrived.tokens_in}, {bill.arrived.tokens_out}")
    if abs(soak.house.shown("cost_total") - float(counted.spent)) > 1e-6 * len(soak.house.agents):
        found.append(f"the sensors show {soak.house.shown('cost_total')} USD")
    if len({point.descriptors for point in points}) > 1:
        found.append(f"open files: {[point.descriptors for point in points]}")
    if any(point.storage > RECORD_BYTES * point.records + DAY_BYTES * point.turns / TURNS_A_DAY for point in points):
        found.append(f"storage: {[point.storage for point in points]}")
    if any(point.chat_logs for point in points):
        found.append(f"chat logs: {[point.chat_logs for point in points]}")
    if len(points) >= FEWEST:
        rise = rises(soak)
        if rise["rss"] > MOST_BYTES or rise["objects"] > MOST_OBJECTS:
            found.append(f"memory rises: {rise}")
    return found


def table(soak: Soak) -> str:
    """Return the figures as Markdown."""
    ends = [f"| {name} | {count} |" for name, count in soak.diary.ends.most_common()]
    faults = [f"| {name} | {count} |" for name, count in soak.faults.most_common()]
    looks = [
        f"| {point.turns} | {point.rss / 2**20:.1f} | {point.objects} | {point.descriptors} | {point.tasks} | "
        f"{point.sockets} | {point.sessions} | {point.chat_logs} | {point.records} | {point.storage / 1024:.0f} |"
        for point in _spread(soak.checkpoints)
    ]
    return "\n".join(
        (
            "\n| what | |\n| --- | --- |",
            *(f"| {name} | {value} |" for name, value in _rows(soak).items()),
            "\n| how runs ended | |\n| --- | --- |",
            *ends,
            "\n| faults | |\n| --- | --- |",
            *faults,
            "\n| turns | MiB | objects | files | tasks | sockets | sessions | chat logs | records | storage KiB |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *looks,
        )
    )


def _rows(soak: Soak) -> dict[str, object]:
    """Return what the whole run has come to, by what it is called."""
    counted, bill, diary = soak.house.counted, soak.far_end.bill, soak.diary
    rise = rises(soak)
    return {
        "runs": diary.made,
        "turns begun / counted": f"{soak.house.turns_begun} / {counted.turns}",
        "readings": ", ".join(f"{name} {count}" for name, count in sorted(diary.readings.items())),
        "days, restarts of the server": f"{soak.days}, {soak.far_end.restarts}",
        "faults drawn": soak.faults.total(),
        "without an answer": len(diary.unanswered),
        "errors in the log": soak.errors.count.total(),
        "USD in the sensors": counted.spent,
        "USD of turns without a price, as far as known": f"{soak.house.unpriced} ({counted.without_price} turns)",
        "USD by the server's messages": bill.arrived.cost,
        "difference": difference(soak),
        "billed, but never heard of": f"{bill.lost.responses} responses, {bill.lost.transcriptions} transcriptions, "
        f"{bill.lost.cost} USD",
        "billed, but its beginning never arrived": f"{bill.unannounced.responses} responses, "
        f"{bill.unannounced.transcriptions} transcriptions, {bill.unannounced.cost} USD",
        "responses that ended with their socket": bill.cut_off,
        "responses that the server gave no usage of": bill.without_usage,
        "resident memory per 1000 turns": f"{rise['rss'] / 1024:+.0f} KiB",
        "objects per 1000 turns": f"{rise['objects']:+.0f}",
        "seconds, of them computing": f"{soak.seconds:.0f}, {soak.cpu_seconds:.0f}",
        "computing per run": f"{soak.cpu_seconds / max(diary.made, 1) * 1000:.1f} ms",
        "seconds that nobody waited for": f"{soak.time.skipped:.0f}",
    }


def _spread(points: list[Checkpoint], most: int = 12) -> list[Checkpoint]:
    """Return at most so many checkpoints, the first and the last among them."""
    if len(points) <= most:
        return points
    return [points[round(index * (len(points) - 1) / (most - 1))] for index in range(most)]
