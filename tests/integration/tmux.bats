#!/usr/bin/env bats
# A real terminal session: a shell in a window of tmux, whose keys are typed and whose screen is read.

load common

tm() { LC_ALL=C.UTF-8 tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@"; }
keys() { tm send-keys -t main "$@"; }
# A line for a shell, typed again where its line editor's questions to the terminal took what came too early.
enter() {
  typed() {
    keys C-u
    keys -l "$1"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      [[ $(tm capture-pane -pJ -t main | grep . | tail -n 1) != *"> $1"* ]] || return 0
      sleep 0.05
    done
    return 1
  }
  wait_until typed "$1"
  keys Enter
}
screen() { tm capture-pane -p -t main; }
# The screen has a line like this (extended regular expression).
shows() {
  shown() { screen | grep -qE -- "$1"; }
  wait_until shown "$1" && return
  screen >&2
  return 1
}
# The screen has nothing but a prompt.
afresh() {
  empty() { [ "$(screen | grep -c .)" -eq 1 ]; }
  enter clear
  wait_until empty
}
# A command is done: its shell answers again. (What is typed is not what is looked for.)
said=0
prompt() {
  said=$((said + 1))
  enter "echo said $said- | sed s/-/ok/"
  shows "^said ${said}ok"
}

eval "common_$(declare -f setup)"
setup() {
  common_setup
  tm new-session -d -s main -x 80 -y 24 "env -i PATH='$PATH' TERM=screen S='$SDCONT' ROOT='$ROOT' PS1='host> ' sh"
  tm set-option -g status off >/dev/null
  tm resize-window -t main -x 80 -y 24
  shows "^host>"
  enter "stty -g >$BATS_TEST_TMPDIR/mode"
  wait_until test -s "$BATS_TEST_TMPDIR/mode"
}
clean_up() { screen | grep . >&2 || true; tm kill-server 2>/dev/null || true; }

# Back at the shell outside, whose terminal is as it was.
outside() {
  back() { [[ $(screen | grep . | tail -n 1) == *"host>" ]]; }
  wait_until back
  afresh
  enter "stty -g | cmp - $BATS_TEST_TMPDIR/mode && echo sa''me-mode"
  shows "^same-mode"
}

# What a shell inside has of its terminal, and what it does with it.
works_inside() {
  enter "stty size"
  shows "^24 80$"
  afresh
  tm resize-window -t main -x 100 -y 30
  sized() { enter "stty size"; screen | grep -qx "30 100"; }
  wait_until sized
  afresh
  enter "sleep 1002"
  sleeps() { sdcont exec box ps -o args | grep -qx "sleep 1002"; }
  wait_until sleeps
  keys C-c
  prompt
  afresh
  enter "sleep 1001 & jobs"
  shows "Running +sleep 1001"
  enter "fg"
  shows "^sleep 1001"
  stopped() { keys C-z; sleep 0.2; screen | grep -qE "Stopped +sleep 1001"; }
  wait_until stopped
  enter "kill -9 %1"
  prompt
  enter "vi /text"
  shows "^- /text "
  keys -l "ihello from vi"
  keys Escape
  shows "^hello from vi"
  shows "^- /text .Modified" # no longer inserting
  [ "$(screen | grep -c '^~')" -ge 27 ] # all of the screen
  keys -l ":wq"
  keys Enter
  prompt
  afresh
  enter "cat /text"
  shows "^hello from vi$"
  enter "top -d 1"
  shows "^ *PID +PPID +USER"
  keys q
  prompt
  tm resize-window -t main -x 80 -y 24
}

@test "exec -it in a real terminal: size, Ctrl-C, job control, full-screen programs" {
  sdcont run -d --name box "$ROOT" sleep 1000 >/dev/null
  enter '$S exec -it -e PS1="in> " box sh'
  shows "^in>"
  works_inside
  enter "exit 3"
  outside
  enter '$S exec -it box sh -c "exit 3"; echo sta""tus $?'
  shows "^status 3"
  afresh
  enter '$S exec -it -e PS1="in> " box sh'
  shows "^in>"
  keys C-p C-q # left: the shell inside stays
  outside
  [ "$(sdcont exec box ps -o args | grep -cx sh)" -eq 1 ]
  sdcont rm -f box
}

@test "run -it in a real terminal: the same, and leaving and coming back" {
  enter '$S run -it --name box -e PS1="in> " $ROOT sh'
  shows "^in>"
  works_inside
  afresh
  enter "i=0; while :; do i=\$((i + 1)); echo tick; sleep 0.1; done"
  shows "^tick"
  keys C-p C-q
  outside
  afresh
  enter '$S attach box'
  shows "^tick"
  keys C-c
  prompt
  enter '[ $i -gt 0 ] && echo cou""nted; stty size'
  shows "^counted"
  shows "^24 80"
  enter "exit 4"
  outside
  [ "$(sdcont wait box)" -eq 4 ]
  afresh
  enter '$S start -ai box; echo sta""tus $?'
  shows "^in>"
  afresh
  enter "cat /text"
  shows "^hello from vi$"
  keys C-d
  shows "^status 0"
  outside
  sdcont rm box
}
