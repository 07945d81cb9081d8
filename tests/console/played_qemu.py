#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A process that is like a QEMU: it may have a VM, and has a QMP monitor.

Its own arguments are read by nobody but the program under test. The environment says what
it does:

  PLAYED_SOCKET   the monitor's socket
  PLAYED_LOG      a line for each command that was carried out goes there
  PLAYED_VM       not empty: it has a VM of KVM
  PLAYED_RUNNING  empty: the guest stands still from the start
  PLAYED_UART     JSON: registers by offset, "rx": what was received and not read
  PLAYED_FAULT    COMMAND KIND [N]: what goes wrong at the first connection, when this command
                  comes for the N-th time; COMMAND may also be "greeting"; "xp", any read of a
                  register; and "look", the first of a series of them

It says "made" when all is there, and ends when its standard input does.
"""

import fcntl
import json
import os
import socket
import sys
import threading
import time

KVM_CREATE_VM = 0xAE01
DR, FR, RXFE = 0x000, 0x018, 0x10
GREETING = {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""},
                    "capabilities": ["oob"]}}


class Fault(Exception):
    pass


class Played:
    def __init__(self):
        env = os.environ
        uart = json.loads(env.get("PLAYED_UART", "{}"))
        self.rx = uart.pop("rx", [])
        self.regs = {0xfe0: 0x11, 0xfe4: 0x10, **{int(key, 0): uart[key] for key in uart}}
        self.gpa = 0x9000000
        self.running = bool(env.get("PLAYED_RUNNING", "1"))
        self.fault = env.get("PLAYED_FAULT", "").split()
        self.count = int(self.fault[2]) if len(self.fault) > 2 else 1
        self.log_file = open(env["PLAYED_LOG"], "a", encoding="ascii")

    def log(self, text):
        self.log_file.write(text + "\n")
        self.log_file.flush()

    def send(self, client, value):
        # QEMU ends a line with both.
        client.sendall(json.dumps(value).encode() + b"\r\n")

    def event(self, client, name):
        self.send(client, {"timestamp": {"seconds": 1, "microseconds": 2}, "event": name})

    def maybe_fault(self, client, name, answer):
        """Carries out what was asked for with answer(), if it is to be at all."""
        if not self.fault or self.fault[0] != name:
            answer()
            return
        self.count -= 1
        if self.count:
            answer()
            return
        kind = self.fault[1]
        self.fault = None
        if kind == "close":
            raise Fault
        if kind == "close-after":
            answer()
            raise Fault
        if kind == "hold":
            # Until somebody says so.
            self.log("held")
            while not os.path.exists(os.environ["PLAYED_LOG"] + ".go"):
                time.sleep(0.02)
            answer()
            return
        if kind == "silence":
            while client.recv(4096):
                pass
            raise Fault
        if kind == "garbage":
            client.sendall(b"220 mail.example.com ESMTP\r\n")
        elif kind == "binary":
            client.sendall(bytes(range(255, -1, -1)) * 16)
        elif kind == "deep":
            client.sendall(b'{"return": ' + b"[" * 5000)
        elif kind == "huge":
            client.sendall(b'{"return": "' + b"x" * (1 << 20))
        elif kind == "half":
            client.sendall(b'{"return": {')
            raise Fault
        elif kind == "chatter":
            end = time.monotonic() + 60
            while time.monotonic() < end:
                self.event(client, "CHATTER")
        elif kind == "other":
            self.send(client, {"return": {}, "id": 4711})
        elif kind == "nonsense":
            self.send(client, {"return": {"what": [1, 2.5, None]}, "id": self.id})
        elif kind == "array":
            client.sendall(b"[]\r\n")
        elif kind == "refuse":
            self.send(client, {"id": self.id, "error": {"class": "GenericError",
                                                        "desc": "not \033[2J today"}})
        else:
            raise AssertionError(kind)

    def read(self, address):
        offset = address - self.gpa
        if offset == DR:
            assert self.rx, "DR is read though nothing was received"
            return self.rx.pop(0)
        if offset == FR:
            return 0x80 | (0 if self.rx else RXFE)
        return self.regs.get(offset, 0)

    def human(self, line):
        command, size, address = line.split()
        assert (command, size) == ("xp", "/1wx"), line
        address = int(address, 0)
        if address - self.gpa == DR and not self.rx:
            # Of an empty FIFO: QEMU returns what was there last.
            self.log("xp DR empty")
            return f"{address:016x}: 0x00000000\r\n"
        value = self.read(address)
        self.log(f"xp {address - self.gpa:#05x}")
        return f"{address:016x}: {value:#010x}\r\n"

    def carry_out(self, client, command, arguments):
        if command == "query-status":
            self.send(client, {"return": {"status": "running" if self.running else "paused",
                                          "singlestep": False, "running": self.running},
                               "id": self.id})
            return
        value = {}
        if command == "human-monitor-command":
            value = self.human(arguments["command-line"])
        elif command in ("stop", "cont"):
            self.running = command == "cont"
            self.log(command)
            self.event(client, "RESUME" if self.running else "STOP")
        else:
            assert command == "qmp_capabilities", command
        self.send(client, {"return": value, "id": self.id})

    def serve(self, client):
        text = ""
        self.id = None
        try:
            self.maybe_fault(client, "greeting", lambda: self.send(client, GREETING))
            while True:
                piece = client.recv(4096)
                if not piece:
                    return
                text += piece.decode()
                while "\n" in text:
                    line, text = text.split("\n", 1)
                    request = json.loads(line)
                    command = request["execute"]
                    self.id = request["id"]
                    arguments = request.get("arguments")
                    name = command
                    if command == "human-monitor-command":
                        first = arguments["command-line"].endswith("fe0")
                        name = "look" if first and self.fault and self.fault[0] == "look" else "xp"
                    self.maybe_fault(client, name, lambda: self.carry_out(client, command,
                                                                          arguments))
        except (Fault, OSError):
            return

    def listen(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.environ["PLAYED_SOCKET"])
        listener.listen(8)
        return listener

    def run(self, listener):
        # One at a time, as QEMU does.
        while True:
            client, _ = listener.accept()
            with client:
                self.serve(client)


def main():
    played = Played()
    if os.environ.get("PLAYED_VM"):
        kvm = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
        played.vm = fcntl.ioctl(kvm, KVM_CREATE_VM, 0)
    listener = played.listen()
    threading.Thread(target=played.run, args=(listener,), daemon=True).start()
    print("made", flush=True)
    sys.stdin.read()


main()
