"""Where exports are written, and that nothing is ever written elsewhere."""

from collections.abc import Sequence
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.file import WriteError, write_utf8_file_atomic

from .const import DOMAIN
from .insight import WRITERS, Days, ExportFormat, TurnRecord

FOLDER = DOMAIN


async def async_export(
    hass: HomeAssistant, records: Sequence[TurnRecord], filename: str, export_format: ExportFormat
) -> Path:
    """Write turns into a file of the export folder and return its path.

    Raises ServiceValidationError for a name that leads out of the folder, HomeAssistantError where writing fails.
    """
    return await hass.async_add_executor_job(write, export_folder(hass), filename, export_format, records)


def export_folder(hass: HomeAssistant) -> Path:
    """Return the folder that all exports are in."""
    return Path(hass.config.path(FOLDER))


def default_filename(days: Days, export_format: ExportFormat) -> str:
    """Return the name of a file for the turns of some days."""
    return f"turns-{days.first.isoformat()}-{days.last.isoformat()}.{export_format}"


def write(folder: Path, filename: str, export_format: ExportFormat, records: Sequence[TurnRecord]) -> Path:
    """Write a file as a whole or not at all, and return its path; raises what `async_export` does. Blocks."""
    try:
        path = _inside(folder, filename)
        path.parent.mkdir(parents=True, exist_ok=True)
        ordered = sorted(records, key=lambda record: record.started_at)
        write_utf8_file_atomic(str(path), WRITERS[export_format](ordered))
    except (OSError, WriteError) as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="export_failed",
            translation_placeholders={"file": filename, "problem": type(err).__name__},
        ) from err
    return path


def _inside(folder: Path, filename: str) -> Path:
    """Return the path of a file in the folder, whatever links and dots lead to. Raises ServiceValidationError."""
    root = folder.resolve()
    try:
        path = (root / filename).resolve()
    except ValueError:
        path = root
    if path == root or not path.is_relative_to(root) or path.is_dir():
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="path_outside",
            translation_placeholders={"file": filename, "folder": folder.name},
        )
    return path
