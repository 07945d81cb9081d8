// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kpl011.h>

#include "source/source_port.h"

/* A port that is a file: its history can be mapped as the module's. */
static char dir[] = "/tmp/kpl011-test-source-port-XXXXXX";
static char path[sizeof(dir) + 8];
static size_t page;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct kpl011_info *info;
	va_list ap;

	(void)fd;
	assert_int_equal(request, KPL011_INFO);
	va_start(ap, request);
	info = va_arg(ap, struct kpl011_info *);
	va_end(ap);
	info->ring_size = KPL011_RING_MIN;
	return 0;
}

static int setup(void **state)
{
	struct kpl011_ring ring = { .version = 1, .size = KPL011_RING_MIN };
	int fd;

	(void)state;
	page = (size_t)sysconf(_SC_PAGESIZE);
	ring.offset = (uint32_t)page;
	ring.head = 5;
	ring.reserved = 5;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(setenv("KPL011_DEV_DIR", dir, 1), 0);
	snprintf(path, sizeof(path), "%s/7", dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)page + KPL011_RING_MIN), 0);
	assert_int_equal(pwrite(fd, &ring, sizeof(ring), 0), sizeof(ring));
	assert_int_equal(pwrite(fd, "hello", 5, (off_t)page), 5);
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	rmdir(dir);
	return 0;
}

/* Whether this process has the port mapped. */
static bool is_mapped(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	bool found = false;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		found |= !!strstr(line, path);
	fclose(maps);
	return found;
}

static void test_a_process_that_is_forked_keeps_no_history(void **state)
{
	struct source *src;
	uint64_t skipped;
	char text[8];
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(port_open(7, false, &src), 0);
	assert_int_equal(src->ops->read(src, text, sizeof(text), &skipped), 5);
	assert_memory_equal(text, "hello", 5);
	assert_true(is_mapped());
	pid = fork();
	if (!pid)
		_exit(is_mapped());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* Here it is as it was. */
	assert_true(is_mapped());
	source_close(src);
	assert_false(is_mapped());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_process_that_is_forked_keeps_no_history,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
