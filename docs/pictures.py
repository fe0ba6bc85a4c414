"""Terminal pictures for the documentation: commands on a terminal of 80 and 120 characters, dark and light, as SVG.

``python docs/pictures.py`` writes ``docs/pictures``; it needs rich and a system with pseudo-terminals.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME, TerminalTheme
from rich.text import Text

HERE = Path(__file__).parent / "pictures"
COMMANDS = {
    "table2": "effbench flops",
    "front": "effbench flops 'timm/deit3_*' --columns model,macs,params --sort macs",
    "typo": "effbench flops vit_base_patch16_224",
    "list": "effbench list --paper token_fusion --family timm",
}
LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [(36, 41, 47), (180, 30, 30), (20, 110, 40), (130, 90, 0), (20, 80, 170), (130, 40, 130), (0, 110, 120), (90,) * 3],
)
FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""rich's pictures fetch a font from the network; ours take what monospaced font there is."""
DARK = SVG_EXPORT_THEME
WIDTHS = (80, 120)


def on_a_terminal(command: str, width: int) -> str:
    """What a command shows on a terminal of that width, colours included."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    words = [sys.executable, "-m", *shlex.split(command)]
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(words, stdout=theirs, stderr=theirs, env={**environment, "TERM": "xterm"}) as running:
        os.close(theirs)
        parts = []
        while part := _read(ours):
            parts.append(part)
        running.wait()
    os.close(ours)
    shown = b"".join(parts).decode().replace("\r\n", "\n")
    return "\n".join(line.rpartition("\033[K")[2] for line in shown.split("\n"))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def main() -> None:
    """Write every picture."""
    HERE.mkdir(exist_ok=True)
    for name, command in COMMANDS.items():
        for width in WIDTHS:
            text = on_a_terminal(command, width)
            for theme, colours in {"dark": DARK, "light": LIGHT}.items():
                console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
                console.print(Text(f"$ {command}", style="bold"))
                console.print(Text.from_ansi(text))
                named = f"{name}-{width}-{theme}"
                picture = console.export_svg(title="", theme=colours, unique_id=named, code_format=FORMAT)
                (HERE / f"{name}_{width}_{theme}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
