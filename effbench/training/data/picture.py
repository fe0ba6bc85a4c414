"""An image file, opened; one that cannot be is named, with the reason. No torch."""

from __future__ import annotations

from PIL import Image, UnidentifiedImageError

from effbench.training.data.listing import Broken


def picture(path: str) -> Image.Image | Broken:
    """The image of a file, in RGB, wholly read."""
    try:
        with Image.open(path) as opened:
            return opened.convert("RGB")
    except FileNotFoundError:
        return Broken(path, "there is no such file")
    except UnidentifiedImageError:
        return Broken(path, "it is no image")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:  # Pillow's, if damaged
        return Broken(path, str(error) or type(error).__name__)
