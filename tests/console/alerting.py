# SPDX-License-Identifier: GPL-2.0-only
"""A journal and a command that a test plays, and a daemon that tells them of alerts."""

import glob
import json
import os
import pwd
import tempfile

from daemon import Daemon
from journal import Journal
from played import wait_for

NOBODY = "nobody"
PANIC = b"Kernel panic - not syncing: Attempted to kill init!\r\n"

# What a command of an alert does in these tests: it writes down what it got.
COMMAND = """#!/usr/bin/python3 -I
import json, os, resource, signal, sys, time
def read(name):
    with open(f"/proc/self/{name}") as file:
        return file.read()
ignored = next(int(line.split()[1], 16) for line in read("status").splitlines()
               if line.startswith("SigIgn"))
got = {"argv": sys.argv[1:], "env": dict(os.environ), "uid": os.getresuid(), "gid": os.getresgid(),
       "groups": os.getgroups(), "cwd": os.getcwd(), "nice": os.nice(0), "sid": os.getsid(0) == os.getpid(),
       "fds": [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
               if os.path.exists(f"/proc/self/fd/{fd}")],
       "pid": os.getpid(), "umask": os.umask(0), "oom": int(read("oom_score_adj")),
       "ignored": [sig for sig in range(1, 65) if ignored >> sig - 1 & 1],
       "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
       "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, []))}
path = os.path.join(os.path.dirname(sys.argv[0]), f"ran-{time.monotonic_ns()}-{os.getpid()}")
with open(path + ".new", "w") as file:
    json.dump(got, file)
os.rename(path + ".new", path)
if "hang" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "polite" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if "hang" in sys.argv or "leave" in sys.argv:
    child = os.fork()
    if child == 0:
        time.sleep(600)
    with open(path.replace("ran", "child"), "w") as file:
        file.write(str(child))
while "hang" in sys.argv or "polite" in sys.argv:
    time.sleep(60)
if "fail" in sys.argv:
    sys.exit(3)
"""


class Host(Journal):
    """A journal and a command that a test plays, and the daemon."""

    def __init__(self, bench, policy, words="", user=NOBODY):
        # The paths of sockets are short, and another user runs the command.
        self.dir = tempfile.TemporaryDirectory(prefix="kpl011-a-", dir="/tmp")
        os.chmod(self.dir.name, 0o777)
        self.path = self.dir.name + "/socket"
        self.command = self.dir.name + "/page"
        with open(self.command, "w", encoding="ascii") as file:
            file.write(COMMAND)
        os.chmod(self.command, 0o755)
        user = user if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.policy = f"[daemon]\njournal-socket = {self.path}\n" + policy.replace(
            "COMMAND", f"command = {self.command} {words}\nuser = {user}\n")
        self.entries = []
        self.socket = None
        self.open()
        self.daemon = Daemon(bench, self.policy)

    def wait(self, count):
        wait_for(lambda: f"{count} entries; {self.entries}; {self.daemon.said()}",
                 lambda: len(self.take()) >= count)
        return self.entries

    def ran(self):
        """What each run of the command got, the first first."""
        def read(path):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        return [read(path) for path in sorted(glob.glob(self.dir.name + "/ran-*"))
                if not path.endswith(".new")]

    def wait_ran(self, count):
        wait_for(lambda: f"{count} runs; {self.daemon.said()}", lambda: len(self.ran()) >= count)
        return self.ran()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
