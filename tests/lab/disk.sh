# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# The root disk of the emulated host: ext4, made without mounting it.

# host_disk: extracts the packages, trims them, and makes build/lab/host.img; busybox and
# U-Boot are kept beside it.
host_disk() {
	local root=$lab/host.new megabytes
	mapfile -t packages < <(grep -v '^#' "$lab_src/packages.host")
	apt_fetch_all "${packages[@]}"
	rm -rf "$root"
	unpack "$root"
	cp -a "$root/usr/bin/busybox" "$lab/busybox"
	cp "$root/usr/lib/u-boot/qemu_arm64/u-boot.bin" "$lab/u-boot.bin"
	host_trim "$root"
	host_fill "$root"
	megabytes=$(($(du -sm "$root" | cut -f 1) * 12 / 10 + 256))
	rm -f "$lab/host.img.new"
	truncate -s ${megabytes}M "$lab/host.img.new"
	as_owner mke2fs -q -t ext4 -O ^has_journal -m 0 -E root_owner=0:0 \
		-d "$root" "$lab/host.img.new"
	mv "$lab/host.img.new" "$lab/host.img"
	rm -rf "$root"
}

# host_trim FOLDER: drops what is of no use in the emulated host
host_trim() {
	local usr=$1/usr
	rm -rf "$usr"/share/{doc,man,info,locale,i18n,perl,perl5,iso-codes,xml,lintian,bug,bash-completion} \
		"$usr"/share/{alsa,drirc.d,zsh,fonts,icons,applications,gdb} \
		"$usr"/lib/{u-boot,systemd} "$usr"/lib/*/{gconv,perl,perl-base,security} \
		"$usr"/lib/*/libperl.so* "$usr"/bin/perl* \
		"$usr"/share/qemu/{edk2-*,*.dtb,*.lid,openbios*,skiboot*,hppa*,palcode*,keymaps}
}

# host_fill FOLDER: what no package brings
host_fill() {
	local root=$1 dir
	for dir in dev proc sys run tmp lab share guests root home/user etc; do
		mkdir -p "$root/$dir"
	done
	chmod 1777 "$root/tmp"
	ln -sf busybox "$root/usr/bin/awk"
	ln -sf busybox "$root/usr/bin/su" # the other one needs PAM set up
	printf '%s\n' root:x:0:0:root:/root:/bin/sh user:x:1000:1000:user:/home/user:/bin/sh \
		nobody:x:65534:65534:nobody:/:/bin/false >"$root/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: kvm:x:104:user user:x:1000: nogroup:x:65534: \
		>"$root/etc/group"
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$root/etc/hosts"
}
