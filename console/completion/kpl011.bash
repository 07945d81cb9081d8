# SPDX-License-Identifier: GPL-2.0-only
# Completion for bash. What there is, kpl011 says.

_kpl011() {
	local word what
	COMPREPLY=()
	while IFS=$'\t' read -r word what; do
		if [ "$word" = :files ]; then
			compopt -o default
		else
			# Names of guests are others': nothing of them is for the shell.
			printf -v word %q "$word"
			# A path follows.
			[[ $word != *: ]] || compopt -o nospace
			COMPREPLY+=("$word")
		fi
	done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kpl011 kpl011
