"""The demo knows Home Assistant only from outside."""

import subprocess
import sys


def test_nothing_of_home_assistant_is_imported() -> None:
    code = "import demo.__main__, demo.develop, sys; sys.exit('homeassistant' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
