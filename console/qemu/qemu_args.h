/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads QEMU's command line: the guest's name and UUID, and the sockets of the
 * monitors and of the serial port. Pure.
 */
#ifndef KPL011_QEMU_ARGS_H
#define KPL011_QEMU_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * qemu_args_name - find the guest's name
 * @args: the arguments, each with its NUL, as in /proc/PID/cmdline
 * @len: bytes at @args; what follows the last NUL was cut off, and is ignored
 * @name: set to the name, cut to fit
 * @size: bytes at @name, at least 1
 *
 * Options begin with one dash or two, and take their value from the next
 * argument: "-name web1", "--name guest=web1,debug-threads=on". There is no
 * "-name=web1". A comma in a name is written twice. Later options override
 * earlier ones, key by key.
 *
 * This function does not know QEMU's other options. It would take another
 * option's value that reads "-name" for the option; nobody has such values.
 *
 * Return: whether there is a name that is not empty
 */
bool qemu_args_name(const char *args, size_t len, char *name, size_t size);

/* The value of -uuid, which libvirt sets to the domain's: 36 characters in lower case. */
#define QEMU_ARGS_UUID_SIZE 37
bool qemu_args_uuid(const char *args, size_t len, char uuid[QEMU_ARGS_UUID_SIZE]);

/* Further monitors are ignored. */
#define QEMU_ARGS_QMP_MAX 8

/**
 * qemu_args_qmp - find the socket of a QMP monitor
 * @args: as above
 * @len: as above
 * @index: which monitor, from 0; less than QEMU_ARGS_QMP_MAX
 * @path: set to the socket's path, as it is written
 * @size: bytes at @path
 *
 * Monitors are "-qmp unix:PATH,server=on", and "-mon chardev=ID,mode=control"
 * with a "-chardev socket,id=ID,path=PATH,server=on"; "server" alone is the same
 * as "server=on". A monitor does not count if QEMU connects instead of listening,
 * if its socket is abstract, or if the path does not fit.
 *
 * Return: whether there is a monitor with this index
 */
bool qemu_args_qmp(const char *args, size_t len, size_t index, char *path, size_t size);

/**
 * qemu_args_serial - find the socket of the first serial port
 * @args: as above, of QEMU or of cloud-hypervisor
 * @len: as above
 * @path: set to the socket's path, as it is written
 * @size: bytes at @path
 *
 * Knows "-serial unix:PATH,server=on", "-serial chardev:ID" with a chardev as
 * above, and cloud-hypervisor's "--serial socket=PATH".
 *
 * Return: whether the first serial port has such a socket
 */
bool qemu_args_serial(const char *args, size_t len, char *path, size_t size);

/* Whether the option @name, without its dash, is among these arguments. */
bool qemu_args_has(const char *args, size_t len, const char *name);

#endif /* KPL011_QEMU_ARGS_H */
