# SPDX-License-Identifier: GPL-2.0-only
# Completion for fish. What there is, kpl011 says.

function __kpl011
	set -l words (commandline -opc)
	set -l program $words[1]
	set -e words[1]
	for line in ($program __complete $words (commandline -ct) 2>/dev/null)
		if test "$line" = :files
			# Behind the kind of a source.
			set -l word (commandline -ct)
			if set -l kind (string match -r '^(?:unix|pty|pipe|file):' -- $word)
				set -l begun (string replace -- $kind '' $word)
				for path in (__fish_complete_path $begun)
					echo $kind$path
				end
			else
				__fish_complete_path $word
			end
		else
			echo $line
		end
	end
end

complete -c kpl011 -f -a '(__kpl011)'
