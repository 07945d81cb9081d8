# SPDX-License-Identifier: GPL-2.0-only
"""Consoles that are no ports, as a test plays them: files, pipes, sockets, terminal servers."""

import contextlib
import os
import socket
import subprocess
import threading

import played


def append(path, data):
    with open(path, "ab", buffering=0) as file:
        file.write(data)


def boot(lines):
    return b"".join(b"%06d a line of a boot that nobody reads\r\n" % i for i in range(lines))


def open_writer(path):
    with contextlib.suppress(OSError):
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    return None


def pipes(bench):
    path = os.path.join(bench.dir, "con")
    os.mkfifo(path + ".in")
    os.mkfifo(path + ".out")
    return path


class TcpGuest:
    """A terminal server's port: each connection is greeted, and echoed if asked to."""

    def __init__(self, greeting=b"", family=socket.AF_INET, port=0, path=None):
        self.greeting = greeting
        self.received = bytearray()
        self.client = None
        self.connections = 0
        self.listener = socket.socket(family)
        if path is None:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", port))
            self.port = self.listener.getsockname()[1]
        else:
            self.listener.bind(path)
        self.listener.listen(8)
        played.PLAYED.append(self)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.sendall(self.greeting)
            self.client = client
            self.connections += 1
            with contextlib.suppress(OSError):
                while data := client.recv(65536):
                    self.received += data
            client.close()

    def say(self, data):
        played.wait_for("a connection", lambda: self.client)
        self.client.sendall(data)

    def wait_received(self, data):
        played.wait_for(f"{data!r} from the program", lambda: data in self.received)

    def hang_up(self):
        self.client.shutdown(socket.SHUT_RDWR)

    def end(self):
        played.end_listener(self.listener)
        if self.client:
            self.client.close()


@contextlib.contextmanager
def console_at_login(bench):
    """A console, and the other end of its socket, which has said so much."""
    path = os.path.join(bench.dir, "con")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        child = bench.terminal("console", f"unix:{path}")
        with server.accept()[0] as peer:
            peer.sendall(b"login: ")
            child.expect_exact("login: ")
            yield child, peer


@contextlib.contextmanager
def command_on_a_socket(bench, *command, **pipes_of_it):
    """A command whose input is no terminal, and the other end of its socket, which it has connected to."""
    path = os.path.join(bench.dir, "con")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        child = bench.start(*command, f"unix:{path}",
                            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes_of_it})
        with server.accept()[0] as peer:
            yield child, peer
