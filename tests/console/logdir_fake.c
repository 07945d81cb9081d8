// SPDX-License-Identifier: GPL-2.0-only
#include "logdir_fake.h"

#include <string.h>

#include "daemon/logdir.h"
#include "guests/guests.h"
#include "source/owner.h"

int logdir_failing;
int logdir_err;

void logdir_failed(struct logdir *dir, const char *file, int err)
{
	(void)dir;
	(void)file;
	logdir_err = err;
	logdir_failing++;
}

void logdir_worked(struct logdir *dir, const char *file, int err)
{
	(void)dir;
	(void)file;
	(void)err;
	logdir_failing--;
}

void logdir_forget(struct logdir *dir, int err)
{
	(void)dir;
	(void)err;
	logdir_failing--;
}

const char *guests_label(const struct source_facts *facts, char label[SOURCE_NAME_SIZE])
{
	(void)facts;
	return strcpy(label, "web1");
}

const char *facts_user(const struct source_facts *facts, char user[USER_NAME_SIZE])
{
	(void)facts;
	return strcpy(user, "somebody");
}
