#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The far end of a host that means harm: it speaks the protocol, and says what it likes.

Usage: hostile_far.py FILE [SILENCE...]    FILE has what its guests print

With a SILENCE it goes on to say that it is there, each half a second, but leaves out what
is named: hello, guests, the answer to open, seek, input, marks or run, bytes, credit. With
drip it sends these byte by byte, each half a second one; with dies a guest does once
something is typed.
"""

import json
import os
import struct
import sys
import threading
import time

EVIL = "w\x1b[31m\x1b]0;owned\x07\x1b[6n\x9b6n\u202e\u009d0;t\x07\n\r\x05"


class End(Exception):
    """There is nobody to speak to any more."""


def take(count):
    data = b""
    while len(data) < count:
        piece = os.read(0, count - len(data))
        if not piece:
            raise End
        data += piece
    return data


def put(kind, channel, payload):
    with lock:
        os.write(1, struct.pack("<IcxxxI", len(payload), kind, channel) + payload)


def note(channel, **members):
    put(b"N", channel, json.dumps(members).encode())


def guests():
    common = {"pid": 1, "uid": 0, "user": EVIL, "gpa": 0x9000000, "intid": 33, "ring_size": 65536,
              "attach_ns": 1, "death_ns": 0, "life": 1, "tx_newest": size, "tx_oldest": 0,
              "tx_breaks": 0, "rx_bytes": 0, "rx_queued": 0, "rx_breaks": 0, "reads": 0, "writes": 0,
              "interrupts": 0, "state": "live"}
    return [{**common, "id": 1, "name": "web1"}, {**common, "id": 2, "name": EVIL},
            {**common, "id": 3, "name": EVIL * 20, "user": "x" * 5000}]


def answer(kind, channel, payload):
    if kind == b"I" and "dies" in silences:
        put(b"E", channel, b"")
    if kind != b"N":
        return
    asked = json.loads(payload)
    if asked["say"] in silences:
        return
    if asked["say"] == "open":
        note(channel, say="opened", write=True)
        pos = asked.get("pos", 0)
        if "bytes" in silences or "dies" in silences:
            return
        if "drip" in silences:
            threading.Thread(target=drip, args=(channel, pos), daemon=True).start()
            return
        while pos < size:
            put(b"D", channel, struct.pack("<Q", pos) + history[pos:pos + 16384])
            pos += 16384
        put(b"E", channel, b"")
    elif asked["say"] == "input":
        note(channel, say="input", answer=True, mine=False, other=True, lost=True, pid=7, who=EVIL,
             errno=16)
    elif asked["say"] == "run" and "drip" in silences:
        threading.Thread(target=drip, args=(channel, None), daemon=True).start()
    elif asked["say"] == "marks":
        note(channel, say="marks", marks=[[0, 10 ** 9]])
    elif asked["say"] == "run":
        put(b"O", channel, EVIL.encode() + history[:5000])
        put(b"e", channel, b"kpl011: " + EVIL.encode() + history[:5000])
        note(channel, say="ran", status=0)
    elif asked["say"] in ("seek", "reap"):
        note(channel, say="failed", errno=5, why=EVIL)


def drip(channel, pos):
    """Byte by byte: of a guest from a position on, or of a command."""
    while True:
        if pos is None:
            put(b"O", channel, b"x")
            put(b"e", channel, b"x")
        else:
            put(b"D", channel, struct.pack("<Q", pos) + b"x")
            pos += 1
        time.sleep(0.5)


def tick():
    while True:
        if "hello" in silences:
            with lock:
                os.write(1, b"x")
        elif "guests" in silences:
            note(0, say="guests", guests=[], gone=[], all=False, more=True)
        else:
            note(0, say="tick", boot_ns=10 ** 9, real_ns=10 ** 18)
        time.sleep(0.5)


def main():
    os.write(2, EVIL.encode() + history[:2000])
    if "hello" in silences:
        tick()
    os.write(1, EVIL.encode() + b"\n\0KPL011 serve 1\n")
    note(0, say="hello", version=1, least=1, program=EVIL, boot=EVIL, boot_ns=10 ** 9, real_ns=10 ** 18)
    if "guests" not in silences:
        note(0, say="guests", guests=guests(), gone=[], all=True, more=False, hidden=1)
    note(0, say=EVIL, why=EVIL)
    if silences:
        threading.Thread(target=tick, daemon=True).start()
    take(16)
    while True:
        length, kind, channel = struct.unpack("<IcxxxI", take(12))
        answer(kind, channel, take(length))


lock = threading.Lock()
silences = sys.argv[2:]
with open(sys.argv[1], "rb") as file:
    history = file.read()
size = len(history)
try:
    main()
except (End, OSError):
    pass
