# SPDX-License-Identifier: GPL-2.0-only
# What goes where. Each part is a list of MODE:SOURCE:DESTINATION, by which it is installed and
# removed. What is below system/ goes to the same place below PREFIX/lib.

PREFIX		?= /usr/local
SYSCONFDIR	?= /etc
DESTDIR		?=
bindir		 = $(PREFIX)/bin
libdir		 = $(PREFIX)/lib
mandir		 = $(PREFIX)/share/man
docdir		 = $(PREFIX)/share/doc/kpl011
BASHDIR		?= $(PREFIX)/share/bash-completion/completions
ZSHDIR		?= $(PREFIX)/share/zsh/site-functions
FISHDIR		?= $(PREFIX)/share/fish/vendor_completions.d
MODDIR		?= /lib/modules/$(KRELEASE)/updates
# DKMS looks here only.
dkmsdir		 = /usr/src/kpl011-$(VERSION)

# $(call into,MODE,FILES,FOLDER)
into		 = $(foreach file,$(2),$(1):$(file):$(3)/$(notdir $(file)))
# $(call as,MODE,FILES,TOP,FOLDER): below FOLDER as they are below TOP
as		 = $(foreach file,$(2),$(1):$(file):$(4)/$(patsubst $(3)%,%,$(file)))

console-files	 = 755:$(BUILD)/kpl011:$(bindir)/kpl011 \
		   $(foreach n,1 5 8,$(call into,644,$(wildcard console/*.$(n)),$(mandir)/man$(n))) \
		   $(call into,644,docs/examples/screen.conf,$(docdir)) \
		   $(call into,644,$(wildcard docs/examples/*.yml docs/examples/*.json),$(docdir)) \
		   $(call into,644,$(wildcard console/completion/kpl011),$(BASHDIR)) \
		   $(patsubst %,644:%:$(BASHDIR)/kpl011,$(wildcard console/completion/kpl011.bash)) \
		   $(call into,644,$(wildcard console/completion/_kpl011),$(ZSHDIR)) \
		   $(patsubst %,644:%:$(ZSHDIR)/_kpl011,$(wildcard console/completion/kpl011.zsh)) \
		   $(call into,644,$(wildcard console/completion/*.fish),$(FISHDIR))
# The units name the program, so they are written anew.
units		 = $(notdir $(wildcard $(addprefix console/systemd/*.,service socket timer path target)))
UNITDIR		?= $(libdir)/systemd/system
# What the operator edits: never overwritten, and removed only if it was not touched.
settings	 = $(notdir $(wildcard docs/examples/kpl011.conf))
settingsdir	 = $(SYSCONFDIR)/kpl011

system-files	 = $(call as,644,$(wildcard system/*/*.conf system/*/*/*.rules),system/,$(libdir))
module-files	 = 644:$(BUILD)/kpl011.ko:$(MODDIR)/kpl011.ko $(system-files)
dkms-files	 = $(foreach file,VERSION COPYING Kbuild $(wildcard kmod/*.[ch] uapi/linux/*.h),\
			644:$(file):$(dkmsdir)/$(file)) $(system-files)
dev-files	 = $(call as,644,$(wildcard uapi/linux/*.h),uapi/,$(PREFIX)/include) \
		   $(call into,644,$(wildcard docs/examples/*.c),$(docdir)/examples)

field		 = $(word $(2),$(subst :, ,$(1)))
define put-file
	install -D -m $(call field,$(1),1) $(call field,$(1),2) '$(DESTDIR)$(call field,$(1),3)'

endef
define drop-file
	rm -f '$(DESTDIR)$(call field,$(1),3)'

endef
put		 = $(foreach file,$(1),$(call put-file,$(file)))
drop		 = $(foreach file,$(1),$(call drop-file,$(file)))
# Folders that only we have, once they are empty.
drop-folder	 = @rmdir --ignore-fail-on-non-empty $(foreach dir,$(1),'$(DESTDIR)$(dir)') 2>/dev/null || true

.PHONY: install install-console install-module install-dkms install-dev
install: install-console install-module install-dev

install-console: console
	$(call put,$(console-files))
	@for unit in $(units); do \
		echo "install -D -m 644 $$unit $(DESTDIR)$(UNITDIR)/$$unit"; \
		install -d '$(DESTDIR)$(UNITDIR)' && \
		sed 's,/usr\(/local\)\?/bin/kpl011,$(bindir)/kpl011,g' "console/systemd/$$unit" \
			>'$(DESTDIR)$(UNITDIR)'/"$$unit" && \
		chmod 644 '$(DESTDIR)$(UNITDIR)'/"$$unit" || exit; \
	done
	@for file in $(settings); do \
		to='$(DESTDIR)$(settingsdir)'/"$$file"; \
		if [ -e "$$to" ] && ! cmp -s "docs/examples/$$file" "$$to"; then \
			echo "$$to was edited: left as it is (new: docs/examples/$$file)"; \
		else \
			echo "install -D -m 644 docs/examples/$$file $$to"; \
			install -D -m 644 "docs/examples/$$file" "$$to" || exit; \
		fi; \
	done

install-module: module
	$(call put,$(module-files))
	$(if $(DESTDIR),,depmod $(KRELEASE))

install-dkms:
	$(call put,$(dkms-files))
	sed 's/#MODULE_VERSION#/$(VERSION)/' dkms.conf >'$(DESTDIR)$(dkmsdir)/dkms.conf'
	chmod 644 '$(DESTDIR)$(dkmsdir)/dkms.conf'
	$(if $(DESTDIR),,dkms install -m kpl011 -v $(VERSION))

install-dev:
	$(call put,$(dev-files))

.PHONY: uninstall uninstall-console uninstall-module uninstall-dkms uninstall-dev
uninstall: uninstall-console uninstall-module uninstall-dkms uninstall-dev

uninstall-console:
	$(call drop,$(console-files))
	rm -f $(foreach unit,$(units),'$(DESTDIR)$(UNITDIR)/$(unit)')
	@for file in $(settings); do \
		to='$(DESTDIR)$(settingsdir)'/"$$file"; \
		if [ -e "$$to" ] && ! cmp -s "docs/examples/$$file" "$$to"; then \
			echo "$$to was edited: left as it is"; \
		else \
			rm -f "$$to"; \
		fi; \
	done
	$(call drop-folder,$(settingsdir) $(docdir))

# The settings of the system are shared with DKMS's module: who removes one has both removed.
uninstall-module:
	$(call drop,$(module-files))
	$(if $(DESTDIR),,$(if $(KRELEASE),depmod $(KRELEASE)))

uninstall-dkms:
	$(if $(DESTDIR),,! dkms status kpl011/$(VERSION) 2>/dev/null | grep -q . || dkms remove kpl011/$(VERSION) --all)
	$(call drop,$(dkms-files))
	rm -f '$(DESTDIR)$(dkmsdir)/dkms.conf'
	$(call drop-folder,$(dkmsdir)/kmod $(dkmsdir)/uapi/linux $(dkmsdir)/uapi $(dkmsdir))

uninstall-dev:
	$(call drop,$(dev-files))
	$(call drop-folder,$(docdir)/examples $(docdir))
