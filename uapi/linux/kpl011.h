/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * kpl011: an ARM PL011 UART inside KVM, and the bytes that cross it.
 *
 * /dev/kpl011/control  attaches a PL011 to a VM; anyone who holds the VM's
 *                      file descriptor may do so.
 * /dev/kpl011/<id>     one port: what the guest transmitted is read here, and
 *                      what it shall receive is written here. The node belongs
 *                      to the user who created the VM, with mode 0600.
 *                      Ids count up from 0; none is used twice before all 2^32
 *                      have been used. Neither inotify(7) nor fanotify(7)
 *                      reports that a node is opened, read, written or closed,
 *                      apart from fanotify's permission events for an open.
 *
 * How the ABI grows
 * -----------------
 * Each ioctl takes a pointer to a structure whose first member, @size, is the
 * size that the caller was compiled with. A structure only ever grows at its
 * end. If the caller's structure is smaller than the kernel's, down to the size
 * of the first version, the missing members are treated as zero; if it is
 * larger, the kernel accepts it if the bytes that it does not know are zero. On
 * return the kernel fills no more than @size bytes. Padding must be zero;
 * members that are returned are ignored on entry. ioctl numbers do not encode
 * the size.
 *
 * Errors that every ioctl of this file may return, besides its own:
 *   ENOTTY  there is no such ioctl
 *   EFAULT  the structure, or what it points to, cannot be read or written; the
 *	     ioctl has changed nothing then, except that KPL011_ATTACH may have
 *	     reaped dead ports
 *   EINVAL  @size is smaller than the first version of the structure, or a
 *	     member that must be zero is not
 *   E2BIG   @size is larger than what this kernel knows and the rest is not
 *	     zero: a newer program asks for something that this module does not
 *	     have; or @size is larger than a page
 *   EOPNOTSUPP  @flags has a flag that this module does not know
 *
 * Times
 * -----
 * A time is in nanoseconds of CLOCK_BOOTTIME, as the caller of the ioctl reads
 * that clock in its time namespace. A time before the zero of that clock is
 * negative, in two's complement.
 *
 * The byte stream of a port
 * -------------------------
 * The bytes that the guest transmits are counted from 0, beginning at the
 * attach; the number of a byte is its position. The kernel keeps the history,
 * the newest @ring_size bytes, whether or not anyone reads them. Each open file
 * has a position of its own, 0 at open, so that a later reader still finds the
 * history.
 *
 * read(2)   Returns the bytes from the file's position on and advances it. It
 *	     skips bytes that are no longer kept: the position jumps to the
 *	     oldest byte that is, so that
 *	         lseek(fd, 0, SEEK_CUR) - bytes returned - position before
 *	     is the exact number of bytes missed. If there is nothing to read,
 *	     it waits, or fails with EAGAIN under O_NONBLOCK. It returns 0 at
 *	     the end: the port is not attached any more and everything has been
 *	     read. If it returns fewer bytes than were asked for, there were no
 *	     more, or those after them are lost. It may also return fewer, or
 *	     fail with EFAULT, if part of the buffer cannot be written to.
 *	     EINTR: a signal came while it waited.
 *	     The position is that of read(2), and write(2) does not move it.
 *	     If threads share a file, each byte goes to one of them, and none
 *	     waits for another one that sleeps. Each buffer of a readv(2) is a
 *	     read(2) of its own.
 * pread(2)  Reads likewise from the given position, and does not move the
 *	     file's own. Under io_uring(7) there is no pread(2): its reads are
 *	     like read(2), whatever the offset.
 * lseek(2)  SEEK_SET, SEEK_CUR; SEEK_END counts from the position after the
 *	     newest byte; SEEK_DATA goes to the first byte at or after the
 *	     offset that is still kept. EINVAL for a position that is negative
 *	     or beyond that of SEEK_END, and for SEEK_HOLE; ENXIO for SEEK_DATA
 *	     if there is no such byte. SEEK_DATA with a negative offset fails
 *	     with ENXIO, too. SEEK_CUR with offset 0 only returns the position.
 *	     A read(2) that sleeps on the file continues at the new position.
 *	     KPL011_SEEK finds lines and times.
 * write(2)  Queues bytes for the guest's receive FIFO, in order, and returns
 *	     how many. If not all of them fit, it waits for room; under
 *	     O_NONBLOCK it takes what fits, and fails with EAGAIN if that is
 *	     nothing. A write(2) that waits continues when there is room for
 *	     1 KiB. If an error comes after some bytes were queued, it returns
 *	     how many they were. A byte that was taken is never dropped while
 *	     the port is attached, unless it is in the FIFO when the UART is
 *	     reset or restored, or when the guest flushes the FIFO.
 *	     ENODEV: the port is not attached any more. EBUSY: another file
 *	     holds the input (KPL011_INPUT), or has held it since the write(2)
 *	     began. EFAULT: the bytes cannot be read. EINTR: a signal came while
 *	     it waited.
 * poll(2)   POLLIN: there is a byte at the file's position, or the end is
 *	     reached.
 *	     POLLOUT: there is room for 1 KiB or more; never for a file that is
 *	     not open for writing. A port that is not attached any more, but
 *	     whose end is delayed (KPL011_FLOW), is writable, too: write(2)
 *	     fails with ENODEV.
 *	     POLLHUP, in place of POLLOUT: the port is not attached any more,
 *	     and no more bytes will come.
 *	     POLLPRI: another file took the input, or the file was dropped as a
 *	     lossless reader; KPL011_INPUT or KPL011_FLOW reports that, and
 *	     clears it.
 *	     The first byte after a pause wakes sleepers at once; while the
 *	     guest continues to print, they are woken every few milliseconds.
 *	     If several files wait, each of them is woken, even with
 *	     EPOLLEXCLUSIVE.
 *	     With EPOLLET, after a read(2) that returned fewer bytes than were
 *	     asked for or failed with EAGAIN, and after lseek(2) or
 *	     KPL011_SEEK, an edge comes when there is a byte at the file's
 *	     position, now or later.
 * mmap(2)   Maps struct kpl011_ring, with PROT_READ and from offset 0. EPERM
 *	     with PROT_WRITE (EACCES from a later mprotect(2)), EINVAL for a
 *	     range that reaches beyond the ring. EACCES for a file that is not
 *	     open for reading; ENOMEM if there is no memory for the mapping.
 * open(2)   ENXIO: the node's port is gone, or not attached yet. ENOMEM: there
 *	     is no memory for the file or, when the port is opened for writing
 *	     for the first time, for the queue to the guest.
 */
#ifndef _UAPI_LINUX_KPL011_H
#define _UAPI_LINUX_KPL011_H

#include <linux/ioctl.h>
#include <linux/kpl011_uart.h>
#include <linux/types.h>

#define KPL011_TYPE		0xBC

/* Where QEMU's "virt" machine has its first UART: INTID 33 is SPI 1. */
#define KPL011_VIRT_GPA		0x09000000
#define KPL011_VIRT_INTID	33

/* Size of the register page, in bytes. */
#define KPL011_MMIO_SIZE	0x1000

/* INTIDs of shared peripheral interrupts (GICv3 specification, 2.2). */
#define KPL011_INTID_MIN	32
#define KPL011_INTID_MAX	1019

/* Bytes of history: a power of two in this range. */
#define KPL011_RING_MIN		0x1000
#define KPL011_RING_MAX		0x1000000
#define KPL011_RING_DEFAULT	0x10000

/* Bytes of a name, its terminating NUL included. */
#define KPL011_NAME_SIZE	64

/*
 * What a user may have: a port counts for its owner from the attach until it
 * has been reaped and its last file is closed. A user in a user namespace
 * counts as the user who created the outermost one below the initial one; if
 * root created it, as the user who is root in it, or as themselves if that is
 * the host's root or there is none. A port that another user attaches to one of
 * root's VMs counts for that user. These are the defaults of the module's
 * parameters ports_max, history_max, all_ports_max and dead_max;
 * all_history_max defaults to an eighth of the host's memory. No user but root
 * may have more than half of what all users but root may have together. Only
 * KPL011_DEAD_MAX applies to root.
 */
#define KPL011_PORTS_MAX	1024	/* ports of a user */
#define KPL011_HISTORY_MAX	256	/* MiB of history of these ports together */
#define KPL011_ALL_PORTS_MAX	65536	/* ports of all users but root together */

/*
 * Dead ports that are kept for each user, and as many again that the user
 * attached to root's VMs; beyond that, those dead longest are reaped.
 */
#define KPL011_DEAD_MAX		16

/* Milliseconds that lossless readers may hold up a guest (KPL011_FLOW). */
#define KPL011_FLOW_MS_DEFAULT	1000
#define KPL011_FLOW_MS_MAX	60000

/*
 * Lossless readers that a port may have at a time (KPL011_FLOW), and how many
 * of them may belong to users other than its owner and root.
 */
#define KPL011_FLOW_FILES_MAX		64
#define KPL011_FLOW_STRANGERS_MAX	32

/* Bytes of the name of a task, its terminating NUL included. */
#define KPL011_COMM_SIZE	16

/* ioctls of /dev/kpl011/control */
#define KPL011_ATTACH		_IO(KPL011_TYPE, 0x00)

/* ioctls of /dev/kpl011/<id> */
#define KPL011_INFO		_IO(KPL011_TYPE, 0x40)
#define KPL011_BREAK		_IO(KPL011_TYPE, 0x41)
#define KPL011_REAP		_IO(KPL011_TYPE, 0x42)
#define KPL011_DETACH		_IO(KPL011_TYPE, 0x43)
#define KPL011_SEEK		_IO(KPL011_TYPE, 0x44)
#define KPL011_MARKS		_IO(KPL011_TYPE, 0x45)
#define KPL011_INPUT		_IO(KPL011_TYPE, 0x46)
#define KPL011_FLOW		_IO(KPL011_TYPE, 0x47)
#define KPL011_MODEM		_IO(KPL011_TYPE, 0x48)
#define KPL011_INJECT		_IO(KPL011_TYPE, 0x49)
#define KPL011_RESET		_IO(KPL011_TYPE, 0x4a)
#define KPL011_STATE_GET	_IO(KPL011_TYPE, 0x4b)
#define KPL011_STATE_SET	_IO(KPL011_TYPE, 0x4c)

/* flags of struct kpl011_attach */
#define KPL011_ATTACH_STRICT	0x1	/* UARTEN, TXE, RXE and WLEN are enforced */
#define KPL011_ATTACH_NO_FLOW	0x2	/* no reader may hold up the guest */
#define KPL011_ATTACH_PAGE	0x4	/* reads need not trap, see KPL011_PAGE_OFF */

/**
 * struct kpl011_attach - ioctl(KPL011_ATTACH): give a VM a PL011
 * @size: sizeof(struct kpl011_attach)
 * @flags: KPL011_ATTACH_STRICT, KPL011_ATTACH_NO_FLOW, KPL011_ATTACH_PAGE
 * @vm_fd: file descriptor that KVM_CREATE_VM returned, or a duplicate of it
 *	   (pidfd_getfd(2), SCM_RIGHTS); the caller may close it afterwards
 * @intid: GIC INTID of the interrupt, an SPI: KPL011_INTID_MIN to
 *	   KPL011_INTID_MAX, and one that the VM's GIC has, if that is set up
 *	   already. The interrupt is level-triggered, active high.
 * @gpa: guest-physical address of the register page, a multiple of
 *	 KPL011_MMIO_SIZE
 * @ring_size: bytes of history, a power of two, KPL011_RING_MIN to
 *	       KPL011_RING_MAX; 0 for KPL011_RING_DEFAULT
 * @id: returned: the new port is /dev/kpl011/<id>; undefined after an error
 * @name: what users call the guest; printable ASCII without '/', or empty.
 *	  Bytes after the terminating NUL must be zero.
 * @state: address of a struct kpl011_uart_state that the UART begins with, for
 *	   a guest that has set up its UART already; or 0 for the reset state
 * @flow_ms: for how many milliseconds lossless readers may hold up the guest
 *	     (KPL011_FLOW), 1 to KPL011_FLOW_MS_MAX; 0 for
 *	     KPL011_FLOW_MS_DEFAULT
 * @pad: must be 0
 *
 * Once the ioctl has returned, the kernel answers the guest's accesses to the
 * page. The VM may be running already, and need not have its GIC yet. The port
 * is live until the VM is destroyed; then it is dead, and keeps its history
 * until it is reaped.
 *
 * Without KPL011_ATTACH_STRICT the UART transmits and receives whether or not
 * the guest has enabled it, and characters have 8 bits until the guest first
 * sets WLEN to other than 5 bits. Such a UART receives nothing, however, after
 * the guest has cleared RXE while UARTEN and RXE were set, whether or not it
 * cleared UARTEN as well, until it sets RXE again. To a guest that has unmasked
 * RX but not RT, such a UART reports by RX what it would report by RT.
 *
 * Only the port drives the interrupt line while it is attached, and the VMM
 * cannot move it; if the VM's GIC is set up after the attach, this holds from
 * when the port first drives the line. If the VMM restores another level with
 * the state of the GIC, the port corrects it when the restore is over.
 *
 * Errors, none of which changes anything except that ids are spent or dead ports reaped (below):
 *   EBADF       @vm_fd is not open
 *   ENODEV      @vm_fd is not a KVM VM
 *   EEXIST      the VM has a port of this module in this page
 *   EADDRINUSE  the page holds memory or another in-kernel device of the VM, or
 *		 the VMM has placed the GIC there (except for the redistributor
 *		 of a vCPU that does not exist yet); or @intid is that of
 *		 another port of the VM, or of its PMU
 *   ERANGE      @intid is not an SPI of the VM
 *   ENXIO       no interrupt can reach the VM: it has run without a GIC in the
 *		 kernel, or its GIC is neither a GICv2 nor a GICv3
 *   EIO         KVM has dropped all in-kernel devices of the VM before (see
 *		 KPL011_STATE_DETACHED), and accepts no more
 *   EINVAL      @gpa is not a multiple of KPL011_MMIO_SIZE, or the page ends
 *		 beyond 2^52; @ring_size or @flow_ms is not allowed, @name is
 *		 malformed, or @state is one that no UART can have
 *   ENOSPC      the VM has no room for another in-kernel device, or there are
 *		 2^20 ports
 *   EDQUOT      the user, or all users but root together, would have too many
 *		 ports or too much history (KPL011_PORTS_MAX)
 *   ENOMEM      there is no memory, or no more for the cgroup of the caller,
 *		 which is charged for it
 *   EINTR       a fatal signal came while the VMM made the caller wait
 *
 * What the VMM puts at the page afterwards is not refused, and KVM decides
 * which of the two answers; a port that leaves takes nothing of the other away.
 *
 * Rather than fail with EDQUOT, the ioctl reaps dead ports of the user that
 * nobody has open: those dead longest first, and as many as are needed. If all
 * of them together would not be enough, it reaps none. Dead ports of root's VMs
 * make room only for other ports of root's VMs.
 */
struct kpl011_attach {
	__u32 size;
	__u32 flags;
	__s32 vm_fd;
	__u32 intid;
	__aligned_u64 gpa;
	__u32 ring_size;
	__u32 id;
	char name[KPL011_NAME_SIZE];
	/* The first version ends here. */
	__aligned_u64 state;
	__u32 flow_ms;
	__u32 pad;
};

/*
 * States of a port. A port is also detached, while its VM lives, if KVM itself
 * drops all in-kernel devices of the VM: it does so when the VMM removes one of
 * them (an ioeventfd or a zone of coalesced MMIO) and there is no memory for a
 * list of the others.
 */
#define KPL011_STATE_LIVE	1
#define KPL011_STATE_DEAD	2	/* the VM is gone */
#define KPL011_STATE_DETACHED	3	/* by KPL011_DETACH; or by KVM, see above */

/*
 * Whether the guest's reads trap. If the port was attached with
 * KPL011_ATTACH_PAGE, or while the module's parameter was page=on, the register
 * page becomes memory that the guest can read, after some reads that trapped
 * and while there is nothing to receive. Reads of that memory are neither
 * counted nor traced; while the trace event kpl011_read is on, all reads trap.
 */
#define KPL011_PAGE_OFF		0	/* they trap: the page was not asked for */
#define KPL011_PAGE_UNMAPPED	1	/* they trap at the moment */
#define KPL011_PAGE_MAPPED	2	/* they do not trap */
/* They trap although the page was asked for: */
#define KPL011_PAGE_NO_FUNCTION	3	/* KVM lacks what is needed, or cannot be followed */
#define KPL011_PAGE_SIZE	4	/* the host's pages are larger than 4 KiB */
#define KPL011_PAGE_PROTECTED	5	/* pKVM: the page tables are the hypervisor's */
#define KPL011_PAGE_NO_MEMORY	6	/* no memory was left at attach */
#define KPL011_PAGE_FORBIDDEN	7	/* the parameter was page=off at attach */
#define KPL011_PAGE_REALTIME	8	/* the host's kernel is PREEMPT_RT */

/*
 * Numbers by which accesses are counted: an access at offset o has number o / 4
 * if that is below KPL011_REG_IDS, whether or not the offset is reserved;
 * PeriphID0 to PCellID3 all have KPL011_REG_IDS, and the reserved offsets
 * before them KPL011_REG_OTHER.
 */
#define KPL011_REG_IDS		36
#define KPL011_REG_OTHER	37
#define KPL011_REGS		38

/**
 * struct kpl011_info - ioctl(KPL011_INFO): what a port is and has done
 * @size: sizeof(struct kpl011_info)
 * @flags: must be 0
 * @id: number of the port
 * @state: KPL011_STATE_LIVE, _DEAD or _DETACHED
 * @pid: the process that created the VM, by whichever of its threads, in the
 *	 caller's PID namespace; 0 if it is not visible there or has ended. It
 *	 is looked up at attach, by its memory: a process that has called
 *	 execve(2) in between counts as ended, and in place of one that has
 *	 ended another that shared its memory (CLONE_VM) may be reported.
 *	 Without CONFIG_MEMCG it is also 0 if the thread that created the VM has
 *	 ended and another process attaches.
 * @uid: the user who owns the port, in the caller's user namespace
 * @gpa: as attached
 * @intid: as attached
 * @ring_size: bytes of history that can be kept
 * @attach_ns: time of the attach
 * @death_ns: time when the VM was destroyed or the port was detached, or 0
 * @tx_newest: bytes that the guest has transmitted: the position after the
 *	       newest
 * @tx_oldest: position of the oldest byte that is kept
 * @tx_breaks: breaks that the guest has begun to send (LCR_H.BRK)
 * @rx_bytes: bytes that write(2) and KPL011_INJECT have taken
 * @rx_queued: characters, including breaks, that the guest has not read yet
 * @rx_breaks: breaks that KPL011_BREAK and KPL011_INJECT have queued
 * @reads: register reads that trapped and were answered
 * @writes: register writes that were answered
 * @interrupts: times that the interrupt line rose
 * @name: as attached
 * @attach_flags: flags of struct kpl011_attach, as attached
 * @flow_ms: as attached
 * @tx_lost: bytes that the guest wrote to a full transmit FIFO
 * @resets: resets of the UART, by KPL011_RESET or with the VM
 * @flow_stalls: times that lossless readers held up the guest
 * @flow_stall_ns: nanoseconds that these lasted together, the present one not
 *		   included
 * @flow_drops: times that a lossless reader was dropped
 * @reads_of: @reads by register
 * @writes_of: @writes by register
 * @page: KPL011_PAGE_*
 * @pad: 0
 * @page_maps: times that the page was mapped, so that reads did not trap
 * @page_unmaps: times that it was unmapped, so that they trapped again
 * @page_cleans: cache lines cleaned because registers changed, on hosts without
 *		 FEAT_S2FWB and for VMs with MTE; not the whole page, which is
 *		 cleaned before each map
 *
 * A user who may read the node but not write to it learns nothing of what is
 * typed: if the file is not open for writing, and the caller is neither the
 * port's owner nor privileged (CAP_DAC_READ_SEARCH in the initial user
 * namespace), then @interrupts and the members whose names begin with rx_,
 * reads, writes and page_ are 0, and @page is KPL011_PAGE_UNMAPPED in place of
 * KPL011_PAGE_MAPPED.
 */
struct kpl011_info {
	__u32 size;
	__u32 flags;
	__u32 id;
	__u32 state;
	__s32 pid;
	__u32 uid;
	__aligned_u64 gpa;
	__u32 intid;
	__u32 ring_size;
	__aligned_u64 attach_ns;
	__aligned_u64 death_ns;
	__aligned_u64 tx_newest;
	__aligned_u64 tx_oldest;
	__aligned_u64 tx_breaks;
	__aligned_u64 rx_bytes;
	__aligned_u64 rx_queued;
	__aligned_u64 rx_breaks;
	__aligned_u64 reads;
	__aligned_u64 writes;
	__aligned_u64 interrupts;
	char name[KPL011_NAME_SIZE];
	/* The first version ends here. */
	__u32 attach_flags;
	__u32 flow_ms;
	__aligned_u64 tx_lost;
	__aligned_u64 resets;
	__aligned_u64 flow_stalls;
	__aligned_u64 flow_stall_ns;
	__aligned_u64 flow_drops;
	__aligned_u64 reads_of[KPL011_REGS];
	__aligned_u64 writes_of[KPL011_REGS];
	__u32 page;
	__u32 pad;
	__aligned_u64 page_maps;
	__aligned_u64 page_unmaps;
	__aligned_u64 page_cleans;
};

/**
 * struct kpl011_break - ioctl(KPL011_BREAK): send the guest a break
 * @size: sizeof(struct kpl011_break)
 * @flags: must be 0
 *
 * The guest receives the break after the bytes that were written before it.
 * Linux guests take the key after a break as a magic SysRq.
 *
 * Errors:
 *   EBADF   the file is not open for writing
 *   EBUSY   another file holds the input
 *   EAGAIN  the queue to the guest is full
 *   ENODEV  the port is not attached any more
 */
struct kpl011_break {
	__u32 size;
	__u32 flags;
};

/**
 * struct kpl011_inject - ioctl(KPL011_INJECT): send the guest any character
 * @size: sizeof(struct kpl011_inject)
 * @flags: must be 0
 * @character: as DR shows it: a byte, with PL011_DR_FE, _PE and _BE for its own
 *	       errors, and PL011_DR_OE if a character was lost before it
 * @pad: must be 0
 *
 * Like a write(2) of one byte that does not wait, to test how a guest handles
 * errors.
 *
 * Errors:
 *   EINVAL  @character has other bits
 *   EBADF, EBUSY, EAGAIN, ENODEV  as KPL011_BREAK
 */
struct kpl011_inject {
	__u32 size;
	__u32 flags;
	__u32 character;
	__u32 pad;
};

/**
 * struct kpl011_reap - ioctl(KPL011_REAP): forget a port
 * @size: sizeof(struct kpl011_reap)
 * @flags: must be 0
 *
 * The node disappears at once, and the history when the last file open on it is
 * closed.
 *
 * Errors:
 *   EBADF   the file is not open for writing
 *   EBUSY   the port is attached, or its attach has not returned yet
 *   ENODEV  the port was reaped already
 */
struct kpl011_reap {
	__u32 size;
	__u32 flags;
};

/**
 * struct kpl011_detach - ioctl(KPL011_DETACH): take the port out of its VM
 * @size: sizeof(struct kpl011_detach)
 * @flags: must be 0
 *
 * Once the ioctl has returned, the guest's accesses go to the VMM again, whose
 * own UART is as it was when the port was attached. The interrupt line is low.
 * What was queued for the guest and not read is lost; the history stays until
 * the port is reaped. The port is then one of the user's dead ports, and if
 * these are too many (KPL011_DEAD_MAX), those dead longest are gone. The ioctl
 * involves no other device of the VM, and needs no memory. The caller can be
 * killed while the VMM makes it wait: then either nothing was done, or the port
 * leaves by itself.
 *
 * Errors:
 *   EBADF   the file is not open for writing
 *   ENODEV  the port is not attached any more, or is leaving already
 *   EINTR   a fatal signal came while the VMM made the caller wait
 */
struct kpl011_detach {
	__u32 size;
	__u32 flags;
};

/* whence of struct kpl011_seek */
#define KPL011_SEEK_OLDEST	0	/* the oldest byte that is kept */
#define KPL011_SEEK_NEWEST	1	/* after the newest byte */
#define KPL011_SEEK_LINES	2	/* the last @arg lines */
#define KPL011_SEEK_TIME	3	/* what was transmitted from @arg on */

/**
 * struct kpl011_seek - ioctl(KPL011_SEEK): move the file's position
 * @size: sizeof(struct kpl011_seek)
 * @flags: must be 0
 * @whence: KPL011_SEEK_*
 * @pad: must be 0
 * @arg: for KPL011_SEEK_LINES a number of lines; one that the guest has not
 *	 ended yet counts, too. For KPL011_SEEK_TIME a time, with the resolution
 *	 of struct kpl011_mark. Otherwise 0.
 * @pos: returned: the new position
 *
 * If fewer lines are kept, or only later output, the position goes to the
 * oldest byte.
 *
 * Errors:
 *   EINVAL  @whence is none of these, or @arg is not 0 although it must be
 *   EBADF   for lines and times: the file is not open for reading, and the
 *	     caller is neither the port's owner nor privileged (see struct
 *	     kpl011_info)
 *   EINTR   a signal came during the search for a line
 */
struct kpl011_seek {
	__u32 size;
	__u32 flags;
	__u32 whence;
	__u32 pad;
	__aligned_u64 arg;
	__aligned_u64 pos;
};

/**
 * struct kpl011_mark - when a byte was transmitted
 * @pos: position of the byte
 * @ns: the time
 *
 * There is a mark for the first byte that the guest transmits in each tick of
 * the kernel (1 to 10 ms), and for the first byte of each line that begins 32
 * bytes or more after the mark before it.
 */
struct kpl011_mark {
	__aligned_u64 pos;
	__aligned_u64 ns;
};

/* Marks that one KPL011_MARKS returns at most. */
#define KPL011_MARKS_MAX	256

/**
 * struct kpl011_marks - ioctl(KPL011_MARKS): when bytes were transmitted
 * @size: sizeof(struct kpl011_marks)
 * @flags: must be 0
 * @pos: a position
 * @marks: address of an array of struct kpl011_mark
 * @count: how many the array has room for, 1 to KPL011_MARKS_MAX; returned: how
 *	   many were filled in, in the order of their positions
 * @pad: must be 0
 *
 * The first mark that is returned is the last one at or before @pos: the guest
 * transmitted the byte at @pos then, or shortly after; the marks that follow it
 * come next. The kernel keeps the newest @ring_size / 32 marks; if the one
 * for @pos is lost, the first that is returned is the oldest that is kept.
 *
 * Errors:
 *   EINVAL  @count is out of range
 *   EBADF   the file is not open for reading, and the caller is neither the
 *	     port's owner nor privileged (see struct kpl011_info)
 */
struct kpl011_marks {
	__u32 size;
	__u32 flags;
	__aligned_u64 pos;
	__aligned_u64 marks;
	__u32 count;
	__u32 pad;
};

/* flags of struct kpl011_input */
#define KPL011_INPUT_TAKE	0x1	/* hold the input from now on */
#define KPL011_INPUT_FORCE	0x2	/* with TAKE: even if another file holds it */
#define KPL011_INPUT_GIVE	0x4	/* release it */

/* status of struct kpl011_input */
#define KPL011_INPUT_MINE	0x1	/* this file holds it */
#define KPL011_INPUT_OTHER	0x2	/* another file holds it */
#define KPL011_INPUT_LOST	0x4	/* another file took it from this one */

/**
 * struct kpl011_input - ioctl(KPL011_INPUT): who may type
 * @size: sizeof(struct kpl011_input)
 * @flags: KPL011_INPUT_TAKE, with or without _FORCE; or _GIVE; or 0 to ask
 * @status: returned: KPL011_INPUT_MINE, or _OTHER, or 0 if nobody holds the
 *	    input; with _LOST from the loss until this ioctl has reported it
 *	    once, or has taken the input again
 * @pid: returned: with _LOST the process that took it from this file, otherwise
 *	 with _OTHER the process that holds it; in the caller's PID namespace,
 *	 or 0 if the process is not visible there or has ended
 * @comm: returned likewise: the name of the task that took it
 *
 * While nobody holds the input, any file may write. While a file holds it, the
 * others' write(2), KPL011_BREAK and KPL011_INJECT fail with EBUSY; a write(2)
 * that waits for room ends as soon as another file takes the input, even if
 * that file releases it at once. A file that is closed releases the input. What
 * was queued before stays queued.
 *
 * Errors:
 *   EBADF   TAKE, and the file is not open for writing
 *   EBUSY   TAKE without FORCE, and another file holds the input; @status, @pid
 *	     and @comm are returned nevertheless
 *   EINVAL  TAKE with GIVE, or FORCE without TAKE
 */
struct kpl011_input {
	__u32 size;
	__u32 flags;
	__u32 status;
	__s32 pid;
	char comm[KPL011_COMM_SIZE];
};

/* flags of struct kpl011_flow */
#define KPL011_FLOW_ON		0x1	/* this file reads without loss from now on */
#define KPL011_FLOW_OFF		0x2	/* it no longer does */

/* status of struct kpl011_flow */
#define KPL011_FLOW_LOSSLESS	0x1	/* this file reads without loss */
#define KPL011_FLOW_DROPPED	0x2	/* it did, but was too slow */

/**
 * struct kpl011_flow - ioctl(KPL011_FLOW): read without loss
 * @size: sizeof(struct kpl011_flow)
 * @flags: KPL011_FLOW_ON, _OFF, or 0 to ask
 * @status: returned: KPL011_FLOW_LOSSLESS, or 0; KPL011_FLOW_DROPPED from the
 *	    drop until this ioctl has reported it once, or was given _ON or _OFF
 * @pad: must be 0
 *
 * No byte from the file's position on is overwritten before the position has
 * moved past it: by lseek(2) or KPL011_SEEK, or by a read(2) after which the
 * next read(2), poll(2) or epoll_wait(2) has begun. When the ring is full of
 * such bytes, the guest finds its transmit FIFO full: FR has TXFF set, and
 * TXRIS is raised when there is room again. No vCPU is blocked.
 *
 * A file that holds up the guest for longer than @flow_ms of struct
 * kpl011_attach is dropped: it no longer reads without loss. For each eighth of
 * the ring that the guest transmits, all files of the port together hold it up
 * for that long at most, whether they seek back, ask again or take turns. Once
 * more than half of that time is spent, nobody holds up the guest again before
 * that eighth has gone out; a file whose next byte is lost by then is dropped.
 *
 * If the VM is destroyed while files hold up the guest, other files see the end
 * when what waits in the FIFO has gone out; files that do not read delay that
 * by @flow_ms at most.
 *
 * Errors:
 *   EBADF   KPL011_FLOW_ON, and the file is not open for reading
 *   EPERM   KPL011_FLOW_ON, and the port was attached with
 *	     KPL011_ATTACH_NO_FLOW
 *   EDQUOT  KPL011_FLOW_ON, and KPL011_FLOW_FILES_MAX other files of the port
 *	     read without loss; or the caller is neither the port's owner nor
 *	     privileged (see struct kpl011_info), and such callers already
 *	     have KPL011_FLOW_STRANGERS_MAX of these
 *   EINVAL  ON with OFF
 */
struct kpl011_flow {
	__u32 size;
	__u32 flags;
	__u32 status;
	__u32 pad;
};

/* flags of struct kpl011_modem */
#define KPL011_MODEM_SET	0x1

/**
 * struct kpl011_modem - ioctl(KPL011_MODEM): the modem lines
 * @size: sizeof(struct kpl011_modem)
 * @flags: KPL011_MODEM_SET, or 0 to ask
 * @inputs: CTS, DSR, DCD and RI of the guest, as PL011_FR_* bits; a set bit is
 *	    an asserted line. With KPL011_MODEM_SET they are set, otherwise
 *	    returned. CTS, DSR and DCD are asserted from the attach on, unless a
 *	    restored state says otherwise.
 * @outputs: returned: DTR, RTS, OUT1 and OUT2 of the guest, as PL011_CR_* bits
 *
 * Errors:
 *   EINVAL  KPL011_MODEM_SET, and @inputs has other bits
 *   EBADF   KPL011_MODEM_SET, and the file is not open for writing
 *   ENODEV  KPL011_MODEM_SET, and the port is not attached any more
 */
struct kpl011_modem {
	__u32 size;
	__u32 flags;
	__u32 inputs;
	__u32 outputs;
};

/**
 * struct kpl011_reset - ioctl(KPL011_RESET): reset the UART
 * @size: sizeof(struct kpl011_reset)
 * @flags: must be 0
 *
 * Like the reset input of a PL011. What is queued for the guest stays queued,
 * except for what the FIFO held; modem inputs, history and counters stay.
 *
 * Errors:
 *   EBADF   the file is not open for writing
 *   ENODEV  the port is not attached any more
 */
struct kpl011_reset {
	__u32 size;
	__u32 flags;
};

/**
 * struct kpl011_state - ioctl(KPL011_STATE_GET, KPL011_STATE_SET): UART state
 * @size: sizeof(struct kpl011_state)
 * @flags: must be 0
 * @uart: the state of the UART, returned or restored
 *
 * What is queued for the guest and not yet in the FIFO is not part of it. The
 * VM should be stopped; otherwise what the guest does meanwhile is lost.
 *
 * Errors of KPL011_STATE_GET:
 *   EBADF   the file is not open for both reading and writing, and the caller
 *	     is neither the port's owner nor privileged (see struct
 *	     kpl011_info)
 *
 * Errors of KPL011_STATE_SET, none of which changes anything:
 *   EINVAL  @uart is a state that no UART can have
 *   EBADF   the file is not open for writing
 *   ENODEV  the port is not attached any more
 */
struct kpl011_state {
	__u32 size;
	__u32 flags;
	struct kpl011_uart_state uart;
};

/**
 * struct kpl011_ring - what mmap(2) of a port shows
 * @version: 1
 * @offset: bytes from the start of this structure to the ring
 * @size: bytes of the ring, a power of two
 * @pad: 0
 * @head: position after the newest byte
 * @reserved: what @head will be when the write that is under way is done
 *
 * The byte at position p is at @offset + p % @size. To read from position p:
 *
 *   1. head = load of @head, with acquire; nothing to read if p == head
 *   2. copy bytes p to head - 1, at most @size of them, in up to two pieces
 *   3. a barrier between loads, then reserved = load of @reserved; if that is
 *      larger than @size, bytes before position reserved - @size were
 *      overwritten meanwhile: their copies are not valid, and they are lost
 *
 * An mmap(2) shall have @offset + @size bytes and PROT_READ alone; @offset is
 * the page size. To wait for more bytes, lseek(2) to head and poll(2).
 */
struct kpl011_ring {
	__u32 version;
	__u32 offset;
	__u32 size;
	__u32 pad;
	__aligned_u64 head;
	__aligned_u64 reserved;
};

#endif /* _UAPI_LINUX_KPL011_H */
