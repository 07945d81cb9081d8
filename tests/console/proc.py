# SPDX-License-Identifier: GPL-2.0-only
"""What /proc tells of a process that may end while it is being read.

Such a one has no file there, or has one that cannot be read: ENOENT where the process went
before open(2), ESRCH where it went between that and read(2).
"""


def read(pid, name):
    """The file's text, "" once the process has gone."""
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def state(pid):
    """The letter of proc(5): R, S, D, T, Z; "" once it has gone."""
    return read(pid, "stat").rpartition(") ")[2][:1]


def alive(pid):
    """Neither gone nor waiting to be waited for."""
    return state(pid) not in ("", "Z")


def children(pid):
    """Those that its first thread has started and nobody has waited for."""
    return [int(word) for word in read(pid, f"task/{pid}/children").split()]


def descendants(pid):
    """Its children, and theirs."""
    return [found for child in children(pid) for found in (child, *descendants(child))]
