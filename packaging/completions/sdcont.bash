# bash completion for sdcont                               -*- shell-script -*-
#
# sdcont itself knows what fits: this hands it the words up to the cursor, and its answers to bash.

_sdcont() {
  local line=${COMP_LINE:0:COMP_POINT} words=() i piece current prefix candidate files=

  # bash parts words at '=' and ':' too; what stood together in the line is one word to sdcont
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    [ "$i" -lt "$COMP_CWORD" ] || piece=$line # all that is left, up to the cursor
    if [[ $i -gt 0 && $line != [[:space:]]* ]]; then
      words[${#words[@]} - 1]+=${piece}
    else
      line=${line#"${line%%[![:space:]]*}"}
      [ "$i" -lt "$COMP_CWORD" ] || piece=$line
      words+=("$piece")
    fi
    line=${line#"$piece"}
  done
  current=${words[${#words[@]} - 1]}

  # of the current word bash replaces only what stands behind the last '=' or ':'
  prefix=
  [[ $COMP_WORDBREAKS != *:* || $current != *:* ]] || prefix=${current%"${current##*:}"}
  [[ $COMP_WORDBREAKS != *=* || ${current#"$prefix"} != *=* ]] || prefix=${current%"${current##*=}"}

  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    if [[ $candidate = :files* ]]; then
      files=1
      candidate=${candidate#:files}
      i=${candidate# } # what stands before the file's name in the word
      while read -r candidate; do COMPREPLY+=("$i$candidate"); done < <(compgen -f -- "${current#"$i"}")
    else
      COMPREPLY+=("$candidate")
    fi
  done < <("$1" __complete "${words[@]:1}" 2>/dev/null)
  [ -z "$files" ] || compopt -o filenames 2>/dev/null
  for i in "${!COMPREPLY[@]}"; do
    candidate=${COMPREPLY[i]}
    case $candidate in *[=:,]) compopt -o nospace 2>/dev/null ;; esac
    COMPREPLY[i]=${candidate#"$prefix"}
  done
}

complete -F _sdcont sdcont
