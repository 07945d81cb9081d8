# SPDX-License-Identifier: GPL-2.0-only
"""The table of tests/bench/loggers."""

from screens_tables import machine  # noqa: F401
from tables import table, wrapped

WHO = ("kpl011", "conserver", "conman", "virtlogd")

# (key, title, form)
ROWS = (
    ("cost.{}.cpu", "processor seconds for a GB", "{:.1f}"),
    ("cost.{}.memory", "memory, MiB", "{:.1f}"),
    ("cost.{}.missing", "missing meanwhile, %", "{:.2f}"),
    ("killed.{}.missing", "killed, started again 5 s later: missing, %", "{:.2f}"),
    ("killed.{}.twice", "there twice, %", "{:.2f}"),
    ("killed.{}.held", "guests stood still, s", "{:.1f}"),
    ("stopped.{}.missing", "stopped for a minute: missing, %", "{:.2f}"),
    ("stopped.{}.held", "guests stood still, s", "{:.1f}"),
    ("full.{}.missing", "disk full for 15 s: missing, %", "{:.2f}"),
    ("full.{}.held", "guests stood still, s", "{:.1f}"),
)


def parts(figures):
    """What goes between the marks: NAME -> text."""
    who = [name for name in WHO if figures.get(f"cost.{name}.cpu")]
    versions = ", ".join(f"{name} {figures[f'{name}.version']}" for name in who[1:])
    rows = [[f"{figures['guests']} guests", *who]]
    for key, title, form in ROWS:
        if figures.get(key.format("kpl011")):
            rows.append([title, *(form.format(float(figures[key.format(name)]))
                                  for name in who)])
    text = wrapped(f"{figures['machine']}, with a load of {figures['load']} besides; "
                   f"{versions or 'no other program'}:")
    return {"loggers": text + "\n" + table(rows)}
