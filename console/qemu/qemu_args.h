/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command line of QEMU's tells: the guest's name, and where QEMU's
 * monitor listens. Pure.
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

/* Its -uuid, as libvirt gives it that of the domain: 36 characters in lower case. */
#define QEMU_ARGS_UUID_SIZE 37
bool qemu_args_uuid(const char *args, size_t len, char uuid[QEMU_ARGS_UUID_SIZE]);

/* Monitors beyond these are not looked at. */
#define QEMU_ARGS_QMP_MAX 8

/**
 * qemu_args_qmp - find the sockets of QEMU's QMP monitors
 * @args: as above
 * @len: as above
 * @index: which of them, from 0; less than QEMU_ARGS_QMP_MAX
 * @path: where its path goes, as it is written
 * @size: bytes at @path
 *
 * These are "-qmp unix:PATH,server=on", and "-mon chardev=ID,mode=control" with
 * a "-chardev socket,id=ID,path=PATH,server=on"; "server" alone is the same as
 * "server=on". Where QEMU does not listen itself, or on an abstract socket, or
 * where the path does not fit, there is none.
 *
 * Return: whether there is one with this index
 */
bool qemu_args_qmp(const char *args, size_t len, size_t index, char *path, size_t size);

/**
 * qemu_args_serial - find the socket of the first serial port
 * @args: as above, of QEMU or of cloud-hypervisor
 * @len: as above
 * @path: where its path goes, as it is written
 * @size: bytes at @path
 *
 * "-serial unix:PATH,server=on", "-serial chardev:ID" with a chardev as above,
 * and cloud-hypervisor's "--serial socket=PATH".
 *
 * Return: whether there is one
 */
bool qemu_args_serial(const char *args, size_t len, char *path, size_t size);

/* Whether the option @name, without its dash, is among these arguments. */
bool qemu_args_has(const char *args, size_t len, const char *name);

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
