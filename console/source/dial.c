// SPDX-License-Identifier: GPL-2.0-only
#include "source/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESSES 8

/* Seconds that each address, and the lookup, may take. */
#define ADDRESS_SECONDS 5
#define LOOKUP_SECONDS 20

/* A server that vanished silently is noticed after about a minute. */
#define ALIVE_SECONDS 30
#define ALIVE_EVERY 10
#define ALIVE_TIMES 3

struct address {
	socklen_t len;
	struct sockaddr_storage bytes;
};

struct answer {
	int error; /* of getaddrinfo() */
	size_t count;
	struct address all[ADDRESSES];
};

_Static_assert(sizeof(struct answer) <= PIPE_BUF, "it goes through a pipe in one piece");

struct dial {
	int epoll;
	int timer;
	bool looks_up;
	pid_t child; /* that looks up the name; 0: none */
	int pipe;    /* its answer */
	struct answer answer;
	size_t at; /* the address that is tried */
	int sock;  /* to it */
	int err;   /* of the addresses before, see failed() */
};

static void ask(const char *host, const char *port, int flags, struct answer *answer)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};
	struct addrinfo *found = NULL;

	*answer = (struct answer){ 0 };
	answer->error = getaddrinfo(host, port, &hints, &found);
	if (answer->error)
		return;
	for (const struct addrinfo *one = found; one && answer->count < ADDRESSES;
	     one = one->ai_next) {
		struct address *address = &answer->all[answer->count];

		if (one->ai_addrlen > sizeof(address->bytes))
			continue;
		address->len = one->ai_addrlen;
		memcpy(&address->bytes, one->ai_addr, one->ai_addrlen);
		answer->count++;
	}
	freeaddrinfo(found);
}

/* The child process, which keeps only the standard descriptors and the pipe. */
static void look_up(const char *host, const char *port, int pipe)
{
	struct answer answer;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	if (dup2(pipe, 3) != 3 || close_range(4, ~0U, 0))
		_exit(1);
	alarm(LOOKUP_SECONDS);
	ask(host, port, 0, &answer);
	_exit(write(3, &answer, sizeof(answer)) != sizeof(answer));
}

static int watch(const struct dial *dial, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	return epoll_ctl(dial->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int start_child(struct dial *dial, const char *host, const char *port)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	dial->pipe = ends[0];
	dial->child = fork();
	if (!dial->child)
		look_up(host, port, ends[1]);
	close(ends[1]);
	if (dial->child < 0) {
		dial->child = 0;
		return -errno;
	}
	return watch(dial, dial->pipe, EPOLLIN);
}

static void end_child(struct dial *dial)
{
	if (dial->pipe >= 0)
		close(dial->pipe);
	dial->pipe = -1;
	if (!dial->child)
		return;
	kill(dial->child, SIGKILL);
	waitpid(dial->child, NULL, 0);
	dial->child = 0;
}

static void set_timer(const struct dial *dial, int seconds)
{
	struct itimerspec when = { .it_value.tv_sec = seconds };

	timerfd_settime(dial->timer, 0, &when, NULL);
}

static void set_options(int sock)
{
	int values[] = { 1, 1, ALIVE_SECONDS, ALIVE_EVERY, ALIVE_TIMES };

	/* Telnet's urgent byte is to come in its place among the others. */
	setsockopt(sock, SOL_SOCKET, SO_OOBINLINE, &values[0], sizeof(int));
	/* Keys are sent as they are typed. */
	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &values[0], sizeof(int));
	setsockopt(sock, SOL_SOCKET, SO_KEEPALIVE, &values[1], sizeof(int));
	setsockopt(sock, IPPROTO_TCP, TCP_KEEPIDLE, &values[2], sizeof(int));
	setsockopt(sock, IPPROTO_TCP, TCP_KEEPINTVL, &values[3], sizeof(int));
	setsockopt(sock, IPPROTO_TCP, TCP_KEEPCNT, &values[4], sizeof(int));
}

/* Keeps the last error; but one about a kind of address explains little, and replaces no other. */
static void failed(struct dial *dial, int err)
{
	if (!dial->err || (err != -ENETUNREACH && err != -EAFNOSUPPORT && err != -EADDRNOTAVAIL))
		dial->err = err;
}

/* Starts to connect to the next address for which that is possible. */
static void connect_next(struct dial *dial)
{
	for (; dial->at < dial->answer.count; dial->at++) {
		const struct address *address = &dial->answer.all[dial->at];

		dial->sock = socket(address->bytes.ss_family,
				    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (dial->sock < 0) {
			failed(dial, -errno);
			continue;
		}
		set_options(dial->sock);
		if (!connect(dial->sock, (const struct sockaddr *)&address->bytes, address->len) ||
		    errno == EINPROGRESS) {
			int err = watch(dial, dial->sock, EPOLLOUT);

			set_timer(dial, ADDRESS_SECONDS);
			if (!err)
				return;
			failed(dial, err);
		} else {
			failed(dial, -errno);
		}
		close(dial->sock);
		dial->sock = -1;
	}
}

/* Whether the lookup has ended. */
static bool looked_up(struct dial *dial)
{
	ssize_t n = read(dial->pipe, &dial->answer, sizeof(dial->answer));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n != sizeof(dial->answer) || dial->answer.count > ADDRESSES)
		dial->answer = (struct answer){ .error = EAI_AGAIN };
	if (dial->answer.error)
		dial->err = -DIAL_NAME_ERRNO + dial->answer.error;
	end_child(dial);
	connect_next(dial);
	return true;
}

static bool timer_is_over(const struct dial *dial)
{
	uint64_t times;

	return read(dial->timer, &times, sizeof(times)) > 0;
}

/* Returns 0 if the current address is connected, -EINPROGRESS, or why it cannot be connected to. */
static int tried(const struct dial *dial)
{
	struct pollfd ready = { .fd = dial->sock, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0;

	if (poll(&ready, 1, 0) == 1) {
		getsockopt(dial->sock, SOL_SOCKET, SO_ERROR, &err, &len);
		return -err;
	}
	return timer_is_over(dial) ? -ETIMEDOUT : -EINPROGRESS;
}

int dial_step(struct dial *dial)
{
	int sock;
	int err;

	if (dial->child && !looked_up(dial))
		return -EINPROGRESS;
	while (dial->sock >= 0) {
		err = tried(dial);
		if (err == -EINPROGRESS)
			return err;
		sock = dial->sock;
		dial->sock = -1;
		if (!err) {
			epoll_ctl(dial->epoll, EPOLL_CTL_DEL, sock, NULL);
			return sock;
		}
		close(sock);
		failed(dial, err);
		dial->at++;
		connect_next(dial);
	}
	return dial->err ? dial->err : -EHOSTUNREACH;
}

struct dial *dial_new(const char *host, const char *port)
{
	struct dial *dial = calloc(1, sizeof(*dial));
	int err;

	if (!dial)
		return NULL;
	dial->pipe = -1;
	dial->sock = -1;
	dial->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	dial->epoll = epoll_create1(EPOLL_CLOEXEC);
	err = dial->timer < 0 || dial->epoll < 0 ? -errno : watch(dial, dial->timer, EPOLLIN);
	if (!err) {
		/* An address needs no lookup. */
		ask(host, port, AI_NUMERICHOST, &dial->answer);
		dial->looks_up = dial->answer.error;
		if (dial->looks_up)
			err = start_child(dial, host, port);
		else
			connect_next(dial);
	}
	if (!err)
		return dial;
	dial_free(dial);
	return NULL;
}

bool dial_looks_up(const struct dial *dial)
{
	return dial->looks_up;
}

int dial_fd(const struct dial *dial)
{
	return dial->epoll;
}

void dial_free(struct dial *dial)
{
	if (!dial)
		return;
	end_child(dial);
	if (dial->sock >= 0)
		close(dial->sock);
	if (dial->timer >= 0)
		close(dial->timer);
	if (dial->epoll >= 0)
		close(dial->epoll);
	free(dial);
}
