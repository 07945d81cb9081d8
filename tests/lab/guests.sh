# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What runs inside the emulated host: the nested guests' images, build/lab/guests/. The Linux
# guest's kernel is that of the host, added by run.

guests() {
	local new=$lab/guests.new root=$lab/guests.new/root cross=aarch64-linux-gnu-
	[ "$machine" != arm64 ] || cross=
	rm -rf "$new"
	mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp}
	cp -a "$lab/busybox" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	cp "$lab_src/guest-init" "$root/init"
	cp "$lab_src/guest-check" "$root/bin/check"
	cp "$lab_src/guest-measure" "$root/bin/measure"
	chmod 755 "$root/init" "$root"/bin/{check,measure}
	echo root::0:0:root:/:/bin/sh >"$root/etc/passwd"
	pack_initramfs "$root" "$new/initrd"
	rm -rf "$root"
	cp "$lab/u-boot.bin" "$new/"
	apt_fetch qemu-efi-aarch64
	unpack "$new/efi"
	cp "$new/efi/usr/share/qemu-efi-aarch64/QEMU_EFI.fd" "$new/efi.fd"
	rm -rf "$new/efi"
	make -s -C "$top/tests/guests" BUILD="$new/elf" CROSS_COMPILE=$cross
	mv "$new"/elf/*.bin "$new/"
	"${cross}gcc" -O2 -Wall -Wextra -Werror -std=gnu11 -ffreestanding -fno-stack-protector \
		-nostdlib -static -o "$new/hold-vm" "$lab_src/hold-vm.c"
	rm -rf "$new/elf" "$lab/guests"
	mv "$new" "$lab/guests"
}
