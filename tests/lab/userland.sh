# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# The root disk of a host as an operator has it: a Debian with systemd and apt, and with DKMS and
# a compiler or without, installed by its own dpkg in the emulated host, once.

# userland_packages DEBIAN: the file that lists what that host has
userland_packages() {
	case $1 in
	plain-*) echo "$lab_src/packages.plain" ;;
	*) echo "$lab_src/packages.userland" ;;
	esac
}

# userland_disk DEBIAN: makes build/lab/debian-$1.img, with the package of kernel $lab_k, or, unless
# it is plain, with its headers
userland_disk() {
	local debian=$1 root=$lab/debian-$1.new image=$lab/debian-$1.img packages
	mapfile -t packages < <(sed -E "/^#/d; s/^$debian //; /^1[0-9] /d" "$(userland_packages "$debian")")
	case $debian in
	plain-*) packages+=("linux-image-$(<"$lab_k/name")") ;;
	*) packages+=("linux-headers-$(<"$lab_k/name")") ;;
	esac
	apt_fetch_all '?and(?essential,?architecture(arm64))' "${packages[@]}"
	rm -rf "$root"
	unpack "$root"
	userland_fill "$root"
	rm -f "$image.new"
	truncate -s 4G "$image.new"
	as_owner mke2fs -q -t ext4 -O ^has_journal -m 0 -E root_owner=0:0 -d "$root" "$image.new"
	rm -rf "$root"
	userland_install "$image.new"
	mv "$image.new" "$image"
}

# userland_fill FOLDER: what dpkg and the packages' scripts need before they have run
userland_fill() {
	local root=$1
	mkdir -p "$root"/{dev,proc,sys,run,tmp,lab,share,guests,root,etc} \
		"$root"/var/lib/dpkg/{info,updates,triggers,parts}
	chmod 1777 "$root/tmp"
	: >"$root/var/lib/dpkg/status"
	: >"$root/var/lib/dpkg/available"
	cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
	cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
	ln -sf mawk "$root/usr/bin/awk"
	echo debian >"$root/etc/hostname"
	printf '%s\n' '127.0.0.1 localhost debian' '::1 localhost' >"$root/etc/hosts"
}

# userland_install IMAGE: boots it, and has its dpkg install the packages fetched last
userland_install() {
	local disk=$lab/debian.debs size
	rm -rf "$disk"
	mkdir -p "$disk/debs" "$lab/log"
	# Uncompressed: that is quick here, and slow there.
	# shellcheck disable=SC2016
	printf '%s\0' "${apt_files[@]}" | as_owner xargs -0 -P "$(nproc)" -I DEB sh -euc '
		name=${1##*/}
		dpkg-deb --raw-extract "$1" "$2/$name.dir"
		dpkg-deb -Znone --build "$2/$name.dir" "$2/$name" >/dev/null
		rm -rf "$2/$name.dir"' sh DEB "$disk/debs"
	install -m 755 "$lab_src/userland-first-init" "$disk/init"
	size=$(du -sm "$disk" | cut -f 1)
	rm -f "$disk.img"
	truncate -s $((size * 5 / 4 + 64))M "$disk.img"
	mke2fs -q -t ext4 -L lab-run -m 0 -d "$disk" "$disk.img"
	rm -rf "$disk"
	timeout 3600 qemu-system-aarch64 -M virt,gic-version=3 -cpu neoverse-n1 -smp 2 -m 2560 \
		-accel tcg,thread=multi -nodefaults -no-user-config -display none -monitor none \
		-no-reboot -kernel "$lab_k/image/Image" -initrd "$lab_k/initramfs" \
		-append "console=ttyAMA0 panic=-1" -serial "file:$lab/log/debian.log" \
		-drive "file=$1,if=none,id=root,format=raw,cache=unsafe" \
		-drive "file=$disk.img,if=none,id=run,format=raw,cache=unsafe" \
		-device virtio-blk-pci,drive=root -device virtio-blk-pci,drive=run </dev/null
	rm -f "$disk.img"
	e2fsck -fy "$1" >/dev/null 2>&1 || true
	grep -q '^lab: installed' "$lab/log/debian.log" ||
		die "the packages were not installed; the end of $lab/log/debian.log:" \
			"$(tail -n 15 "$lab/log/debian.log")"
}
