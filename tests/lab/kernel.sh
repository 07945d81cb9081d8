# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# A kernel for the emulated host: its image, its modules, and the headers to build for it.

# kernel_choose: which Debian package is the newest of this kernel; the answer is kept, so
# that image and headers match.
kernel_choose() {
	local image flavour=-cloud-arm64
	[ "$kernel" != 6.12-rt ] || flavour=-rt-arm64
	image=$(apt_newest "linux-image-${kernel%-*}." "$flavour")
	[ -n "$image" ] || die "apt has no linux-image-${kernel%-*}*$flavour in $release"
	echo "${image#linux-image-}" >"$lab_k/name.new"
	mv "$lab_k/name.new" "$lab_k/name"
}

# kernel_headers: the headers, made to work where they are extracted. The build tools among
# them are the machine's own.
kernel_headers() {
	local name version common new=$lab_k/headers.new
	name=$(<"$lab_k/name")
	version=${name%-arm64}
	version=${version%-*}
	common=linux-headers-$version-common
	[ "$kernel" != 6.12-rt ] || common+=-rt
	local kbuild=linux-kbuild-$version
	apt_has "$kbuild:$machine" || kbuild=linux-kbuild-$kernel
	apt_fetch "linux-headers-$name:arm64" "$common" "$kbuild:$machine"
	rm -rf "$new"
	unpack "$new"
	sed -i 's,/usr/src/,../,' "$new/usr/src/linux-headers-$name/Makefile"
	sed -i -E 's/gcc-[0-9]+/gcc/' "$new/usr/src/linux-headers-$name/.kernelvariables"
	rm -rf "$lab_k/headers"
	mv "$new" "$lab_k/headers"
	ln -sfn "headers/usr/src/linux-headers-$name" "$lab_k/kdir"
}

# The modules the emulated host loads where they are not built in, in this order.
host_modules=(crc16 libcrc32c crc32c_generic mbcache jbd2 ext4 virtio_ring virtio
	virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk virtio_console veth)

# kernel_image: the image, uncompressed, its configuration and those modules. A newer Debian
# has them in packages of their own.
kernel_image() {
	local name part parts=() module found new=$lab_k/image.new
	name=$(<"$lab_k/name")
	for part in image binary modules base; do
		! apt_has "linux-$part-$name:arm64" || parts+=("linux-$part-$name:arm64")
	done
	apt_fetch "${parts[@]}"
	rm -rf "$new"
	unpack "$new/all"
	found=$(find "$new/all" -name "vmlinuz*" -type f)
	[ -f "$found" ] || die "no kernel image in ${parts[*]}"
	if gzip -t "$found" 2>/dev/null; then
		zcat "$found" >"$new/Image"
	else
		mv "$found" "$new/Image"
	fi
	find "$new/all" \( -name "config-$name" -o -name config \) -type f -exec mv {} "$new/config" \;
	mkdir "$new/modules"
	: >"$new/modules/order"
	for module in "${host_modules[@]}"; do
		found=$(find "$new/all" -name "$module.ko*" -type f)
		case $found in
		'') continue ;;
		*.xz) xz -dc "$found" >"$new/modules/$module.ko" ;;
		*.zst) zstd -qdc "$found" >"$new/modules/$module.ko" ;;
		*) mv "$found" "$new/modules/" ;;
		esac
		echo "$module" >>"$new/modules/order"
	done
	rm -rf "$new/all" "$lab_k/image"
	mv "$new" "$lab_k/image"
}

# kernel_initramfs: what finds the host's disks: a static busybox, first-init and the modules
kernel_initramfs() {
	local new=$lab_k/initramfs.dir
	rm -rf "$new"
	mkdir -p "$new"/{bin,dev,proc,sys,root}
	cp -a "$lab/busybox" "$new/bin/busybox"
	ln -s busybox "$new/bin/sh"
	cp -a "$lab_k/image/modules" "$new/modules"
	cp "$lab_src/first-init" "$new/init"
	chmod 755 "$new/init"
	pack_initramfs "$new" "$lab_k/initramfs"
	rm -rf "$new"
}

# pack_initramfs FOLDER FILE
pack_initramfs() {
	(cd "$1" && find . | cpio -o -H newc -R 0:0 --quiet) >"$2.new"
	mv "$2.new" "$2"
}
