# SPDX-License-Identifier: GPL-2.0-only
"""What stands before the C library of a daemon: calls are counted, are slow, fail, or do not end."""

import os


class Counted:
    """Counts the system calls of a daemon until it ends, in all and in one turn."""

    def __init__(self, bench, slow=None):
        if not bench.program.endswith("-plain"):
            bench.program += "-plain"
        self.path = os.path.join(bench.dir, "counted")
        self.env = {"LD_PRELOAD": os.path.join(bench.build, "tests-console", "counted.so"),
                    "COUNTED_TOLD": self.path, **({"COUNTED_SLOW": slow} if slow else {})}

    def read(self):
        """Of the one that has ended last: by kind of call how many, and the most in a turn."""
        with open(self.path, encoding="ascii") as file:
            return {words[0]: (int(words[1]), int(words[2]))
                    for words in (line.split() for line in file)}


def stuck_env(bench):
    """With it the first that compresses for a daemon does not end while there is the path."""
    bench.program += "-plain"
    path = os.path.join(bench.dir, "stuck")
    with open(path, "wb"):
        pass
    return path, {"LD_PRELOAD": os.path.join(bench.build, "tests-console", "stuck.so"),
                  "STUCK_WHILE": path}


class HalfRead:
    """Of each directory the daemon can read the first names alone, from now on.

    Or, with UNSEEN_WHILE, look at none of the logs.
    """

    def __init__(self, bench, what="HALFREAD_WHILE"):
        if not bench.program.endswith("-plain"):
            bench.program += "-plain"
        self.path = os.path.join(bench.dir, "unread")
        self.env = {"LD_PRELOAD": os.path.join(bench.build, "tests-console", "halfread.so"),
                    what: self.path}

    def begin(self):
        with open(self.path, "wb"):
            pass

    def end(self):
        os.unlink(self.path)
