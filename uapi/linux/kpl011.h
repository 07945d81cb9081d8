/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * kpl011: an ARM PL011 UART inside KVM, and the bytes that cross it.
 *
 * /dev/kpl011/control  attaches a PL011 to a VM; anyone who holds the VM's
 *                      file descriptor may.
 * /dev/kpl011/<id>     one port: what the guest transmitted is read here, what
 *                      it shall receive is written here. The node belongs to
 *                      the user who created the VM, mode 0600. Ids count up
 *                      from 0 and are not used again while the module is
 *                      loaded.
 *
 * How the ABI grows
 * -----------------
 * Each ioctl takes a pointer to a structure whose first member, @size, is the
 * size that the caller was compiled with. A structure only ever grows at its
 * end. The kernel takes a smaller one than its own, down to the size of the
 * first version, and treats what is missing as zero; of a larger one it takes
 * what it knows if the rest is zero. On return it fills no more than @size
 * bytes. Padding must be zero; members that are returned are ignored on entry.
 * ioctl numbers carry no size.
 *
 * Errors that every ioctl of this file may return, besides its own:
 *   ENOTTY  no such ioctl
 *   EFAULT  the structure cannot be read or written
 *   EINVAL  @size is smaller than the first version of the structure, or a
 *	     member that must be zero is not
 *   E2BIG   @size is larger than what this kernel knows and the rest is not
 *	     zero: a newer program asks for what this module does not have
 *   EOPNOTSUPP  @flags has a flag that this module does not know
 *
 * The byte stream of a port
 * -------------------------
 * Position p is the p-th byte that the guest has transmitted since the port
 * was attached, from 0. The kernel keeps the newest @ring_size bytes, whether
 * anyone reads them or not. Each open file has a position of its own, 0 at
 * open, so that whoever opens the node later reads the history first.
 *
 * read(2)   Returns bytes from the file's position on and advances it. Bytes
 *	     that are no longer kept are skipped: the position jumps to the
 *	     oldest that is, so that
 *	         lseek(fd, 0, SEEK_CUR) - bytes returned - position before
 *	     is the exact number of bytes missed. With nothing to read it waits,
 *	     or fails with EAGAIN under O_NONBLOCK. 0 is the end: the VM is gone
 *	     and everything has been read.
 * pread(2)  The same from a position given, without moving the file's own.
 * lseek(2)  SEEK_SET, SEEK_CUR; SEEK_END counts from the newest byte;
 *	     SEEK_DATA goes to the first byte at or after the offset that is
 *	     still kept. EINVAL for a position beyond the newest byte, ENXIO
 *	     for SEEK_DATA where there is no byte.
 * write(2)  Queues bytes for the guest's receive FIFO, in order, and returns
 *	     how many. It waits for room, or takes what fits and fails with
 *	     EAGAIN if that is nothing under O_NONBLOCK. A byte that was taken
 *	     is never dropped while the VM lives. ENODEV: the VM is gone.
 * poll(2)   POLLIN: bytes at the file's position, or the end. POLLOUT: room
 *	     for 1 KiB or more. POLLHUP: the VM is gone.
 */
#ifndef _UAPI_LINUX_KPL011_H
#define _UAPI_LINUX_KPL011_H

#include <linux/ioctl.h>
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

/* Dead ports that are kept for each user; beyond, those dead longest are reaped. */
#define KPL011_DEAD_MAX		16

/* ioctls of /dev/kpl011/control */
#define KPL011_ATTACH		_IO(KPL011_TYPE, 0x00)

/* ioctls of /dev/kpl011/<id> */
#define KPL011_INFO		_IO(KPL011_TYPE, 0x40)
#define KPL011_BREAK		_IO(KPL011_TYPE, 0x41)
#define KPL011_REAP		_IO(KPL011_TYPE, 0x42)

/* flags of struct kpl011_attach */
#define KPL011_ATTACH_STRICT	0x1	/* UARTEN, TXE, RXE and WLEN are enforced */

/**
 * struct kpl011_attach - ioctl(KPL011_ATTACH): give a VM a PL011
 * @size: sizeof(struct kpl011_attach)
 * @flags: KPL011_ATTACH_STRICT, or 0 for a UART that transmits and receives
 *	   whether or not the guest enabled it, and 8 bits until it chose
 * @vm_fd: file descriptor that KVM_CREATE_VM returned, or a duplicate of it
 *	   (pidfd_getfd(2), SCM_RIGHTS); may be closed afterwards
 * @intid: the interrupt's GIC INTID, an SPI: KPL011_INTID_MIN..MAX, and within
 *	   what the VM's GIC has if that is set up already. Level, active high.
 * @gpa: guest-physical address of the register page, a multiple of
 *	 KPL011_MMIO_SIZE
 * @ring_size: bytes of history, 0 for KPL011_RING_DEFAULT
 * @id: returned: the new port is /dev/kpl011/<id>
 * @name: what users call the guest; printable ASCII without '/', or empty.
 *	  Bytes after the terminating NUL must be zero.
 *
 * From the return on the guest's accesses to the page are answered in the
 * kernel. The VM may be running, or not have its GIC yet. The port lives until
 * the VM does not; then it is dead, and keeps its history until it is reaped.
 *
 * Errors, none of which changes anything:
 *   EBADF       @vm_fd is not open
 *   ENODEV      @vm_fd is no KVM VM
 *   EEXIST      the VM has a port of this module in this page
 *   EADDRINUSE  the page holds memory or another in-kernel device of the VM,
 *		 or @intid is that of another port of the VM
 *   ERANGE      @intid is no SPI of the VM
 *   EINVAL      @gpa is not a multiple of the page size or beyond the address
 *		 space, @ring_size is not allowed, @name is malformed
 *   ENOSPC      the VM has no room for another in-kernel device, or there are
 *		 no more port numbers
 *   ENOMEM      no memory
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
};

/* States of a port. */
#define KPL011_STATE_LIVE	1
#define KPL011_STATE_DEAD	2

/**
 * struct kpl011_info - ioctl(KPL011_INFO): what a port is and has done
 * @size: sizeof(struct kpl011_info)
 * @flags: 0
 * @id: number of the port
 * @state: KPL011_STATE_LIVE, or KPL011_STATE_DEAD when the VM is gone
 * @pid: the process that created the VM, in the caller's PID namespace, 0 if
 *	 it is not visible there; of a dead port the process may have ended
 * @uid: the user who owns the port, in the caller's user namespace
 * @gpa: as attached
 * @intid: as attached
 * @ring_size: bytes of history that can be kept
 * @attach_ns: CLOCK_BOOTTIME at attach, in nanoseconds
 * @death_ns: CLOCK_BOOTTIME when the VM went, 0 while it lives
 * @tx_newest: bytes transmitted by the guest: the position behind the newest
 * @tx_oldest: position of the oldest byte that is kept
 * @tx_breaks: breaks that the guest has begun to send (LCR_H.BRK)
 * @rx_bytes: bytes that write(2) has taken
 * @rx_queued: characters, breaks among them, that the guest has not read yet
 * @rx_breaks: breaks that KPL011_BREAK has queued
 * @reads: register reads that were answered
 * @writes: register writes that were answered
 * @interrupts: times that the interrupt line rose
 * @name: as attached
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
};

/**
 * struct kpl011_break - ioctl(KPL011_BREAK): send the guest a break
 * @size: sizeof(struct kpl011_break)
 * @flags: 0
 *
 * The break takes its place behind the bytes that were written before it.
 * Linux guests take the key after a break as a magic SysRq.
 *
 * Errors:
 *   EBADF   the file is not open for writing
 *   EAGAIN  the queue to the guest is full
 *   ENODEV  the VM is gone
 */
struct kpl011_break {
	__u32 size;
	__u32 flags;
};

/**
 * struct kpl011_reap - ioctl(KPL011_REAP): forget a dead port
 * @size: sizeof(struct kpl011_reap)
 * @flags: 0
 *
 * The node goes at once, the history with the last file open on it.
 *
 * Errors:
 *   EBADF   the file is not open for writing
 *   EBUSY   the VM lives
 *   ENODEV  the port was reaped already
 */
struct kpl011_reap {
	__u32 size;
	__u32 flags;
};

#endif /* _UAPI_LINUX_KPL011_H */
