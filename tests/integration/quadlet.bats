#!/usr/bin/env bats
# .container files (podman-systemd.unit(5)) as services: what they become, what is refused, and that they run.

load common

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$lab/rootfs" "$ROOT"
  ln -s "$SDCONT" "$BATS_FILE_TMPDIR/sdcont-generator"
}

clean_up() {
  systemd_here || return 0
  systemctl stop web 2>/dev/null || true
  rm -rf /etc/sdcont /run/systemd/system-generators/sdcont-generator /usr/local/bin/sdcont
  systemctl daemon-reload
  systemctl reset-failed web 2>/dev/null || true
}

unit() { mkdir -p "$BATS_TEST_TMPDIR/units" && cat >"$BATS_TEST_TMPDIR/units/$1"; }
generate() { SDCONT_UNIT_DIRS=$BATS_TEST_TMPDIR/units "$BATS_FILE_TMPDIR/sdcont-generator" "$@"; }

@test "a .container file becomes a service" {
  unit web.container <<'F'
# a server
[Unit]
Description=The server
After=db.container
Requires=db.container

[Container]
Image=host
Exec=sh -c 'echo "$$HOME"; sleep 1000'
Environment=A=1 "B=two words"
Environment=C=3
Volume=/srv/data:/data:ro
Volume=./beside:/beside
Memory=64M
PodmanArgs=--cpus 0.5
AddCapability=CAP_CHOWN CAP_NET_ADMIN
ReadOnly=yes
RunInit=true
User=app
Group=web
ReloadSignal=HUP

[Service]
Restart=always
TimeoutStartSec=900

[Install]
WantedBy=multi-user.target other.target
Alias=server.service
F
  run generate "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/out2" "$BATS_TEST_TMPDIR/out3"
  [ "$status" -ne 0 ] # there is nowhere to write to
  mkdir "$BATS_TEST_TMPDIR/out"
  run generate "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/out2" "$BATS_TEST_TMPDIR/out3"
  ended 0
  [ -z "$output" ]
  service=$BATS_TEST_TMPDIR/out/web.service
  output=$(cat "$service")
  has "Description=The server"
  has "After=db.service"
  has "Requires=db.service"
  has "SourcePath=$BATS_TEST_TMPDIR/units/web.container"
  has "RequiresMountsFor=/srv/data"
  has "[X-Container]"
  has "Type=notify"
  has "Delegate=yes"
  has "Restart=always"
  has '--env=A=1 "--env=B=two words" --env=C=3'
  has "--volume=/srv/data:/data:ro --volume=$BATS_TEST_TMPDIR/units/beside:/beside"
  has "--memory=64M"
  has "--cpus 0.5"
  has "--cap-add=CAP_CHOWN --cap-add=CAP_NET_ADMIN"
  has "--read-only"
  has "--tmpfs=/var/tmp"
  has "--init"
  has "--user=app:web"
  has "--name=systemd-%N"
  has "--cgroups=split"
  has "--sdnotify=conmon"
  has " host sh -c 'echo \"\$\$HOME\"; sleep 1000'"
  has "ExecReload=sdcont kill --signal HUP systemd-%N"
  [ "$(readlink "$BATS_TEST_TMPDIR/out/multi-user.target.wants/web.service")" = ../web.service ]
  [ "$(readlink "$BATS_TEST_TMPDIR/out/other.target.wants/web.service")" = ../web.service ]
  [ "$(readlink "$BATS_TEST_TMPDIR/out/server.service")" = web.service ]
  run generate --dryrun
  ended 0
  has "---web.service---"
  has "--memory=64M"
}

@test "drop-ins, templates and what is reset" {
  unit a@.container <<<$'[Container]\nImage=host\nExec=sleep %i\nEnvironment=A=1\n[Install]\nWantedBy=multi-user.target\nDefaultInstance=100'
  mkdir "$BATS_TEST_TMPDIR/units/a@.container.d"
  unit a@.container.d/10.conf <<<$'[Container]\nEnvironment=\nEnvironment=B=2\nNotify=true\nContainerName=named-%i'
  mkdir "$BATS_TEST_TMPDIR/out"
  run generate "$BATS_TEST_TMPDIR/out"
  ended 0
  output=$(cat "$BATS_TEST_TMPDIR/out/a@.service")
  has "--env=B=2"
  [[ $output != *"--env=A"* ]]
  has "--sdnotify=container"
  has "--name=named-%i"
  has "host sleep %i"
  [ "$(readlink "$BATS_TEST_TMPDIR/out/multi-user.target.wants/a@100.service")" = ../a@.service ]
}

@test "what cannot be had is told with file and line, and the others are made" {
  unit good.container <<<$'[Container]\nImage=host\nExec=true'
  refuses() { # refuses LINES COMPLAINT
    printf "[Container]\nImage=host\n$1\n" | unit bad.container
    rm -rf "$BATS_TEST_TMPDIR/out"
    mkdir "$BATS_TEST_TMPDIR/out"
    run generate "$BATS_TEST_TMPDIR/out"
    ended 1
    [ "$(wc -l <<<"$output")" -eq 1 ]
    has "sdcont-generator: $BATS_TEST_TMPDIR/units/bad.container$2"
    [ -e "$BATS_TEST_TMPDIR/out/good.service" ]
    [ ! -e "$BATS_TEST_TMPDIR/out/bad.service" ]
  }
  refuses 'Memroy=5M' ":3: 'Memroy' is not a key of [Container]; did you mean Memory?"
  refuses 'Memory=5Q' ":3: --memory"
  refuses '\nAutoUpdate=registry' ":4: AutoUpdate= cannot be had: nothing here updates images"
  refuses 'Pod=x.pod' ":3: Pod= cannot be had"
  refuses 'HealthCmd=true' ":3: HealthCmd= cannot be had: sdcont run has no --health-cmd"
  refuses 'SeccompProfile=/x.json' ":3: --security-opt"
  refuses 'Volume=data.volume:/data' ":3: Volume=data.volume:/data cannot be had"
  refuses 'ReadOnly=perhaps' ":3: ReadOnly=perhaps is neither yes nor no"
  refuses 'Environment="A=1' ":3: Environment=: a quote has no end"
  refuses 'Rootfs=/x' ": both Image= and Rootfs= are given"
  refuses '[Service]\nType=forking' ":4: Type=forking cannot be had"
  refuses '[Service]\nExecStart=true' ":4: ExecStart= is made from [Container]"
  refuses 'Notify=healthy' ":3: --sdnotify"
  refuses 'nonsense' ":3: 'nonsense' is no setting"
  refuses 'PodmanArgs=--nonsense' ":3: PodmanArgs= cannot be had: '--nonsense' is not an option of sdcont run"
  rm "$BATS_TEST_TMPDIR/units/bad.container"
  unit data.volume <<<'[Volume]'
  run generate --dryrun
  ended 1
  has "data.volume: only .container files are understood"
}

@test "beside podman's own generator" {
  for podman in "${PODMAN_GENERATOR:-}" /usr/libexec/podman/quadlet /usr/lib/podman/quadlet ""; do [ ! -x "$podman" ] || break; done
  [ -n "$podman" ] || skip "not here: this podman has no generator"
  unit web.container <<<$'[Unit]\nDescription=x\nAfter=web2.container\n[Container]\nImage=localhost/x:1\nExec=sleep "1 2"\nEnvironment=A=1 "B=two words"\nLabel=k=v\nVolume=/srv/data:/data:ro\nAddCapability=CAP_NET_ADMIN\nDropCapability=CAP_KILL\nReadOnly=true\nRunInit=true\nUser=5\nGroup=6\nShmSize=5m\nStopTimeout=7\nTmpfs=/t\nUlimit=nofile=5:6\nSysctl=net.ipv4.ip_forward=1\nHostName=h\nPidsLimit=9\nContainerName=named\nWorkingDir=/w\nNotify=yes\n[Service]\nRestart=always\n[Install]\nWantedBy=multi-user.target'
  unit web2.container <<<$'[Container]\nImage=localhost/y\nTimezone=\n[Service]\nType=oneshot'
  generate --dryrun >"$BATS_TEST_TMPDIR/ours"
  QUADLET_UNIT_DIRS=$BATS_TEST_TMPDIR/units "$podman" --dryrun >"$BATS_TEST_TMPDIR/theirs" 2>"$BATS_TEST_TMPDIR/errors"
  run "$BATS_TEST_DIRNAME/quadlet.py" "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs"
  echo "$output"
  ended 0
}

@test "daemon-reload makes them, and systemctl runs them" {
  systemd_here || skip "not here: no systemd runs"
  mkdir -p /etc/sdcont/systemd /run/systemd/system-generators
  ln -s "$SDCONT" /usr/local/bin/sdcont
  ln -s "$SDCONT" /run/systemd/system-generators/sdcont-generator
  cat >/etc/sdcont/systemd/web.container <<'F'
[Container]
Image=host
Memory=64M
RunInit=yes
Environment="WORDS=two words"
Exec=sh -c 'echo "it says $$WORDS"; sleep 1000'

[Service]
Restart=always

[Install]
WantedBy=multi-user.target
F
  systemctl daemon-reload
  systemctl start web
  [ "$(systemctl show --value -p ActiveState web)" = active ]
  [ "$(systemctl show --value -p SourcePath web)" = /etc/sdcont/systemd/web.container ]
  file=memory.max
  unified || file=memory.limit_in_bytes
  directory=$(directory_of systemd-web memory)
  [[ $directory = */web.service/* ]]
  [ "$(cat "$directory/$file")" -eq $((64 << 20)) ]
  says() { journalctl -u web -o cat | grep -qx "it says two words"; }
  wait_until says
  first=$(init_of systemd-web)
  kill -KILL "$first"
  again() { runs systemd-web && [ "$(init_of systemd-web)" != "$first" ] && [ "$(systemctl show --value -p ActiveState web)" = active ]; }
  wait_until again
  systemctl stop web
  [ -z "$(sdcont ps -aq)" ]
}
