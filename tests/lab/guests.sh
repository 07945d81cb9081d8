# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What runs inside the emulated host: the nested guests' images, build/lab/guests/. The Linux
# guest's kernel is that of the host, added by run.

guests() {
	local new=$lab/guests.new root=$lab/guests.new/root cross=aarch64-linux-gnu-
	[ "$machine" != arm64 ] || cross=
	rm -rf "$new"
	mkdir -p "$root"/{bin,dev,proc,sys,tmp}
	cp -a "$lab/busybox" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	cp "$lab_src/guest-init" "$root/init"
	chmod 755 "$root/init"
	pack_initramfs "$root" "$new/initrd"
	rm -rf "$root"
	cp "$lab/u-boot.bin" "$new/"
	make -s -C "$top/tests/guests" BUILD="$new/elf" CROSS_COMPILE=$cross
	mv "$new"/elf/*.bin "$new/"
	rm -rf "$new/elf" "$lab/guests"
	mv "$new" "$lab/guests"
}
