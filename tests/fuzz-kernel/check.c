// SPDX-License-Identifier: GPL-2.0-only
/*
 * After an input, one after the other: all close their files; root looks at each
 * port that is left; the owner's guest prints and is sent something; root takes
 * all ports away; the lines are low; and the module is as before.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define PAGE	0x1000

OP(check_close)
{
	struct process *process = runner->process;
	unsigned int i;

	/* The other thread of the process closes them. */
	if (runner->id == OWNER_THREAD)
		return 0;
	for (i = 0; i < SLOTS; i++) {
		slot_unmap(process, i);
		slot_put(process, i, -1);
	}
	if (process->other_vm >= 0)
		close(process->other_vm);
	process->other_vm = -1;
	return 0;
}

/* What was printed is what is kept, is what is mapped. */
static void look_at_history(unsigned int id, int fd, const struct kpl011_info *info)
{
	static char bytes[KPL011_RING_DEFAULT];
	uint64_t kept = info->tx_newest - info->tx_oldest, i;
	const char *ring;

	if (lseek(fd, 0, SEEK_END) != (off_t)info->tx_newest)
		violated("port %u: SEEK_END is not tx_newest", id);
	if (kept > sizeof(bytes))
		return;
	if (pread(fd, bytes, sizeof(bytes), info->tx_oldest) != (kept ? (ssize_t)kept : -1) &&
	    !(info->state != KPL011_STATE_LIVE && !kept))
		violated("port %u: not all of %llu bytes can be read", id, (unsigned long long)kept);
	ring = mmap(NULL, PAGE + info->ring_size, PROT_READ, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return violated("port %u: mmap: %s", id, strerror(errno));
	for (i = 0; i < kept; i++)
		if (bytes[i] != ring[PAGE + (info->tx_oldest + i) % info->ring_size])
			violated("port %u: byte %llu is another in the mapping", id,
				 (unsigned long long)i);
	munmap((void *)ring, PAGE + info->ring_size);
}

/* What is saved can be restored, and is the same then. */
static void look_at_state(unsigned int id, int fd, bool live)
{
	struct kpl011_state first = { .size = sizeof(first) }, then = first;

	if (ioctl(fd, KPL011_STATE_GET, &first))
		return violated("port %u: STATE_GET: %s", id, strerror(errno));
	if (ioctl(fd, KPL011_STATE_SET, &first)) {
		if (live || errno != ENODEV)
			violated("port %u: STATE_SET of what was got: %s", id, strerror(errno));
	} else if (ioctl(fd, KPL011_STATE_GET, &then) || memcmp(&first, &then, sizeof(then))) {
		violated("port %u: the state is another after STATE_SET", id);
	}
}

static void look_at(unsigned int id, int fd)
{
	struct kpl011_info info;
	uint64_t reads = 0, writes = 0;
	unsigned int i;

	if (port_info(fd, &info))
		return violated("port %u: INFO fails", id);
	for (i = 0; i < KPL011_REGS; i++) {
		reads += info.reads_of[i];
		writes += info.writes_of[i];
	}
	if (info.id != id || info.state < KPL011_STATE_LIVE || info.state > KPL011_STATE_DETACHED ||
	    info.page > KPL011_PAGE_REALTIME)
		violated("port %u: id %u, state %u, page %u", id, info.id, info.state, info.page);
	if (info.tx_newest < info.tx_oldest || info.tx_newest - info.tx_oldest > info.ring_size)
		violated("port %u: bytes %llu to %llu in a ring of %u", id,
			 (unsigned long long)info.tx_oldest, (unsigned long long)info.tx_newest,
			 info.ring_size);
	if (reads != info.reads || writes != info.writes)
		violated("port %u: the accesses by register do not add up", id);
	look_at_state(id, fd, info.state == KPL011_STATE_LIVE);
	/* What waited in the transmit FIFO may have gone out meanwhile. */
	if (port_info(fd, &info))
		return violated("port %u: INFO fails", id);
	look_at_history(id, fd, &info);
}

static void each_port(void (*each)(unsigned int id, int fd))
{
	DIR *dir = opendir("/sys/class/kpl011");
	struct dirent *entry;
	unsigned int id;
	int fd;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		id = strtoul(entry->d_name, NULL, 10);
		fd = port_open(id, O_RDWR | O_NONBLOCK);
		if (fd < 0) {
			violated("port %u: open: %s", id, strerror(-fd));
			continue;
		}
		each(id, fd);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

OP(check_ports)
{
	each_port(look_at);
	return 0;
}

/* After a reset what the guest prints comes out, and what is sent comes in. */
static void probe(struct vm *vm, const struct seen *seen, int fd)
{
	static const char sent[] = { 'x', 'y', 'z' };
	struct kpl011_reset reset = { .size = sizeof(reset) };
	struct kpl011_info info;
	uint32_t in[VM_LOADS / 4];
	char out[8] = "";
	uint64_t queued;

	if (port_info(fd, &info) || info.state != KPL011_STATE_LIVE)
		return;
	if (ioctl(fd, KPL011_RESET, &reset))
		return violated("port %u: RESET: %s", seen->id, strerror(errno));
	if (lseek(fd, 0, SEEK_END) < 0 || vm_store(vm, seen->gpa + PL011_DR, 4, 'a', 3))
		return violated("port %u: the guest cannot print", seen->id);
	if (read(fd, out, sizeof(out)) != 3 || memcmp(out, "abc", 3))
		violated("port %u: abc is '%.8s'", seen->id, out);
	port_info(fd, &info);
	queued = info.rx_queued + 1;
	if (queued > VM_LOADS / 4)
		return;
	if (vm_load_each(vm, seen->gpa + PL011_DR, in, queued))
		return violated("port %u: the guest cannot read", seen->id);
	if (write(fd, sent, sizeof(sent)) != sizeof(sent))
		return violated("port %u: write: %s", seen->id, strerror(errno));
	if (vm_load_each(vm, seen->gpa + PL011_DR, in, sizeof(sent)))
		return violated("port %u: the guest cannot read", seen->id);
	if (in[0] != 'x' || in[1] != 'y' || in[2] != 'z')
		violated("port %u: xyz is %x %x %x", seen->id, in[0], in[1], in[2]);
}

OP(check_probe)
{
	struct vm *vm;
	uint32_t i;
	int fd;

	/* Memory of the VMM over a port hides it from the guest, and so does an ioeventfd. */
	if (!stage->probe || !stage->ports || !runner->process->has_vm || runner->process->spoilt)
		return 0;
	vm = vcpu_get(runner);
	if (!vm)
		return -ENODEV;
	for (i = 0; i < stage->ports && i < PORTS; i++) {
		const struct seen *seen = &stage->port[i];

		if (seen->of_stranger || seen->flags & KPL011_ATTACH_STRICT)
			continue;
		fd = port_open(seen->id, O_RDWR | O_NONBLOCK);
		if (fd < 0)
			continue;
		probe(vm, seen, fd);
		close(fd);
	}
	vcpu_put(runner);
	return 0;
}

static void take_away(unsigned int id, int fd)
{
	struct kpl011_detach detach = { .size = sizeof(detach) };
	int ret;

	if (ioctl(fd, KPL011_DETACH, &detach) && errno != ENODEV)
		violated("port %u: DETACH: %s", id, strerror(errno));
	/* Detaching one may have been one too many of those that are kept. */
	ret = port_reap(fd);
	if (ret && ret != -ENODEV)
		violated("port %u: REAP: %s", id, strerror(-ret));
}

static int refcnt(void)
{
	char text[16];

	return file_read("/sys/module/kpl011/refcnt", text, sizeof(text)) < 0 ? -1 : atoi(text);
}

OP(check_release)
{
	static const char *const parameters[][2] = {
		{ "page", "asked" }, { "ports_max", "8" }, { "history_max", "256" },
		{ "dead_max", "4" }, { "all_ports_max", "65536" }, { "all_history_max", "0" },
	};
	struct timespec shortly = { .tv_nsec = 1000000 };
	char path[96];
	unsigned int i;

	each_port(take_away);
	if (stage->parameters_set)
		for (i = 0; i < 6; i++) {
			snprintf(path, sizeof(path), "/sys/module/kpl011/parameters/%s", parameters[i][0]);
			file_write(path, parameters[i][1]);
		}
	if (stage->traced)
		file_write("/sys/kernel/tracing/events/kpl011/enable", "0");
	stage->parameters_set = stage->traced = 0;
	/* The last file of a port may go a little later than close(2) returns. */
	for (i = 0; refcnt() != (int)stage->refcnt && i < 10000; i++)
		nanosleep(&shortly, NULL);
	if (i == 10000)
		violated("the module is used %d times, not %u", refcnt(), stage->refcnt);
	return 0;
}

OP(check_lines)
{
	static const uint8_t all[] = { 0, 8, 11 };
	struct process *process = runner->process;
	struct vm *vm;
	uint32_t i;

	vm = process->has_vm && runner->id == OWNER ? vm_get(runner) : NULL;
	if (vm) {
		for (i = 0; i < stage->ports && i < PORTS && !stage->lines_moved; i++)
			if (!stage->port[i].of_stranger && vm_line(vm, stage->port[i].intid) == 1)
				violated("port %u: INTID %u is high though it is detached",
					 stage->port[i].id, stage->port[i].intid);
		for (i = 0; i < sizeof(all) && stage->lines_moved; i++)
			vm_set_line(vm, telling_intid(all[i]), 0);
		vm_put(runner);
	}
	if (process->spoilt)
		vm_forget(process);
	return 0;
}
