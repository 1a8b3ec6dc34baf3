#compdef sdcont
# zsh completion for sdcont
#
# sdcont itself knows what fits: this hands it the words up to the cursor, and its answers to zsh.

_sdcont() {
  local line word help prefix
  local -a ready open shown_ready shown_open
  local files=

  for line in "${(@f)$(_call_program sdcont-words ${(q)words[1]} __complete ${(q)words[2,CURRENT-1]} ${(q)PREFIX:-''} 2>/dev/null)}"; do
    word=${line%%$'\t'*} help=${line#*$'\t'}
    case $word in
      '') ;;
      :files*) files=1 prefix=${${word#:files}# } ;;
      *[=:,]) open+=("$word") shown_open+=("$word${help:+  -- $help}") ;;
      *) ready+=("$word") shown_ready+=("$word${help:+  -- $help}") ;;
    esac
  done
  [[ ${#ready} = 0 ]] || compadd -l -d shown_ready -a ready
  [[ ${#open} = 0 ]] || compadd -l -S '' -d shown_open -a open
  if [[ -n $files ]]; then
    [[ -z $prefix ]] || compset -P "${(b)prefix}"
    _files
  fi
}

if [[ $funcstack[1] = _sdcont ]]; then
  _sdcont "$@"
else
  compdef _sdcont sdcont
fi
