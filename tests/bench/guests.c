// SPDX-License-Identifier: GPL-2.0-only
/*
 * guests KIND COUNT RATE SECONDS DIRECTORY - guests that print, each RATE bytes a second.
 *
 * Each prints numbered lines of 80 bytes, at a place of its own for a logger to take them:
 *
 *   port    DIRECTORY/N is a port of kpl011, played: it keeps the newest 64 KiB, as the
 *           module does, whether or not somebody reads (see tests/console/source_fake.c)
 *   socket  DIRECTORY/N listens, as a QEMU with -serial unix:N,server=on,wait=off: what is
 *           printed while nobody is connected is gone; while who is connected does not read,
 *           the guest stands still
 *   pipe    the descriptors of $GUESTS_FDS, as a QEMU has them of virtlogd: as above, and
 *           when nobody reads the pipe any more it is gone
 *
 * Says "ready", begins when it reads a line, and says of each when the time is over: its
 * number, the lines it printed, and the milliseconds that it stood still. Then it is there
 * until its input ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE 80
#define HISTORY 65536
#define FRAME 16384
#define CLIENTS 6
#define TICK_MS 10
#define GUESTS_MAX 256

enum kind {
	PORT,
	SOCKET,
	PIPE,
};

struct client {
	int fd; /* 0: there is none */
	char request[64];
	size_t request_len;
	bool reads;
	uint64_t pos;
	char out[FRAME + 16]; /* what it has not taken yet */
	size_t out_len;
	size_t out_at;
};

struct guest {
	unsigned int number;
	int listener;
	int fd; /* of a pipe, or who is connected to a socket; -1: nobody */
	struct client clients[CLIENTS];
	uint64_t lines;
	uint64_t ran_ms;
	uint64_t held_ms;
	char history[HISTORY];
	uint64_t newest;
	char line[LINE + 1]; /* the one that a socket or a pipe has not taken whole */
	size_t line_at;
	bool pending;
};

static enum kind kind;
static unsigned int count;
static uint64_t rate;
static bool over;
static struct guest *guests;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_at(const char *directory, unsigned int number)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/%u", directory, number) >=
	    (int)sizeof(address.sun_path))
		errno = ENAMETOOLONG, fail(directory);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16))
		fail(address.sun_path);
	return fd;
}

static void make_line(struct guest *guest)
{
	int n = snprintf(guest->line, sizeof(guest->line), "%03u %012" PRIu64 " ", guest->number,
			 guest->lines++);

	memset(guest->line + n, '.', (size_t)(LINE - 1 - n));
	guest->line[LINE - 1] = '\n';
	guest->line_at = 0;
}

static uint64_t oldest(const struct guest *guest)
{
	return guest->newest > HISTORY ? guest->newest - HISTORY : 0;
}

static void add_to_history(struct guest *guest)
{
	for (size_t i = 0; i < LINE; i++)
		guest->history[(guest->newest + i) % HISTORY] = guest->line[i];
	guest->newest += LINE;
}

static void end_client(struct client *client)
{
	close(client->fd);
	client->fd = 0;
}

static void put(struct client *client, const void *bytes, size_t len)
{
	memcpy(client->out + client->out_len, bytes, len);
	client->out_len += len;
}

/* The next frame, if the last one was taken. */
static void make_frame(struct guest *guest, struct client *client)
{
	uint32_t head[2] = { 0 };
	uint64_t left;

	if (client->out_at < client->out_len || !client->reads || client->pos == guest->newest)
		return;
	client->out_at = client->out_len = 0;
	if (client->pos < oldest(guest)) {
		head[0] = (uint32_t)(oldest(guest) - client->pos);
		client->pos = oldest(guest);
	}
	left = guest->newest - client->pos;
	head[1] = (uint32_t)(left < FRAME ? left : FRAME);
	put(client, head, sizeof(head));
	for (uint32_t i = 0; i < head[1]; i++)
		client->out[client->out_len++] = guest->history[(client->pos + i) % HISTORY];
	client->pos += head[1];
}

static void serve(struct guest *guest, struct client *client)
{
	ssize_t n;

	do {
		make_frame(guest, client);
		if (client->out_at == client->out_len) {
			if (over && client->reads && client->pos == guest->newest)
				end_client(client);
			return;
		}
		n = send(client->fd, client->out + client->out_at,
			 client->out_len - client->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			end_client(client);
		else if (n > 0)
			client->out_at += (size_t)n;
	} while (client->fd && n > 0);
}

static void answer(struct guest *guest, struct client *client)
{
	uint64_t owed;
	char text[512] = "errno 0";
	int n = 7;

	if (sscanf(client->request, "read %" SCNu64, &client->pos) == 1) {
		client->reads = true;
		owed = guest->newest -
		       (client->pos > oldest(guest) ? client->pos : oldest(guest));
		put(client, &owed, sizeof(owed));
		return;
	}
	if (!strncmp(client->request, "idle", 4) || !strncmp(client->request, "write", 5)) {
		put(client, "x", 1);
		return;
	}
	if (!strncmp(client->request, "facts", 5))
		n = snprintf(text, sizeof(text),
			     "name g%03u\nlive %d\npid 0\nuid 0\ngpa %d\nintid 33\nring_size %d\n"
			     "attach_ns 1\ndeath_ns 0\nrx_bytes 0\ntx_oldest %" PRIu64
			     "\ntx_newest %" PRIu64 "\n",
			     guest->number, !over, 0x9000000, HISTORY, oldest(guest),
			     guest->newest);
	else if (!strncmp(client->request, "marks", 5))
		n = 0;
	(void)!send(client->fd, text, (size_t)n, MSG_NOSIGNAL);
	end_client(client);
}

static void hear(struct guest *guest, struct client *client)
{
	char c;
	ssize_t n;

	while (client->fd && (n = recv(client->fd, &c, 1, MSG_DONTWAIT)) != -1) {
		if (!n) {
			end_client(client);
			return;
		}
		/* Behind its request it has nothing to say. */
		if (client->request_len && client->request[client->request_len - 1] == '\n')
			continue;
		if (client->request_len < sizeof(client->request) - 1)
			client->request[client->request_len++] = c;
		if (c == '\n')
			answer(guest, client);
	}
}

static void take_clients(struct guest *guest)
{
	int fd;

	while ((fd = accept4(guest->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		size_t i;

		if (kind == SOCKET) {
			if (guest->fd >= 0)
				close(fd);
			else
				guest->fd = fd;
			continue;
		}
		for (i = 0; i < CLIENTS && guest->clients[i].fd; i++)
			;
		if (i == CLIENTS) {
			close(fd);
			continue;
		}
		guest->clients[i] = (struct client){ .fd = fd };
	}
}

/* False: it stands still, for what it prints is not taken. */
static bool push(struct guest *guest)
{
	ssize_t n;

	if (guest->fd < 0) {
		guest->pending = false;
		return true;
	}
	n = write(guest->fd, guest->line + guest->line_at, LINE - guest->line_at);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < 0) {
		close(guest->fd);
		guest->fd = -1;
		guest->pending = false;
		return true;
	}
	guest->line_at += (size_t)n;
	guest->pending = guest->line_at < LINE;
	return !guest->pending;
}

/* What is due of it by now. */
static void run(struct guest *guest, uint64_t ms)
{
	guest->ran_ms += ms;
	while (guest->pending || (guest->lines + 1) * LINE * 1000 <= guest->ran_ms * rate) {
		if (!guest->pending) {
			make_line(guest);
			if (kind == PORT) {
				add_to_history(guest);
				continue;
			}
			guest->pending = true;
		}
		if (!push(guest)) {
			guest->ran_ms -= ms;
			guest->held_ms += ms;
			return;
		}
	}
}

static void look(struct guest *guest)
{
	char bytes[256];
	ssize_t n;

	if (guest->listener >= 0)
		take_clients(guest);
	if (kind == PORT) {
		for (size_t i = 0; i < CLIENTS; i++) {
			if (guest->clients[i].fd)
				hear(guest, &guest->clients[i]);
			if (guest->clients[i].fd)
				serve(guest, &guest->clients[i]);
		}
		return;
	}
	if (kind == SOCKET && guest->fd >= 0 &&
	    (n = recv(guest->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) <= 0 &&
	    (!n || errno != EAGAIN)) {
		close(guest->fd);
		guest->fd = -1;
		/* The rest of a line that was cut is gone with it. */
		guest->pending = false;
	}
}

/* Until there is something to do, or a tick is over. */
static bool wait_for_any(void)
{
	static struct pollfd pfds[GUESTS_MAX * (CLIENTS + 1) + 1];
	nfds_t n = 0;

	pfds[n++] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	for (unsigned int i = 0; i < count; i++)
		if (guests[i].listener >= 0)
			pfds[n++] = (struct pollfd){ .fd = guests[i].listener, .events = POLLIN };
	poll(pfds, n, TICK_MS);
	return pfds[0].revents;
}

static void make_guests(const char *directory)
{
	char *fds = getenv("GUESTS_FDS");

	for (unsigned int i = 0; i < count; i++) {
		guests[i].number = i + 1;
		guests[i].fd = -1;
		guests[i].listener = -1;
		if (kind != PIPE)
			guests[i].listener = listen_at(directory, i + 1);
		else
			guests[i].fd = (int)strtol(fds, &fds, 10);
		if (kind == PIPE)
			fcntl(guests[i].fd, F_SETFL, O_NONBLOCK);
	}
}

static void say(void)
{
	for (unsigned int i = 0; i < count; i++)
		printf("%u %" PRIu64 " %" PRIu64 "\n", guests[i].number, guests[i].lines,
		       guests[i].held_ms);
	printf("over\n");
}

int main(int argc, char **argv)
{
	uint64_t seconds, begun = 0, last = 0;
	char word[16];

	if (argc != 6 || !(count = (unsigned int)atoi(argv[2])) || count > GUESTS_MAX)
		return fprintf(stderr, "usage: guests KIND COUNT RATE SECONDS DIRECTORY\n"), 2;
	kind = !strcmp(argv[1], "port") ? PORT : !strcmp(argv[1], "socket") ? SOCKET : PIPE;
	rate = strtoull(argv[3], NULL, 10);
	seconds = strtoull(argv[4], NULL, 10);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	guests = calloc(count, sizeof(*guests));
	if (!guests)
		fail("guests");
	make_guests(argv[5]);
	printf("ready\n");
	for (;;) {
		uint64_t now;

		if (wait_for_any()) {
			if (read(STDIN_FILENO, word, sizeof(word)) <= 0)
				return 0;
			begun = last = now_ms();
		}
		now = now_ms();
		if (begun && !over && now - begun >= seconds * 1000) {
			over = true;
			say();
		}
		for (unsigned int i = 0; i < count; i++) {
			if (begun && !over)
				run(&guests[i], now - last);
			look(&guests[i]);
		}
		last = now;
	}
}
