# SPDX-License-Identifier: GPL-2.0-only
"""Programs of Debian packages that a test talks to, unpacked and not installed: some of them
would begin to serve as they are."""

import fcntl
import os
import subprocess

from vms import Skip


def unpacked(bench, *packages):
    """The directory in which they are; fetched once for a build."""
    top = os.path.join(bench.build, "tests-console", "unpacked")
    os.makedirs(top, exist_ok=True)
    with open(os.path.join(top, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for package in packages:
            if not os.path.exists(os.path.join(top, package + ".done")):
                fetch(top, package)
    return os.path.join(top, "root")


def fetch(top, package):
    where = os.path.join(top, package)
    os.makedirs(where, exist_ok=True)
    run = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "check": False, "timeout": 90}
    try:
        result = subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download",
                                 package], cwd=where, **run)
        names = [name for name in os.listdir(where) if name.endswith(".deb")]
        if result.returncode or not names:
            raise Skip(f"{package} cannot be fetched: " +
                       " ".join(result.stdout.decode(errors="replace").split())[-200:])
        subprocess.run(["dpkg-deb", "-x", names[0], os.path.join(top, "root")], cwd=where,
                       **{**run, "check": True})
    except FileNotFoundError as error:
        raise Skip(f"{package} cannot be fetched without {error.filename}") from error
    except subprocess.TimeoutExpired as error:
        raise Skip(f"{package} cannot be fetched in 90 seconds") from error
    with open(os.path.join(top, package + ".done"), "w", encoding="ascii"):
        pass
