"""How a page becomes a small picture."""

from dataclasses import dataclass
import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

PHONE = {"width": 400, "height": 860}
COLOURS = 128
LARGEST_BYTES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Takes pictures into a folder."""

    folder: Path

    async def take(self, page: Page, name: str, *, phone: bool = False, dark: bool = False) -> None:
        """Take a picture of what is on the screen, or would be on a phone's, in light or dark."""
        before = page.viewport_size
        await page.emulate_media(color_scheme="dark" if dark else "light")
        if phone:
            await page.set_viewport_size(PHONE)
        # The frontend lays itself out anew, and draws its graphs with movements of its own.
        await page.wait_for_timeout(1200)
        content = await page.screenshot(animations="disabled", caret="hide")
        self._save(name, content)
        await page.emulate_media(color_scheme="light")
        if phone and before is not None:
            await page.set_viewport_size(before)

    def _save(self, name: str, content: bytes) -> None:
        """Write a PNG with few colours. Raises ValueError for one that is too large for the repository all the same."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.png"
        with Image.open(io.BytesIO(content)) as image:
            few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(path, optimize=True)
        if (size := path.stat().st_size) > LARGEST_BYTES:
            raise ValueError(f"{name}.png has {size} bytes; take a smaller one")
