# SPDX-License-Identifier: GPL-2.0-only
"""A journal that a test plays."""

import os
import socket
import struct
import tempfile

from played import wait_for


class Journal:
    """A journal that a test plays."""

    def __init__(self, bench):
        # The paths of sockets are short.
        self.dir = tempfile.TemporaryDirectory(prefix="kpl011-j-", dir="/tmp")
        self.path = self.dir.name + "/socket"
        self.socket = None
        self.entries = []
        self.open()
        bench.policy = f"[daemon]\njournal-socket = {self.path}\n[defaults]\nlog = journal\n" \
            "[guest web2]\nlog = raw\n"

    def open(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(0.01)

    def close(self):
        self.socket.close()
        os.unlink(self.path)

    def take(self):
        """The entries so far, by the journal's native protocol."""
        try:
            while True:
                data = self.socket.recv(1 << 18)
                entry = {}
                while data:
                    line, _, data = data.partition(b"\n")
                    if b"=" in line:
                        name, _, value = line.partition(b"=")
                    else:
                        size = struct.unpack("<Q", data[:8])[0]
                        name, value, data = line, data[8:8 + size], data[8 + size:]
                        assert data[:1] == b"\n", data
                        data = data[1:]
                    entry[name.decode()] = value.decode()
                self.entries.append(entry)
        except TimeoutError:
            return self.entries

    def wait(self, count):
        wait_for(lambda: f"{count} entries, not {len(self.entries)}", lambda: len(self.take()) >= count)
        return self.entries
