/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What QEMU calls a guest: its -name, read from a command line. Pure.
 */
#ifndef KPL011_QEMU_ARGS_H
#define KPL011_QEMU_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * qemu_args_name - find the guest's name
 * @args: the arguments, each with its NUL, as in /proc/PID/cmdline
 * @len: bytes at @args; what is behind the last NUL was cut off and is ignored
 * @name: where the name goes, cut to fit
 * @size: bytes at @name, at least 1
 *
 * Options begin with one dash or two, and take their value from the next
 * argument: "-name web1", "--name guest=web1,debug-threads=on". There is no
 * "-name=web1". A comma in a name is written twice. Later options override
 * earlier ones, each of the keys on its own.
 *
 * QEMU's other options are not known here, so that a value that reads "-name"
 * would be taken for the option; nobody has such values.
 *
 * Return: whether there is a name, and it is not empty
 */
bool qemu_args_name(const char *args, size_t len, char *name, size_t size);

/**
 * qemu_args_port_name - make a name that a port may have
 * @dst: where to
 * @size: bytes at @dst
 * @src: any string
 *
 * A port's name is printable ASCII without '/'; other bytes become '_', and
 * what does not fit is cut.
 */
void qemu_args_port_name(char *dst, size_t size, const char *src);

/* Whether a port may have this name as it is, in @size bytes with its NUL. */
bool qemu_args_port_name_ok(const char *name, size_t size);

#endif /* KPL011_QEMU_ARGS_H */
