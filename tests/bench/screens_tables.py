# SPDX-License-Identifier: GPL-2.0-only
"""The tables of tests/bench/screens."""

import os
import platform

import printed
from tables import table, wrapped

WHO = (("kpl011", "kpl011"), ("tmux", "tmux"), ("screen", "GNU screen"))

# What is told of keys: (key, title, form, whether more of it is better).
KEYS = (
    ("median", "a key's echo, median, ms", "{:.1f}", False),
    ("late", "a key's echo, 99 % within, ms", "{:.1f}", False),
    ("rate", "taken from the eight meanwhile, MB/s", "{:.1f}", True),
    ("cpu", "processor time, ms for a MB of them", "{:.1f}", False),
)

# Behind which texts memory is told: (key, title).
MEMORY = (
    ("log", "10,000 lines of a kernel's log"),
    ("colors", "10,000 lines of coloured text"),
    ("utf8", "10,000 lines of UTF-8"),
    ("key", "nine guests, of which eight flood"),
)


def machine():
    """What figures of time depend on."""
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{platform.machine()}, {os.cpu_count()} processors {model}".strip()


def cell(figures, key, form):
    """A median and its spread, or nothing."""
    if not figures.get(key):
        return ""
    middle, least, most = (form.format(float(figures[key + end]))
                           for end in ("", ".least", ".most"))
    return middle if least == most else f"{middle} ({least} to {most})"


def ratio(figures, less, more):
    """How often the one goes into the other: from 1 on kpl011 is ahead."""
    if not figures.get(less) or not figures.get(more):
        return ""
    return f"{float(figures[more]) / float(figures[less]):.1f}x"


def side_by_side(figures, what, title, form, names, more_is_better=False):
    rows = [[title, *(name for _, name in WHO), "to tmux", "to GNU screen"]]
    for name, words in names:
        keys = [f"{name}.{who}.{what}" for who, _ in WHO]
        if not figures.get(keys[0]):
            continue
        ratios = [ratio(figures, other, keys[0]) if more_is_better
                  else ratio(figures, keys[0], other) for other in keys[1:]]
        rows.append([words, *(cell(figures, key, form) for key in keys), *ratios])
    return "\n" + table(rows) if rows[1:] else ""


def keys_in_a_flood(figures):
    rows = [["while eight guests flood", *(name for _, name in WHO), "to tmux", "to GNU screen"]]
    for what, words, form, more_is_better in KEYS:
        keys = [f"key.{who}.{what}" for who, _ in WHO]
        if not figures.get(keys[0]):
            return ""
        ratios = [ratio(figures, other, keys[0]) if more_is_better
                  else ratio(figures, keys[0], other) for other in keys[1:]]
        rows.append([words, *(cell(figures, key, form) for key in keys), *ratios])
    return "\n" + table(rows)


def parts(figures):
    """What goes between the marks: NAME -> text."""
    versions = ", ".join(figures[f"{who}.version"] for who, _ in WHO[1:]
                         if figures.get(f"{who}.version"))
    text = wrapped(f"{figures['machine']}, with a load of {figures['load']} besides; "
                   f"{versions or 'no other program'}; medians of {figures['rounds']} rounds, the "
                   "least and the most in brackets:")
    texts = [(name, words) for name, words, *_ in printed.TEXTS]
    text += side_by_side(figures, "rate", "MB/s until the last line shows", "{:.1f}", texts, True)
    text += side_by_side(figures, "cpu", "processor time, ms for a MB", "{:.1f}", texts)
    text += keys_in_a_flood(figures)
    text += side_by_side(figures, "memory", "memory, MiB", "{:.1f}", MEMORY)
    return {"screens": text}
