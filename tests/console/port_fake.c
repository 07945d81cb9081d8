// SPDX-License-Identifier: GPL-2.0-only
/* What is asked of a port, and done to it as a whole; see source_fake.c. */
#include "port_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/kpl011_uart.h>

#include "source/source_port.h"

const struct port_limits port_limits = {
	.virt_gpa = 0x9000000,
	.virt_intid = 33,
	.intid_min = 32,
	.intid_max = 1019,
	.page_size = 4096,
	.ring_min = 4096,
	.ring_max = 16 * 1024 * 1024,
	.ring_default = 65536,
};

const char *port_dir(void)
{
	const char *dir = getenv("KPL011_DEV_DIR");

	return dir ? dir : "/nonexistent";
}

const char *port_path(int64_t id, char path[PORT_PATH_SIZE])
{
	if (id < 0)
		snprintf(path, PORT_PATH_SIZE, "%s/control", port_dir());
	else
		snprintf(path, PORT_PATH_SIZE, "%s/%" PRId64, port_dir(), id);
	return path;
}

int fake_connect(int64_t id, const char *request)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[PORT_PATH_SIZE];
	int err;
	int fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", port_path(id, path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

char *fake_still_text(int64_t id, size_t *len, char **bytes)
{
	char path[PORT_PATH_SIZE];
	struct stat st;
	char *text;
	int fd;

	if (stat(port_path(id, path), &st) || !S_ISREG(st.st_mode))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* A socket has taken its place. */
	if (fd < 0)
		return NULL;
	text = calloc(1, (size_t)st.st_size + 1);
	if (read(fd, text, (size_t)st.st_size) != st.st_size)
		abort();
	close(fd);
	*bytes = strstr(text, "\n\n");
	**bytes = '\0';
	*bytes += 2;
	*len = (size_t)(text + st.st_size - *bytes);
	return text;
}

/* Of the requests only the facts have an answer. */
static bool still_ask(int64_t id, const char *request, char *answer, size_t size)
{
	char *bytes;
	size_t len;
	char *text = id < 0 ? NULL : fake_still_text(id, &len, &bytes);

	if (!text)
		return false;
	answer[0] = '\0';
	if (!strcmp(request, "facts\n"))
		snprintf(answer, size, "%s\ntx_newest %zu\n", text, len);
	free(text);
	return true;
}

int fake_ask(int64_t id, const char *request, char *answer, size_t size)
{
	size_t len = 0;
	ssize_t n;
	int fd;
	int err;

	if (still_ask(id, request, answer, size))
		return 0;
	fd = fake_connect(id, request);
	if (fd < 0)
		return fd;
	while ((n = read(fd, answer + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	answer[len] = '\0';
	if (sscanf(answer, "errno %d", &err) == 1)
		return -err;
	return 0;
}

/* Characters of a state in hexadecimal, and a NUL. */
#define STATE_HEX (2 * sizeof(struct kpl011_uart_state) + 1)

static void to_hex(const struct kpl011_uart_state *state, char *text)
{
	const unsigned char *bytes = (const unsigned char *)state;

	for (size_t i = 0; i < sizeof(*state); i++)
		text += sprintf(text, "%02x", bytes[i]);
}

static int from_hex(const char *text, struct kpl011_uart_state *state)
{
	unsigned char *bytes = (unsigned char *)state;

	for (size_t i = 0; i < sizeof(*state); i++, text += 2)
		if (sscanf(text, "%2hhx", &bytes[i]) != 1)
			return -EIO;
	return 0;
}

int port_control_open(void)
{
	char path[PORT_PATH_SIZE];
	int fd;

	if (access(port_path(-1, path), F_OK))
		return -errno;
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int port_attach(int control, const struct port_request *req, uint32_t *id)
{
	char state[STATE_HEX + sizeof(" state=")] = "";
	char request[sizeof(state) + 256];
	char answer[64];
	int err;

	(void)control;
	if (req->state)
		to_hex(req->state, stpcpy(state, " state="));
	snprintf(request, sizeof(request),
		 "attach gpa=%" PRIx64 " intid=%u ring=%u strict=%d%s%s pid=%d name=%s\n", req->gpa,
		 req->intid, req->ring_size, req->strict, req->page ? " page" : "", state,
		 (int)getpid(), req->name);
	err = fake_ask(-1, request, answer, sizeof(answer));
	if (err)
		return err;
	return sscanf(answer, "id %u", id) == 1 ? 0 : -EIO;
}

int port_info(uint32_t id, struct port_info *info)
{
	struct source_facts *facts = &info->facts;
	unsigned int number;
	char answer[4096];
	uint64_t value;
	char *line;
	char *next;
	int err;

	err = fake_ask(id, "facts\n", answer, sizeof(answer));
	if (err)
		return err;
	*info = (struct port_info){ .facts = { .id = id }, .page = port_page_text(0) };
	for (line = answer; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!strncmp(line, "name ", 5)) {
			snprintf(facts->name, sizeof(facts->name), "%.63s", line + 5);
			continue;
		}
		value = strtoull(strchr(line, ' '), NULL, 10);
#define FACT(member)                                      \
	if (!strncmp(line, #member " ", sizeof(#member))) \
	facts->member = (__typeof__(facts->member))value
		FACT(live);
		FACT(pid);
		FACT(uid);
		FACT(gpa);
		FACT(intid);
		FACT(ring_size);
		FACT(attach_ns);
		FACT(death_ns);
		FACT(tx_newest);
		FACT(tx_oldest);
		FACT(tx_breaks);
		FACT(rx_bytes);
		FACT(rx_queued);
		FACT(rx_breaks);
		FACT(reads);
		FACT(writes);
		FACT(interrupts);
		FACT(resets);
#undef FACT
#define INFO(member)                                      \
	if (!strncmp(line, #member " ", sizeof(#member))) \
	info->member = (__typeof__(info->member))value
		INFO(strict);
		INFO(no_flow);
		INFO(flow_ms);
		INFO(tx_lost);
		INFO(resets);
		INFO(flow_stalls);
		INFO(flow_stall_ns);
		INFO(flow_drops);
		INFO(page_maps);
		INFO(page_unmaps);
		INFO(page_cleans);
#undef INFO
		if (sscanf(line, "page %u", &number) == 1)
			info->page = port_page_text(number);
		if (sscanf(line, "reads_of.%u ", &number) == 1)
			info->reads_of[number] = value;
		if (sscanf(line, "writes_of.%u ", &number) == 1)
			info->writes_of[number] = value;
		if (!strncmp(line, "detached ", 9) && value)
			facts->state = SOURCE_DETACHED;
	}
	if (facts->live)
		facts->state = SOURCE_LIVE;
	facts->life = (uint64_t)facts->attach_ns;
	return 0;
}

int port_detach(uint32_t id)
{
	char answer[64];

	return fake_ask(id, "detach\n", answer, sizeof(answer));
}

int port_reset(uint32_t id)
{
	char answer[64];

	return fake_ask(id, "reset\n", answer, sizeof(answer));
}

int port_state_get(uint32_t id, struct kpl011_uart_state *state)
{
	char answer[STATE_HEX + 16];
	int err;

	err = fake_ask(id, "state\n", answer, sizeof(answer));
	return err ? err : from_hex(answer + strlen("state "), state);
}

int port_state_set(uint32_t id, const struct kpl011_uart_state *state)
{
	char request[STATE_HEX + 16];
	char answer[64];

	to_hex(state, stpcpy(request, "restore "));
	strcat(request, "\n");
	return fake_ask(id, request, answer, sizeof(answer));
}
