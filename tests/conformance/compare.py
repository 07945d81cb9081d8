# SPDX-License-Identifier: GPL-2.0-only
"""The differences that there are to be between kpl011 and QEMU's PL011, and the
comparison that lets no other pass."""

import collections
import itertools

from manual import DEPTH, TEST, Manual
from sides import (BRK, CR, DMACR, DR, DR_BE, DR_FE, ENABLED, FBRD, FEN, FR, FR_BUSY, FR_MODEM, FR_RXFE,
                   FR_RXFF, FR_TXFE, FR_TXFF, IBRD, ICR, IFLS, ILPR, IMSC, INT_BE, INT_FE, INT_MODEM, INT_OE, INT_RT,
                   INT_RX, INT_TX, LBE, LCR_H, MIS, PERIPHID2, RIS, RSR, Failure)

QEMU_DEPTH = 16

# Bits that a register has (DDI 0183, 3.3).
MASKS = {ILPR: 0xff, IBRD: 0xffff, FBRD: 0x3f, LCR_H: 0xff, CR: 0xff87, IFLS: 0x3f,
         IMSC: 0x7ff, DMACR: 0x7}

Difference = collections.namedtuple("Difference", "where manual ours theirs")

# In numbers and quotes are sections and headings of DDI 0183. Where QEMU may differ, what
# kpl011 answers is not free: it is what manual.py says.
DIFFERENCES = {
    "modem lines": Difference(
        "FR",
        "3.3.3: CTS, DSR, DCD and RI are the inputs; 3.3.8: with LBE they are the outputs",
        "CTS, DSR and DCD are asserted: a terminal is connected; after loopback they are again",
        "none is asserted; after loopback they stay as it left them"),
    "modem interrupts": Difference(
        "RIS, MIS",
        "UARTMSINTR: a modem line has changed",
        "raised by a change, either way",
        "never, or, where there is loopback, by the level: raised by each write of CR while the "
        "line is asserted, taken back by each while it is not"),
    "receive interrupts": Difference(
        "RIS, MIS",
        "3.3.9, UARTRXINTR: RX at the level of IFLS; UARTRTINTR: RT below it when no more comes",
        "RX stands from the level on, RT with less, or to who unmasked RX and not RT RX again; what "
        "ICR cleared is raised again by the next character, or after 32 bit times",
        "RX is raised when the first character comes, at no other, and stays after a flush; "
        "RT never"),
    "break": Difference(
        "DR, RSR, RIS, MIS",
        "3.3.1, UARTEINTR: BE, and FE, for there was no stop bit; both are interrupts",
        "BE and FE, and both interrupts",
        "BE alone, and no interrupt"),
    "overfill": Difference(
        "DR, RSR, FR, RIS, MIS",
        "3.3.1, 3.3.2: the character is lost, OE tells of it, what was there stays",
        "that is the 33rd character, or the 2nd without FIFOs",
        "breaks and loopback count on past the 16 characters there are, and OE is never set"),
    "depth": Difference(
        "FR",
        "3.3.15: r1p5, whose FIFOs are 32 deep",
        "RXFF at 32 characters",
        "RXFF at 16 characters"),
    "burst": Difference(
        "FR, RIS, MIS",
        "3.3.3, UARTTXINTR: 32 characters fill the FIFO, and TX is raised as it drains",
        "after 32 characters as fast as they come FR says once that it is full; then they are "
        "sent, and TX is raised (after 4 to who waits for TX then, after up to 512 to who does not)",
        "TXFE is always set, BUSY and TXFF never"),
    "revision": Difference(
        "PeriphID2",
        "3.3.15: the revision",
        "r1p5, 32 deep",
        "r1p1, 16 deep"),
    "empty receiver": Difference(
        "DR, RSR",
        "3.3.3: RXFE, there is no character; 3.3.2: RSR has the errors of the one read last",
        "DR reads 0, and RSR stays",
        "DR reads an old character again, and RSR its errors"),
    "flush": Difference(
        "FR",
        "3.3.7: FEN makes registers of the FIFOs and back, which empties them",
        "FR says so at once",
        "FR says so after the next read of DR"),
    "word length": Difference(
        "DR, and what goes out",
        "3.3.7: characters have the bits of WLEN",
        "so many; but 8 as long as the guest has not chosen any, though WLEN is 5 then",
        "always 8 bits"),
    "loopback": Difference(
        "DR, FR, RIS, MIS",
        "3.3.8: with LBE the transmitter is fed through to the receiver",
        "what is sent is received, and nothing from outside",
        "there is no loopback"),
    "loopback sends": Difference(
        "what goes out",
        "3.3.8: with LBE the transmitter is fed through to the receiver",
        "nothing goes out",
        "what is written goes out"),
    "receiver off": Difference(
        "DR, FR, RIS, MIS",
        "3.3.8: RXE enables the receiver, UARTEN the UART",
        "a character is received though they never were set; not after RXE was cleared that had been "
        "set with UARTEN, nor in loopback with UARTEN alone",
        "a character is received, whatever they are"),
    "flow control": Difference(
        "DR, FR",
        "3.3.8: with CTSEn characters wait for CTS; 3.3.3: TXFE, BUSY and TXFF tell",
        "they wait, and FR tells",
        "nothing waits; TXFE is always set, BUSY and TXFF never"),
    "reserved bits": Difference(
        "ILPR, IBRD, FBRD, LCR_H, CR, IFLS, IMSC, DMACR",
        "3.3: the bits of each; the others are reserved",
        "read as 0",
        "read as written"),
    "between registers": Difference(
        "all",
        "3.2: a register has one offset, a multiple of 4",
        "what starts between them, or has 8 bytes and is not aligned, reads the bytes there, takes "
        "nothing and writes nothing",
        "it is an access to the register before it: a byte stored to DR + 1 is sent; 8 bytes are two "
        "registers"),
    "test registers": Difference(
        "TCR, ITIP, ITOP, TDR",
        "\"Test registers\": they are there",
        "read as written, and do nothing",
        "read as 0"),
}


class Comparison:
    """Both, step by step."""

    def __init__(self, model, qemu):
        self.model = model
        self.qemu = qemu
        self.manual = Manual()
        self.seen = collections.Counter()
        self.steps = self.accesses = self.sequences = 0
        self.log = []
        self.stale = 0          # bits of QEMU's FR that a flush left as they were
        self.old_errors = False     # QEMU's RSR has those of an empty receiver
        self.apart = None       # why the receivers have held different things
        self.extra = 0          # characters that only QEMU's has
        self.written = []       # to DR: the byte as the manual sends it or None, the byte, why
        self.has_loopback = self.find_loopback()

    def find_loopback(self):
        self.qemu.write(CR, ENABLED | LBE)
        self.qemu.write(DR, 0)
        found = not self.qemu.read(FR) & FR_RXFE
        self.qemu.take()
        return found

    def same(self, what, ours, theirs):
        if ours != theirs:
            steps = "\n".join(self.log)
            raise Failure(f"{what}: ours {ours:#x}, {self.qemu}'s {theirs:#x}, after\n{steps}")

    def allow(self, name, ours, theirs, bits, right):
        """Where QEMU may differ, ours must be right; the other bits are returned."""
        if (ours ^ right) & bits:
            steps = "\n".join(self.log)
            raise Failure(f"{name}: ours {ours & bits:#x}, to be {right & bits:#x}, after\n{steps}")
        if (ours ^ theirs) & bits:
            self.seen[name] += 1
        return ours & ~bits, theirs & ~bits

    def begin(self):
        """The same state in both, whatever was before."""
        self.sequences += 1
        self.log.clear()
        self.written.clear()
        self.model.reset()
        self.manual = Manual()
        self.stale = 0
        self.old_errors = False
        self.apart = None
        self.extra = 0
        # QEMU has no reset of it. FEN puts its FIFO at the beginning, after what is in it.
        for offset, value in ((IMSC, 0), (CR, 0x300), (LCR_H, FEN), (LCR_H, 0), (IFLS, 0x12),
                              (ILPR, 0), (IBRD, 0), (FBRD, 0), (DMACR, 0)):
            self.qemu.write(offset, value)
        self.qemu.read(DR)
        while not self.qemu.read(FR) & FR_RXFE:
            self.qemu.read(DR)
        self.qemu.write(RSR, 0)
        self.qemu.write(ICR, 0x7ff)
        self.qemu.take()

    def room(self):
        """Characters that fit into both."""
        depth = QEMU_DEPTH if self.manual.lcr_h & FEN else 1
        return depth - len(self.manual.chars) - self.extra

    def comes(self):
        """A character is about to come, in both or in one."""
        self.stale &= ~FR_RXFE
        if not self.manual.hears():
            self.apart = "receiver off"
            self.extra += 1
        elif self.room() <= 0:
            self.apart = "overfill"

    def write(self, offset, value, width=4):
        value &= (1 << 8 * width) - 1
        if width == 8:
            self.write_pair(offset, value)
            return
        self.log.append(f"  write {offset:#05x} {value:#x} ({width})")
        self.accesses += 1
        if offset == DR:
            if self.manual.cr & LBE:
                self.comes()
                self.apart = self.apart if self.has_loopback else "loopback"
                self.written.append((None, value & 0xff, "loopback sends"))
            else:
                self.written.append((value & self.manual.word(), value & 0xff, "word length"))
        if offset == LCR_H:
            if (self.manual.lcr_h ^ value) & FEN:
                self.stale = FR_RXFE | FR_RXFF if self.manual.chars else self.stale
                self.extra = 0
            if ~self.manual.lcr_h & value & BRK and self.manual.cr & LBE:
                self.comes()
                self.apart = self.apart if self.has_loopback else "loopback"
        if offset == RSR:
            self.old_errors = False
        self.manual.write(offset, value & MASKS.get(offset, 0xffff))
        self.model.write(offset, value, width)
        self.qemu.write(offset, value, width)
        self.check_line()

    def write_pair(self, offset, value):
        """8 bytes are two registers, the lower one first, in both."""
        self.log.append(f"  write {offset:#05x} {value:#x} (8)")
        self.accesses += 1
        self.model.write(offset, value, 8)
        self.qemu.write(offset, value, 8)
        if offset == DR:
            byte = value & 0xff
            self.written.append((byte & self.manual.word(), byte, "word length"))
        for at, half in ((offset, value & 0xffffffff), (offset + 4, value >> 32)):
            self.manual.write(at, half & MASKS.get(at, 0xffff))
        self.check_line()

    def receive(self, byte):
        """From outside; QEMU takes no more than fits. A shorter word has not more bits."""
        byte &= self.manual.word()
        self.log.append(f"  receive {byte:#x}")
        if not self.manual.cr & LBE:
            self.comes()
            self.manual.receive(byte)
        elif not self.has_loopback:
            self.apart = "loopback"
        self.model.receive(byte)
        self.qemu.receive(byte)
        self.check_line()

    def receive_break(self):
        self.log.append("  receive a break")
        if not self.manual.cr & LBE:
            self.comes()
            self.manual.receive(DR_BE | DR_FE)
        elif not self.has_loopback:
            self.apart = "loopback"
        self.model.receive_break()
        self.qemu.receive_break()
        self.check_line()

    def time_passes(self):
        """32 bit times, of which QEMU takes no notice."""
        self.log.append("  time passes")
        self.model.time_passes()
        self.manual.time_passes()
        self.check_line()

    def move(self):
        """Ours is saved and restored, of which nothing is to be seen but that a burst ends."""
        self.log.append("  move")
        self.manual.burst, self.manual.limit = 0, DEPTH
        if not self.model.moves():
            self.same("a state taken back", 0, 1)
        self.check_line()

    def read(self, offset, width=4):
        self.log.append(f"  read {offset:#05x} ({width})")
        self.accesses += 1
        ours, theirs = self.model.read(offset, width), self.qemu.read(offset, width)
        ours, theirs = self.expected(offset, width, ours, theirs)
        self.same(f"register {offset:#05x}", ours, theirs)
        if offset != MIS:
            self.check_line()

    def expected(self, offset, width, ours, theirs):
        """What is left to be the same after the differences that are expected."""
        whole = (1 << 8 * width) - 1
        if width == 8 and not offset % 8:
            low = self.expected(offset, 4, ours & 0xffffffff, theirs & 0xffffffff)
            high = self.expected(offset + 4, 4, ours >> 32, theirs >> 32)
            return low[0] | high[0] << 32, low[1] | high[1] << 32
        if width == 8 or offset % 4:
            return self.allow("between registers", ours, theirs, whole,
                              self.model.shows(offset, width))
        if offset == DR:
            return self.expected_dr(ours, theirs, whole)
        if offset == RSR:
            right = self.manual.rsr
            if self.apart or self.old_errors:
                return self.allow(self.apart or "empty receiver", ours, theirs, whole, right)
            return self.allow("break", ours, theirs, DR_FE >> 8 if right & DR_BE >> 8 else 0, right)
        if offset == FR:
            return self.expected_fr(ours, theirs, whole)
        if offset in (RIS, MIS):
            right = self.manual.ris & (self.manual.imsc if offset == MIS else 0x7ff) & whole
            receiver = INT_RX | INT_RT | INT_FE | INT_BE | INT_OE
            if self.apart:
                ours, theirs = self.allow(self.apart, ours, theirs, receiver, right)
            else:
                ours, theirs = self.allow("receive interrupts", ours, theirs, INT_RX | INT_RT,
                                          right)
                ours, theirs = self.allow("break", ours, theirs, INT_FE | INT_BE, right)
            if self.manual.drained:
                raised = INT_TX & (self.manual.imsc if offset == MIS else 0x7ff) & whole
                ours, theirs = self.allow("burst", ours, theirs, INT_TX, raised)
            return self.allow("modem interrupts", ours, theirs, INT_MODEM, right)
        if offset == PERIPHID2:
            return self.allow("revision", ours, theirs, whole, 0x34)
        if offset in TEST:
            return self.allow("test registers", ours, theirs, whole,
                              self.manual.test[offset] & whole)
        if offset in MASKS:
            return self.allow("reserved bits", ours, theirs, ~MASKS[offset], 0)
        return ours, theirs

    def expected_dr(self, ours, theirs, whole):
        self.stale = 0
        self.old_errors = not self.manual.chars
        self.extra -= bool(self.extra and self.old_errors)
        right, sent = self.manual.take()
        if self.apart:
            return self.allow(self.apart, ours, theirs, whole, right & whole)
        if self.old_errors:
            return self.allow("empty receiver", ours, theirs, whole, 0)
        if right & DR_BE:
            ours, theirs = self.allow("break", ours, theirs, DR_FE, right & whole)
        return self.allow("word length", ours, theirs, (right ^ sent) & 0xff, right)

    def expected_fr(self, ours, theirs, whole):
        right = self.manual.lines()
        if not self.manual.chars:
            right |= FR_RXFE
        if len(self.manual.chars) == self.manual.depth():
            right |= FR_RXFF
        right &= whole
        ours, theirs = self.allow("modem lines", ours, theirs, FR_MODEM, right)
        if self.manual.fills():
            ours, theirs = self.allow("burst", ours, theirs, FR_TXFE | FR_BUSY | FR_TXFF,
                                      FR_BUSY | FR_TXFF)
        if self.apart:
            return self.allow(self.apart, ours, theirs, FR_RXFE | FR_RXFF, right)
        if len(self.manual.chars) == QEMU_DEPTH:
            ours, theirs = self.allow("depth", ours, theirs, FR_RXFF, right)
        return self.allow("flush", ours, theirs, self.stale, right)

    def expect(self, name, offset, right):
        """Only ours is known: the two have gone apart in what manual.py does not know."""
        self.log.append(f"  read {offset:#05x}")
        self.accesses += 1
        self.allow(name, self.model.read(offset), self.qemu.read(offset), 0xffffffff, right)

    def check_line(self):
        """The lines are the same, or MIS tells why not."""
        self.steps += 1
        if self.model.line != self.qemu.line:
            self.check_mis()

    def check_mis(self):
        ours, theirs = self.model.read(MIS), self.qemu.read(MIS)
        self.same("the line and MIS of ours", self.model.line, ours != 0)
        self.same("the line and MIS of QEMU's", theirs != 0, self.qemu.line)
        self.same("MIS", *self.expected(MIS, 4, ours, theirs))

    def end(self):
        """The lines, and all that went out."""
        self.check_mis()
        ours, theirs = self.model.take(), self.qemu.take()
        self.same("what was sent", int.from_bytes(b"\1" + ours, "big"), int.from_bytes(
            b"\1" + bytes(byte for byte, _, _ in self.written if byte is not None), "big"))
        # What the manual does not send, all of a kind or none.
        kinds = sorted({why for byte, _, why in self.written if byte is None})
        for there in itertools.product((True, False), repeat=len(kinds)):
            sent = [(byte, raw, why) for byte, raw, why in self.written
                    if byte is not None or there[kinds.index(why)]]
            if theirs == bytes(raw for _, raw, _ in sent):
                break
        else:
            raise Failure(f"{self.qemu} sent {theirs}, after\n" + "\n".join(self.log))
        for byte, raw, why in sent:
            self.seen[why] += byte != raw
        self.written.clear()
