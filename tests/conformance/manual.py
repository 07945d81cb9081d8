# SPDX-License-Identifier: GPL-2.0-only
"""What DDI 0183 says of those parts of a PL011 in which QEMU's differs."""

import collections

from sides import (BRK, CR, DR, DR_BE, DR_FE, DR_OE, DTR, FEN, FR_CTS, FR_DCD, FR_DSR, FR_RI,
                   ICR, IFLS, IMSC, INT_BE, INT_CTS, INT_DCD, INT_DSR, INT_FE, INT_OE, INT_RI,
                   INT_RT, INT_RX, INT_TX, ITIP, ITOP, LBE, LCR_H, OUT1, OUT2, RSR, RTS, RXE, TCR, TDR,
                   UARTEN, WLEN)

DEPTH = 32
WAITER, POLLER = 4, 512        # characters of a burst: who waits for TX, who never does
TIED = {RTS: FR_CTS, DTR: FR_DSR, OUT1: FR_DCD, OUT2: FR_RI}
TOLD = {FR_CTS: INT_CTS, FR_DSR: INT_DSR, FR_DCD: INT_DCD, FR_RI: INT_RI}
TEST = {TCR: 0x7, ITIP: 0xff, ITOP: 0xffff, TDR: 0x7ff}


class Manual:
    """The receiver, the modem lines, the interrupts of both, and the test registers."""

    def __init__(self):
        self.lcr_h, self.cr, self.ifls, self.imsc = 0, 0x300, 0x12, 0
        self.ris = self.cleared = self.rsr = 0
        self.off = False                        # RXE was cleared after it was set with UARTEN
        self.chars = collections.deque()        # (as DR shows it, its 8 bits as sent)
        self.overrun = False
        self.chosen = False                     # WLEN of 0 is 8 bits to who never chose
        self.test = dict.fromkeys(TEST, 0)
        self.burst = 0                          # characters sent since the FIFO was last full
        self.limit = DEPTH                      # how many of them fill it, while TX is masked
        self.drained = False                    # and TXRIS told that it is so no longer

    def word(self):
        return 0x1f << (self.lcr_h >> 5 & 3) | 0x1f if self.chosen else 0xff

    def depth(self):
        return DEPTH if self.lcr_h & FEN else 1

    def level(self):
        if not self.lcr_h & FEN:
            return 1
        return (4, 8, 16, 24, 28, 28, 28, 28)[self.ifls >> 3 & 7]

    def lines(self):
        if not self.cr & LBE:
            return FR_CTS | FR_DSR | FR_DCD
        return sum(line for output, line in TIED.items() if self.cr & output)

    def hears(self):
        """Whether a character is received; in loopback RXE counts as soon as UARTEN does."""
        if self.cr & LBE and self.cr & UARTEN:
            return bool(self.cr & RXE)
        return not self.off

    def update(self):
        stands = 0
        if len(self.chars) >= self.level():
            stands |= INT_RX
        if self.chars:
            # No more comes: RT, or to who listens for RX alone that.
            stands |= self.imsc & INT_RT or self.imsc & INT_RX
        else:
            self.ris &= ~INT_RT
            self.cleared = 0
        if not stands & INT_RX:
            self.ris &= ~INT_RX
        self.ris |= stands & ~self.cleared

    def receive(self, ch):
        """A character with its errors, from the wire or in loopback."""
        if not self.hears():
            return
        if len(self.chars) >= self.depth():
            if not self.overrun:
                self.ris |= INT_OE
            self.overrun = True
            self.rsr |= DR_OE >> 8
            return
        errors = ch & ~0xff
        if self.overrun:
            errors |= DR_OE
        self.overrun = False
        if ch & DR_BE:
            self.ris |= INT_BE | INT_FE
        self.chars.append((errors | ch & self.word(), ch & 0xff))
        self.cleared = 0
        self.update()

    def take(self):
        """A read of DR: what it shows, and the 8 bits that were sent."""
        if not self.chars:
            return 0, 0
        ch, sent = self.chars.popleft()
        self.rsr = self.rsr & DR_OE >> 8 | ch >> 8
        self.update()
        return ch, sent

    def time_passes(self):
        self.cleared = 0
        self.update()

    def fills(self):
        """A read of FR: whether it says, once, that a burst has filled the transmitter."""
        limit = DEPTH if self.imsc & INT_TX else self.limit
        if self.burst < limit or not self.lcr_h & FEN or self.cr & LBE:
            return False
        self.burst = 0
        self.limit = DEPTH if self.limit < DEPTH else min(2 * self.limit, POLLER)
        self.drained = True
        return True

    def write(self, offset, value):
        if offset == DR:
            self.drained = False
            self.burst = 0 if self.cr & LBE else self.burst + 1
        if offset == DR and self.cr & LBE:
            self.receive(value & 0xff)
        elif offset == RSR:
            self.rsr = 0
        elif offset == LCR_H:
            self.write_lcr_h(value)
        elif offset == CR:
            before = self.lines()
            if value & RXE:
                self.off = False
            elif self.cr & UARTEN and self.cr & RXE:
                self.off = True
            self.cr = value
            for line, told in TOLD.items():
                if (before ^ self.lines()) & line:
                    self.ris |= told
        elif offset == ICR:
            self.cleared |= self.ris & value & (INT_RX | INT_RT)
            self.ris &= ~value
            self.drained &= not value & INT_TX
        elif offset == IFLS:
            self.ifls = value
        elif offset == IMSC:
            if value & ~self.imsc & INT_TX:
                self.limit = WAITER
            if self.imsc & ~value & INT_TX:
                self.burst = 0
            self.imsc = value & 0x7ff
        elif offset in TEST:
            self.test[offset] = value & TEST[offset]
        self.update()

    def write_lcr_h(self, value):
        changed = self.lcr_h ^ value
        self.lcr_h = value
        self.chosen |= bool(value & WLEN)
        if changed & FEN:
            self.burst = 0
            self.chars.clear()
            self.overrun = False
        if changed & value & BRK and self.cr & LBE:
            self.receive(DR_BE | DR_FE)
