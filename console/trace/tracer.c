// SPDX-License-Identifier: GPL-2.0-only
#include "trace/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event-parse.h>
#include <kbuffer.h>
#include <tracefs.h>

#include "base/msg.h"
#include "trace/trace_merge.h"

#define SYSTEM "kpl011"
#define INSTANCE_PREFIX "kpl011-trace-"
#define DIGITS "0123456789"

#define FILTER_SIZE 4096
#define PATH_SIZE 4096

/* The fields of each kind, in the order in which struct format has them. */
enum field { FIELD_PORT, FIELD_VALUE, FIELD_OFFSET, FIELD_LEN, FIELDS };

static const struct {
	const char *name;
	const char *fields[FIELDS];
} kinds[TRACE_KINDS] = {
	[TRACE_READ] = { "kpl011_read", { "port", "value", "offset", "len" } },
	[TRACE_WRITE] = { "kpl011_write", { "port", "value", "offset", "len" } },
	[TRACE_LINE] = { "kpl011_line", { "port", "level" } },
	[TRACE_BREAK] = { "kpl011_break", { "port", "to_guest" } },
	[TRACE_FLOW] = { "kpl011_flow", { "port", "state" } },
};

/* How this kernel records a kind of event. */
struct format {
	int id;
	struct tep_format_field *fields[FIELDS];
};

struct cpu {
	struct tracefs_cpu *raw;
	struct kbuffer *page;
	void *bytes;
};

struct tracer {
	const char *dir; /* tracefs */
	int instances;
	struct tracefs_instance *instance;
	int lock; /* held while the instance is in use */
	int pipe; /* of all CPUs together, only to wait for */
	struct tep_handle *tep;
	struct format formats[TRACE_KINDS];
	struct cpu *cpus;
	size_t cpu_count;
	struct trace_merge *merge;
};

static void say_for_root(void)
{
	msg_more("The kernel's tracing is for root alone: try sudo kpl011 trace.");
}

static enum status say_cannot(const char *what, const char *path, int err)
{
	msg_error("cannot trace: cannot %s %s: %s", what, path, strerror(err));
	if (err != EACCES && err != EPERM)
		return STATUS_FAILED;
	if (geteuid())
		say_for_root();
	else
		msg_more("Is the kernel locked down? See /sys/kernel/security/lockdown.");
	return STATUS_PERMISSION;
}

static enum status out_of_memory(void)
{
	msg_error("cannot trace: out of memory");
	return STATUS_FAILED;
}

/* Marks an instance as used. Returns -1 if it is used already or cannot be marked. */
static int lock_instance(struct tracefs_instance *instance)
{
	char *path = tracefs_instance_get_dir(instance);
	int fd = -1;

	if (!path)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tracefs_put_tracing_file(path);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* An instance that nobody has locked belonged to a program that was killed. */
static int remove_stale(const char *name, void *arg)
{
	const size_t prefix = strlen(INSTANCE_PREFIX);
	struct tracefs_instance *instance;
	int fd;

	(void)arg;
	if (strncmp(name, INSTANCE_PREFIX, prefix) || name[prefix + strspn(name + prefix, DIGITS)])
		return 0;
	instance = tracefs_instance_alloc(NULL, name);
	if (!instance)
		return 0;
	fd = lock_instance(instance);
	if (fd >= 0) {
		tracefs_instance_destroy(instance);
		close(fd);
	}
	tracefs_instance_free(instance);
	return 0;
}

static const char *instance_path(const struct tracer *tracer, const char *name,
				 char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/instances%s%s", tracer->dir, *name ? "/" : "", name);
	return path;
}

/* A user who may not trace gets the error here. */
static enum status open_instances(struct tracer *tracer)
{
	char path[PATH_SIZE];

	tracer->instances =
		open(instance_path(tracer, "", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return tracer->instances < 0 ? say_cannot("open", path, errno) : STATUS_OK;
}

static enum status make_and_lock(struct tracer *tracer)
{
	struct tracefs_instance *instance;
	char path[PATH_SIZE];
	char name[64];

	snprintf(name, sizeof(name), INSTANCE_PREFIX "%d", (int)getpid());
	instance = tracefs_instance_create(name);
	if (!instance)
		return say_cannot("make", instance_path(tracer, name, path), errno);
	if (!tracefs_instance_is_new(instance)) {
		/* Perhaps of a container's process with the same process ID: not ours. */
		tracefs_instance_free(instance);
		return say_cannot("make", instance_path(tracer, name, path), EEXIST);
	}
	tracer->instance = instance;
	tracer->lock = lock_instance(tracer->instance);
	if (tracer->lock < 0)
		return say_cannot("lock", instance_path(tracer, name, path), errno);
	return STATUS_OK;
}

/*
 * Locks the directory of all instances meanwhile: to others, an instance that is created and not
 * yet locked would look like one that was left behind.
 */
static enum status make_instance(struct tracer *tracer)
{
	enum status status;
	char path[PATH_SIZE];

	if (flock(tracer->instances, LOCK_EX))
		return say_cannot("lock", instance_path(tracer, "", path), errno);
	tracefs_instances_walk(remove_stale, NULL);
	status = make_and_lock(tracer);
	flock(tracer->instances, LOCK_UN);
	return status;
}

/* Writes to a file of the instance. */
static int write_file(struct tracer *tracer, const char *file, const char *text)
{
	if (tracefs_instance_file_write(tracer->instance, file, text) == (int)strlen(text))
		return 0;
	return errno ? -errno : -EIO;
}

static enum status set(struct tracer *tracer, const char *file, const char *text)
{
	int err = write_file(tracer, file, text);

	return err ? say_cannot("write to", file, -err) : STATUS_OK;
}

/* Switches recording off until everything is set up. */
static enum status set_buffers(struct tracer *tracer, size_t bytes)
{
	size_t kib = (bytes + 1023) / 1024;
	enum status status;
	char text[32];
	int err;

	status = set(tracer, "tracing_on", "0");
	if (status)
		return status;
	snprintf(text, sizeof(text), "%zu", kib);
	err = write_file(tracer, "buffer_size_kb", text);
	if (err) {
		msg_error("cannot trace: cannot allocate buffers of %zu KiB for each CPU: %s", kib,
			  strerror(-err));
		msg_more("See --buffer.");
		return STATUS_FAILED;
	}
	return set(tracer, "trace_clock", "boot");
}

static enum status say_no_events(void)
{
	msg_error("cannot trace: the kernel does not have the trace events of this kpl011");
	msg_more("The module is older than the program, or the kernel was built without tracing.");
	return STATUS_NO_MODULE;
}

/* Whether this kernel records the kind; if so, learns where the fields are. */
static bool learn_format(struct tep_handle *tep, enum trace_kind kind, struct format *format)
{
	struct tep_event *event = NULL;
	char *text;
	int size;

	text = tracefs_event_file_read(NULL, SYSTEM, kinds[kind].name, "format", &size);
	if (!text)
		return false;
	if (!tep_parse_event(tep, text, (unsigned long)size, SYSTEM))
		event = tep_find_event_by_name(tep, SYSTEM, kinds[kind].name);
	free(text);
	if (!event)
		return false;
	format->id = event->id;
	for (int i = 0; i < FIELDS && kinds[kind].fields[i]; i++) {
		format->fields[i] = tep_find_field(event, kinds[kind].fields[i]);
		if (!format->fields[i])
			return false;
	}
	return true;
}

/* The library's function for this would also read all symbols of the kernel. */
static enum status learn_formats(struct tracer *tracer)
{
	tracer->tep = tep_alloc();
	if (!tracer->tep)
		return out_of_memory();
	tep_set_long_size(tracer->tep, sizeof(long));
	tep_set_file_bigendian(tracer->tep, tep_is_bigendian());
	for (int kind = 0; kind < TRACE_KINDS; kind++)
		if (!learn_format(tracer->tep, (enum trace_kind)kind, &tracer->formats[kind]))
			return say_no_events();
	return STATUS_OK;
}

static void append(char text[FILTER_SIZE], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void append(char text[FILTER_SIZE], const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, FILTER_SIZE - len, fmt, ap);
	va_end(ap);
}

/* Makes the kernel record what passes the filter, and nothing of other ports. */
static enum status switch_on(struct tracer *tracer, const struct tracer_request *request,
			     enum trace_kind kind)
{
	bool access = kind == TRACE_READ || kind == TRACE_WRITE;
	char filter[FILTER_SIZE] = "";
	enum status status;
	char file[128];

	for (size_t i = 0; i < request->port_count; i++)
		append(filter, "%sport == %" PRIu32, i ? " || " : "(", request->ports[i]);
	append(filter, ")");
	for (size_t i = 0; access && i < request->offset_count; i++)
		append(filter, "%soffset == %u", i ? " || " : " && (", request->offsets[i]);
	if (access && request->offset_count)
		append(filter, ")");

	snprintf(file, sizeof(file), "events/%s/%s/filter", SYSTEM, kinds[kind].name);
	status = set(tracer, file, filter);
	if (status)
		return status;
	snprintf(file, sizeof(file), "events/%s/%s/enable", SYSTEM, kinds[kind].name);
	return set(tracer, file, "1");
}

static enum trace_kind kind_of(const struct tracer *tracer, int id)
{
	int kind;

	for (kind = 0; kind < TRACE_KINDS; kind++)
		if (tracer->formats[kind].id == id)
			break;
	return (enum trace_kind)kind;
}

static uint64_t field(const struct format *format, enum field which, const void *data)
{
	unsigned long long value = 0;

	if (format->fields[which])
		tep_read_number_field(format->fields[which], data, &value);
	return value;
}

static int add_event(struct tracer *tracer, size_t cpu, void *data, unsigned long long ns)
{
	struct tep_record record = { .data = data };
	const struct format *format;
	struct trace_event event;

	event.kind = kind_of(tracer, tep_data_type(tracer->tep, &record));
	if (event.kind == TRACE_KINDS)
		return 0;
	format = &tracer->formats[event.kind];
	event.ns = ns;
	event.port = (uint32_t)field(format, FIELD_PORT, data);
	event.value = field(format, FIELD_VALUE, data);
	event.offset = (uint16_t)field(format, FIELD_OFFSET, data);
	event.len = (uint8_t)field(format, FIELD_LEN, data);
	return trace_merge_add(tracer->merge, cpu, &event);
}

/* Adds an event for what was overwritten before it was read, just before the next event. */
static int add_lost(struct tracer *tracer, size_t cpu, int missed, unsigned long long ns)
{
	struct trace_event event = {
		.kind = TRACE_LOST,
		.ns = ns,
		.value = missed > 0 ? (uint64_t)missed : 0,
	};

	return trace_merge_add(tracer->merge, cpu, &event);
}

/* Reads a page of events of one CPU. */
static int fill(struct trace_merge *merge, size_t index, void *arg)
{
	struct tracer *tracer = arg;
	struct cpu *cpu = &tracer->cpus[index];
	unsigned long long ns;
	int missed;
	void *data;
	int err = 0;
	int n;

	(void)merge;
	n = tracefs_cpu_read(cpu->raw, cpu->bytes, true);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (!n)
		return 0;
	if (kbuffer_load_subbuffer(cpu->page, cpu->bytes))
		return -EPROTO;
	missed = kbuffer_missed_events(cpu->page);
	data = kbuffer_read_event(cpu->page, &ns);
	if (missed)
		err = add_lost(tracer, index, missed, data ? ns : kbuffer_timestamp(cpu->page));
	for (; data && !err; data = kbuffer_next_event(cpu->page, &ns))
		err = add_event(tracer, index, data, ns);
	return err ? err : 1;
}

static enum status open_cpu(struct tracer *tracer, struct cpu *cpu, int number)
{
	char path[64];

	snprintf(path, sizeof(path), "per_cpu/cpu%d/trace_pipe_raw", number);
	cpu->raw = tracefs_cpu_open(tracer->instance, number, true);
	if (!cpu->raw)
		return say_cannot("open", path, errno);
	cpu->page = kbuffer_alloc(KBUFFER_LSIZE_SAME_AS_HOST, KBUFFER_ENDIAN_SAME_AS_HOST);
	cpu->bytes = malloc((size_t)tracefs_cpu_read_size(cpu->raw));
	return cpu->page && cpu->bytes ? STATUS_OK : out_of_memory();
}

/* Opens CPUs that are offline, too, as they may come online. */
static enum status open_cpus(struct tracer *tracer)
{
	size_t count = 0;
	char name[64];

	do
		snprintf(name, sizeof(name), "per_cpu/cpu%zu", count++);
	while (tracefs_dir_exists(tracer->instance, name));
	count--;
	tracer->cpus = calloc(count, sizeof(tracer->cpus[0]));
	tracer->merge = trace_merge_new(count, fill, tracer);
	if (!tracer->cpus || !tracer->merge)
		return out_of_memory();
	for (size_t i = 0; i < count; i++) {
		enum status status;

		tracer->cpu_count++;
		status = open_cpu(tracer, &tracer->cpus[i], (int)i);
		if (status)
			return status;
	}
	tracer->pipe = tracefs_instance_file_open(tracer->instance, "trace_pipe",
						  O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return tracer->pipe < 0 ? say_cannot("open", "trace_pipe", errno) : STATUS_OK;
}

static enum status find_tracefs(struct tracer *tracer)
{
	/* The library would print errors of its own besides ours. */
	tracefs_set_loglevel(TEP_LOG_NONE);
	/* False: do not mount it, since the mount would stay. */
	if (tracefs_tracing_dir_is_mounted(false, &tracer->dir) > 0)
		return STATUS_OK;
	msg_error("cannot trace: tracefs is not mounted");
	if (geteuid()) {
		say_for_root();
		return STATUS_PERMISSION;
	}
	msg_more("Mount it: mount -t tracefs tracefs /sys/kernel/tracing");
	msg_more("If that fails, this kernel has no tracing (CONFIG_FTRACE).");
	return STATUS_FAILED;
}

static enum status start(struct tracer *tracer, const struct tracer_request *request)
{
	enum status status;

	status = find_tracefs(tracer);
	if (!status)
		status = open_instances(tracer);
	if (!status)
		status = learn_formats(tracer);
	if (!status)
		status = make_instance(tracer);
	if (!status)
		status = set_buffers(tracer, request->buffer);
	if (!status)
		status = open_cpus(tracer);
	for (int kind = 0; kind < TRACE_KINDS && !status; kind++)
		if (request->kinds[kind])
			status = switch_on(tracer, request, (enum trace_kind)kind);
	return status ? status : set(tracer, "tracing_on", "1");
}

enum status tracer_start(const struct tracer_request *request, struct tracer **tracer)
{
	enum status status;

	*tracer = calloc(1, sizeof(**tracer));
	if (!*tracer)
		return out_of_memory();
	(*tracer)->instances = -1;
	(*tracer)->lock = -1;
	(*tracer)->pipe = -1;
	status = start(*tracer, request);
	if (status) {
		tracer_free(*tracer);
		*tracer = NULL;
	}
	return status;
}

void tracer_free(struct tracer *tracer)
{
	if (!tracer)
		return;
	/* The instance cannot be removed while files of it are open. */
	if (tracer->pipe >= 0)
		close(tracer->pipe);
	for (size_t i = 0; i < tracer->cpu_count; i++) {
		tracefs_cpu_close(tracer->cpus[i].raw);
		if (tracer->cpus[i].page)
			kbuffer_free(tracer->cpus[i].page);
		free(tracer->cpus[i].bytes);
	}
	free(tracer->cpus);
	trace_merge_free(tracer->merge);
	if (tracer->instance && tracefs_instance_destroy(tracer->instance))
		msg_error("cannot remove %s/instances/%s: %s", tracer->dir,
			  tracefs_instance_get_name(tracer->instance), strerror(errno));
	if (tracer->lock >= 0)
		close(tracer->lock);
	if (tracer->instances >= 0)
		close(tracer->instances);
	tracefs_instance_free(tracer->instance);
	tep_free(tracer->tep);
	free(tracer);
}

int tracer_fd(const struct tracer *tracer)
{
	return tracer->pipe;
}

int tracer_next(struct tracer *tracer, struct trace_event *event)
{
	return trace_merge_next(tracer->merge, event);
}
