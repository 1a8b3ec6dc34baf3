"""completion.py bash|zsh|fish DIRECTORY: types into a real shell, presses Tab, and looks at what the line became.
DIRECTORY has sdcont; the containers complete-running and complete-ended, the image complete-image:one and, here, the
file complete-file.tar are there. Prints "all well", or what was not."""
import os, re, sys

import at_terminal
from at_terminal import read_until

shell, directory = sys.argv[1:]
os.environ.update(PATH=directory + ":" + os.environ["PATH"], TERM="dumb", LC_ALL="C.UTF-8", HOME=os.getcwd())
PROMPT = b"READY "
# what makes the shell plain, and its completion ours
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             ["bind 'set enable-bracketed-paste off'", "bind 'set show-all-if-ambiguous on'", "PS1='REA''DY '",
              "source <(sdcont completion bash)"]),
    "zsh": (["zsh", "-f", "-i"],
            ["unsetopt zle_bracketed_paste beep; bindkey -e; autoload -Uz compinit; compinit -D -u",
             "source <(sdcont completion zsh); PROMPT='REA''DY ' RPROMPT="]),
    "fish": (["fish", "--no-config", "--private", "-i"],
             ["sdcont completion fish | source; set -g fish_autosuggestion_enabled 0",
              "function fish_prompt; echo -n REA''DY\\ ; end"]),
}
# what is typed (with \t for Tab), and what the line is then
LINES = [
    ("unp\t", "unpause"),
    ("image unp\t", "image unpack"),
    ("help volume insp\t", "help volume inspect"),
    ("--cgroup-manager cgr\t info", "--cgroup-manager cgroupfs info"),
    ("run --memory-res\t", "run --memory-reservation"),
    ("run --pull=al\t", "run --pull=always"),
    ("run --pull nev\thost", "run --pull never host"),
    ("run -it --rm --restart on-\t", "run -it --rm --restart on-failure"),
    ("pull --tls-v\tfal\t", "pull --tls-verify false"),
    ("stop complete-\t", "stop complete-running"),
    ("start complete-\t", "start complete-ended"),
    ("rmi complete-im\t", "rmi complete-image:one"),
    ("rmi complete-image:o\t", "rmi complete-image:one"),
    ("inspect --type container complete-e\t", "inspect --type container complete-ended"),
    ("kill -s SIGHU\t", "kill -s SIGHUP"),
    ("run -p MemoryMa\t1G", "run -p MemoryMax=1G"),
    ("run --property=MemoryMa\t1G", "run --property=MemoryMax=1G"),
    ("update --io-lat\t", "update --io-latency"),
    ("run --slice user.sl\t", "run --slice user.slice"),
    ("run --cap-add CAP_NET_A\t", "run --cap-add CAP_NET_ADMIN"),
    ("load -i complete-f\t", "load -i complete-file.tar"),
    ("load --input=complete-f\t", "load --input=complete-file.tar"),
    ("run host complete-f\t", "run host complete-file.tar"),
    ("ps --filter stat\trunning", "ps --filter status=running"),
]

words, settings = SHELLS[shell]
terminal, _, _, process = at_terminal.start(*words)


def say(text):
    os.write(terminal, text.encode())


def until_prompt(mark):
    """What comes until a prompt behind the mark."""
    seen = read_until(terminal, mark)
    if PROMPT not in seen[seen.index(mark):]:
        seen += read_until(terminal, PROMPT)
    return seen.decode()


for setting in settings:
    say(setting + "\n")
read_until(terminal, PROMPT)
for typed, expected in LINES:
    # a line that begins with echo, by then
    say("sdcont " + typed)
    say("\x01echo @@ \x05 @@\n")
    seen = until_prompt(b"\n@@ ")
    became = re.search(r"^@@ sdcont (.*?) *@@\r?$", seen, re.M)
    assert became and became[1] == expected, (typed, expected, seen)

# of several, all are shown, and nothing that does not fit
# (fish shows them in a pager, of which a dumb terminal has none)
say("complete -C 'sdcont container st'\n" if shell == "fish" else "sdcont container st\t\t")
seen = read_until(terminal, b"stop").decode()
say("\x03\n")
for word in ("start", "stats", "stop"):
    assert word in seen, (word, seen)
assert "pause" not in seen, seen
say("exit\n")
process.wait(20)
print("all well")
