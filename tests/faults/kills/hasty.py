"""How does a Home Assistant run that writes turns down sooner? `python hasty.py SECONDS -c FOLDER ...` is all of it.

The integration's code is what is shipped; one constant in it is another, so that many writes fit into a short life.
"""

from importlib import import_module
import sys


def main() -> int:
    """Run Home Assistant's own command line."""
    seconds = float(sys.argv.pop(1))
    folder = sys.argv[sys.argv.index("-c") + 1]
    # Python has put the folder of this file there, whose rooms have nothing to do with Home Assistant.
    sys.path[0] = folder
    import_module("custom_components.realtime_assist.store").SAVE_DELAY = seconds
    return import_module("homeassistant.__main__").main()


if __name__ == "__main__":
    sys.exit(main())
