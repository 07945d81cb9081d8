// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guests/vmfind.h"

#define WORD 100000
#define WORDS 10

/* A process whose owner has made its command line a megabyte long; it waits for its end. */
static pid_t start(int *end)
{
	static char word[WORD + 1];
	char *words[WORDS + 4] = { "sh", "-c", "echo; read x" };
	int in[2];
	int out[2];
	char byte;
	pid_t pid;

	memset(word, 'a', WORD);
	for (int i = 0; i < WORDS; i++)
		words[3 + i] = word;
	assert_int_equal(pipe(in) | pipe(out), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execv("/bin/sh", words);
		_exit(1);
	}
	close(in[0]);
	close(out[1]);
	assert_int_equal(read(out[0], &byte, 1), 1);
	close(out[0]);
	*end = in[1];
	return pid;
}

static void test_of_a_long_command_line_its_beginning_is_read(void **state)
{
	char *command;
	int end;
	pid_t pid = start(&end);

	(void)state;
	command = vmfind_command(pid);
	assert_non_null(command);
	assert_memory_equal(command, "sh -c echo; read x aaa", 22);
	assert_in_range(strlen(command), 60000, 64 * 1024);
	free(command);
	close(end);
	waitpid(pid, NULL, 0);
	assert_null(vmfind_command(pid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_a_long_command_line_its_beginning_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
