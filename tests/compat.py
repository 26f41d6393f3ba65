"""The small differences between the test plugin and the Home Assistant that it runs on.

The plugin is made for 2026.10. This module is loaded by pytest's `addopts`, before the plugin itself, and
makes the same suite run on 2026.11.
"""

import importlib

# Since 2026.11 the package's own import aliases httpx and refuses when somebody imported it before, as
# respx does, which pytest loads of its own accord.
importlib.import_module("homeassistant")

# The plugin patches these before it imports anything else of Home Assistant; what follows here must not be sooner.
for name in ("patch_json", "patch_recorder", "patch_time"):
    importlib.import_module(f"pytest_homeassistant_custom_component.{name}")

logger = importlib.import_module("homeassistant.components.logger")
if not hasattr(logger, "_clear_logger_overwrites"):
    # 2026.11 moved it; the plugin looks for it where it was.
    helpers = importlib.import_module("homeassistant.components.logger.helpers")
    logger._clear_logger_overwrites = helpers._clear_logger_overwrites
