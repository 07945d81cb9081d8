# SPDX-License-Identifier: GPL-2.0-only
"""Text in an SVG file, each character in a cell of its own.

A font of another width, or a program that knows no textLength, moves nothing then.
"""

import html

WIDTH, HEIGHT, ASCENT = 8, 17, 13

# The sides of its cell that a character of a frame reaches: left, right, up, down.
FRAMES = {"─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud", "┤": "lud",
          "┬": "lrd", "┴": "lru", "┼": "lrud"}


def head(width, height, title, background):
    """The beginning of a file, to be ended by </svg>."""
    return [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="monospace" font-size="13" '
            'text-anchor="middle">',
            f"<title>{html.escape(title)}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{background}" '
            'stroke="#888888"/>']


def frame_part(char, left, top):
    """A character of a frame as lines from the middle of its cell to its sides, for a path."""
    ends = {"l": f"H{left}", "r": f"H{left + WIDTH}", "u": f"V{top}", "d": f"V{top + HEIGHT}"}
    return "".join(f"M{left + WIDTH / 2:g} {top + HEIGHT / 2:g}{ends[side]}" for side in FRAMES[char])


def run(piece, left, top, color, bold=False):
    """Cells that look alike, as what stands in a <text> of their row, and as their frames; either may be ""."""
    text, frames = "", ""
    for number, char in enumerate(piece):
        at = left + number * WIDTH
        if char in FRAMES:
            frames += frame_part(char, at, top)
        elif char != " ":
            text += f'<tspan x="{at + WIDTH / 2:g}">{html.escape(char)}</tspan>'
    weight = ' font-weight="bold"' if bold else ""
    return (f'<tspan fill="{color}"{weight}>{text}</tspan>' if text else "",
            f'<path d="{frames}" stroke="{color}" fill="none"/>' if frames else "")
