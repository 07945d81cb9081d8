# SPDX-License-Identifier: GPL-2.0-only
"""Figures that were measured, and tables of them."""

import sys
import textwrap


class Figures:
    """What was measured: one line "KEY VALUE" each."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path, encoding="ascii") as file:
                self.values = dict(line.rstrip("\n").split(" ", 1) for line in file)
        except FileNotFoundError:
            sys.exit(f"bench: there is no {path}: run make bench")

    def __getitem__(self, key):
        if key not in self.values:
            sys.exit(f"bench: {self.path} has no figure for {key}: run make bench to its end")
        return self.values[key]

    def get(self, key):
        return self.values.get(key, "")

    def ratio(self, one, other):
        if not float(self[other]):
            return ""
        ratio = float(self[one]) / float(self[other])
        return f"{ratio:.2f}x" if ratio < 100 else f"{ratio:.0f}x"

    def qemu(self, which):
        """A version without that of the package."""
        return self[f"{which}.version"].split()[0]

    def unit(self):
        return {"instructions": "instructions", "ns": "nanoseconds"}[self["unit"]]


def table(rows):
    """Markdown, as wide as it has to be; figures to the right."""
    width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for n, row in enumerate(rows):
        cells = [row[0].ljust(width[0]), *(c.rjust(w) for c, w in zip(row[1:], width[1:]))]
        lines.append("| " + " | ".join(cells) + " |\n")
        if n == 0:
            lines.append("|" + "|".join(["-" * (width[0] + 2),
                                         *("-" * (w + 1) + ":" for w in width[1:])]) + "|\n")
    return "".join(lines)


def wrapped(text):
    return textwrap.fill(text, 100, break_on_hyphens=False) + "\n"
