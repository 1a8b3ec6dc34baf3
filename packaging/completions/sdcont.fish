# fish completion for sdcont
#
# sdcont itself knows what fits: this hands it the words up to the cursor, and its answers to fish.

function __sdcont_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    for line in ($words[1] __complete $words[2..] "$current" 2>/dev/null)
        if string match --quiet ':files*' -- $line
            set -l prefix (string replace --regex '^:files ?' '' -- $line)
            for file in (__fish_complete_path (string replace -- "$prefix" '' "$current"))
                echo "$prefix$file"
            end
        else
            echo $line
        end
    end
end

complete --command sdcont --no-files --arguments '(__sdcont_complete)'
