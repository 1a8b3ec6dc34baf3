#!/usr/bin/env bats
# Images: import, load, run by name, tag, rmi, pull, push, commit, export.

load common
load images_common

@test "a root file system of any form becomes the same layer, and runs by its name" {
  cd "$BATS_TEST_TMPDIR"
  local tar=$BATS_FILE_TMPDIR/root.tar form
  cp "$tar" root.tar
  gzip -k root.tar && zstd -q -k root.tar && xz -k -0 root.tar && bzip2 -k root.tar
  run sdcont import root.tar plain
  ended 0
  [[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
  for form in gz zst xz bz2; do
    sdcont import -c "CMD echo $form" "root.tar.$form" "of-$form"
    [ "$(layer_of "of-$form")" = "$(layer_of plain)" ]
    run sdcont run --rm "of-$form"
    ended 0
    has $form
  done
  # the names are what the bytes are: xz and bzip2, which OCI knows no names for, are kept as plain tars
  run sdcont image inspect -f '{{.Descriptor.mediaType}}' of-xz
  has manifest.v1+json
  sdcont import - piped <root.tar
  sdcont import - piped-gz < <(cat root.tar.gz)
  sdcont import "$ROOT" directory
  for name in piped piped-gz directory; do
    run sdcont run --rm "$name" sh -c 'cat /etc/passwd | wc -l; touch /new'
    ended 0
    [ "$output" = 3 ]
  done
  [ "$(layer_of piped-gz)" = "$(layer_of plain)" ]
  diff <("$files" tree "$ROOT") <("$files" tree "$(layer_of directory)")
  run sdcont run --rm plain ls /new # what a container writes is not the image's
  ended 1
}

@test "layers hide and replace what is below them" {
  image_of layered lower upper
  run sdcont run --rm layered sh -c 'cd /; find a b c d e lib/x file twice 2>/dev/null; cat file twice'
  ended 0
  [ "$(sort <<<"$output" | tr '\n' ' ')" = "a a/two c c/new d d/new e e/f e/f/new file lib/x secondtwice upper " ] ||
    [ "$(sort <<<"$output" | tr '\n' ' ')" = "a a/two c c/new d d/new e e/f e/f/new file lib/x twice uppersecond " ]
}

@test "a layer whose root is opaque hides all layers below it" {
  "$files" layer lower "$BATS_TEST_TMPDIR/base.tar"
  "$files" layer opaque_root "$BATS_TEST_TMPDIR/opaque.tar"
  tar -C "$ROOT" -rf "$BATS_TEST_TMPDIR/opaque.tar" ./bin ./sbin ./etc
  "$files" layer above "$BATS_TEST_TMPDIR/above.tar"
  "$files" archive oci opaque:1 "$BATS_TEST_TMPDIR/image.tar" "$BATS_TEST_TMPDIR"/{base,opaque,above}.tar
  sdcont load -q -i "$BATS_TEST_TMPDIR/image.tar"
  local name
  name=$(sdcont image inspect -f '{{.Id}}' opaque:1)
  for name in opaque:1 "$name"; do
    run sdcont run --rm "$name" sh -c 'cd /; find a b c d e file lib own usr 2>/dev/null | sort | tr "\n" " "; stat -c "%a %u" a'
    [ "$output" = "a a/above d d/implicit d/implicit/above d/implicit/new e e/above e/f e/f/below 711 4" ]
  done
  # nor is what was hidden a change of the container's, and what is committed has it no more
  sdcont run --name c opaque:1 sh -c 'echo x >/b; rm /a/above'
  run sdcont diff c
  [ "$output" = $'C /a\nD /a/above\nA /b' ]
  sdcont commit c opaque:2
  sdcont rm c
  run sdcont run --rm opaque:2 sh -c 'ls /a; cat /b; ls /file'
  has "x
ls: /file: No such file or directory"
  run sdcont system check
  ended 0
}

@test "the image says how it is run, and the command line says more" {
  export CONFIG='{"Env":["PATH=/bin:/mine","A=image","B=image"],"Entrypoint":["sh","-c"],"Cmd":["id -u; id -G; pwd; echo $A $B; echo $PATH"],
    "User":"app","WorkingDir":"/work/here","StopSignal":"SIGUSR1","Labels":{"x":"image","y":"image"}}'
  image_of configured lower
  run sdcont run --rm configured
  ended 0
  [ "$output" = "1000
1000 29 2000
/work/here
image image
/bin:/mine" ]
  run sdcont run --rm -e B=mine -u 0 -w / configured
  ended 0
  [ "$output" = "0
0
/
image mine
/bin:/mine" ]
  run sdcont run --rm configured 'echo instead'
  [ "$output" = instead ]
  run sdcont run --rm --entrypoint echo configured a b # the image's command goes with its entry point
  [ "$output" = "a b" ]
  run sdcont run --rm --entrypoint pwd configured
  [ "$output" = /work/here ]
  run sdcont run --rm --entrypoint '' configured
  refused "no COMMAND was given, and the image has none of its own"
  run sdcont run --rm --entrypoint= configured pwd
  [ "$output" = /work/here ]
  run sdcont run --dry-run -l y=mine configured
  has '"x": "image"'
  has '"y": "mine"'
  has '"org.opencontainers.image.stopSignal": "SIGUSR1"'
}

@test "names are docker's" {
  image_of registry.example:5000/team/app:1.0 lower
  sdcont tag registry.example:5000/team/app:1.0 plain
  sdcont tag plain docker.io/library/plain:two
  run sdcont images --format '{{.Repository}} {{.Tag}}'
  [ "$(sort <<<"$output")" = "plain latest
plain two
registry.example:5000/team/app 1.0" ]
  local word
  for word in plain plain:latest docker.io/plain docker.io/library/plain:two library/plain; do
    run sdcont run --rm --pull never "$word" echo fine
    ended 0
  done
  for word in UPPER a/ /a/b:c:d :tag 'a b' a@sha256:1 "$(printf 'a%.0s' {1..300})" 'a:-x' '../x' 'a//b' "$(printf 'f%.0s' {1..64})"; do
    run sdcont tag plain "$word"
    refused "is no name of an image"
  done
  run sdcont run --rm --pull never nosuch true
  refused "there is no image 'nosuch' here"
  run sdcont images plain:two --format '{{.ID}} {{.Nothing}}'
  refused "there is no field .Nothing"
}

@test "rmi takes names, then the image; what a container uses stays" {
  image_of one lower
  sdcont tag one two
  run sdcont rmi one
  ended 0
  [ "$output" = "Untagged: one:latest" ]
  sdcont run --name user two true
  run sdcont rmi two
  ended 1
  has "the image 'two' is in use by container user"
  run sdcont rmi -f two
  ended 0
  run sdcont images --format '{{.Repository}}'
  [ "$output" = "<none>" ]
  run sdcont image prune -f
  ended 0
  has "Total reclaimed space: 0B"
  sdcont rm user
  run sdcont image prune -f
  ended 0
  has "Deleted: sha256:"
  store_is_empty
  run sdcont rmi two
  ended 1
  has "there is no image 'two' here"
  image_of one lower
  image_of one kinds # takes the name away from the other
  run sdcont images -f dangling=true -q
  [ "$(wc -l <<<"$output")" = 1 ]
  run sdcont image prune -f
  has "Deleted:"
  [ "$(sdcont images -q | wc -l)" = 1 ]
  run sdcont image prune -a -f
  store_is_empty
}

@test "127 layers" {
  cd "$BATS_TEST_TMPDIR"
  python3 - "$files" "$BATS_FILE_TMPDIR/root.tar" <<'PY'
import importlib.util, json, sys
sys.argv, files, root = ["x", "scenarios", "none"], sys.argv[1], sys.argv[2]
spec = importlib.util.spec_from_file_location("f", files)
f = importlib.util.module_from_spec(spec)
spec.loader.exec_module(f)
layers = [open(root, "rb").read()]
for i in range(126):
    layer = f.Layer()
    layer.file_(f"layer{i}", "x"), layer.file_("last", str(i))
    layers.append(layer.bytes())
image = f.Image(layers)
descriptor = image.blob(json.dumps(image.manifest()).encode(), f.OCI + "manifest.v1+json")
f.write_tar("many.tar", f.oci_members(image, f.index_of(descriptor, "many")))
PY
  LIMIT=200 sdcont load -q -i many.tar
  run sdcont run --rm many sh -c 'ls -d /layer* | wc -l; cat /last'
  ended 0
  [ "$output" = "126
125" ]
}

@test "image inspect and history show what the image says" {
  export CONFIG='{"Cmd":["sh"],"ExposedPorts":{"80/tcp":{}},"Healthcheck":{"Test":["NONE"]}}'
  image_of shown:1 lower
  run sdcont image inspect shown:1
  ended 0
  python3 - "$output" <<'PY'
import json, sys
image, = json.loads(sys.argv[1])
assert image["RepoTags"] == ["shown:1"] and image["Os"] == "linux" and image["Created"] == "2001-02-03T04:05:06Z"
assert image["Config"]["ExposedPorts"] == {"80/tcp": {}} and image["Config"]["Healthcheck"] == {"Test": ["NONE"]}
assert len(image["RootFS"]["Layers"]) == 2 and image["Size"] > 1000000, image
PY
  run sdcont history --format '{{.CreatedBy}} {{.CreatedSince}}' shown:1
  ended 0
  [[ $output == "layer 1 2"*" years ago
layer 0 2"*" years ago" ]]
  run sdcont image inspect nothing
  ended 1
  has "there is no image 'nothing' here"
  run sdcont images --format json
  python3 -c 'import json,sys; assert json.loads(sys.argv[1])["Repository"] == "shown"' "$output"
}

@test "push and pull: only what is not here, by name, by digest, by itself when it is run" {
  start_registry
  image_of app:1 lower
  run sdcont push app:1 "localhost:$port/team/app:1"
  ended 0
  [[ $output =~ ^localhost:$port/team/app:1:\ digest:\ (sha256:[0-9a-f]{64})$ ]]
  local digest=${BASH_REMATCH[1]} id
  id=$(sdcont image inspect -f '{{.Id}}' app:1)
  sdcont rmi app:1
  store_is_empty
  run sdcont run --rm --pull never "localhost:$port/team/app:1" cat /a/one
  refused "there is no image"
  run sdcont run --rm "localhost:$port/team/app:1" cat /a/one # not here: pulled
  ended 0
  [ "$output" = 1 ]
  local before
  before=$(fetched)
  run sdcont pull "localhost:$port/team/app:1"
  ended 0
  [ "$output" = "$id" ]
  [ "$(fetched)" -le $((before + 1)) ] # the configuration; no layer
  run sdcont images --digests --format '{{.Digest}}'
  [ "$output" = "$digest" ]
  run sdcont run --rm --pull always "localhost:$port/team/app@$digest" cat /a/two
  ended 0
  [ "$output" = 2 ]
  run sdcont pull "localhost:$port/team/app@sha256:$(printf '0%.0s' {1..64})"
  refused "cannot pull localhost:$port/team/app@sha256:000"
  run sdcont pull "localhost:$port/nothing"
  refused "manifest unknown"
  # what docker makes, by its manifest of schema 2, is the same image
  skopeo copy -q --dest-tls-verify=false --format v2s2 "oci-archive:$BATS_TEST_TMPDIR/image.tar" "docker://localhost:$port/team/docker:2"
  sdcont rmi -f "$id"
  run sdcont pull "localhost:$port/team/docker:2"
  ended 0
  run sdcont run --rm "localhost:$port/team/docker:2" cat /a/one
  [ "$output" = 1 ]
  run skopeo inspect --raw "oci:$BATS_TEST_TMPDIR/store/images:localhost:$port/team/docker:2"
  ended 0
  stop_registry
  run sdcont pull "localhost:$port/team/app:1"
  refused "connection refused"
  run sdcont push app:nothing "localhost:$port/x"
  refused "there is no image 'app:nothing' here"
  run env PATH=/nowhere "$SDCONT" --root "$BATS_TEST_TMPDIR/store" pull "localhost:$port/team/app:1"
  refused "skopeo, which speaks with registries, is not installed; apt install skopeo"
}

@test "the volumes of an image are the container's own, filled from it" {
  CONFIG='{"Volumes":{"/a":{},"/new/place":{}}}' image_of with-volumes lower
  run sdcont run --name keeps with-volumes sh -c 'cat /a/one; echo mine >/a/mine; mount | grep -c -E " on /(a|new/place) "'
  ended 0
  [ "$output" = 12 ]
  [ "$(sdcont volume ls -q | wc -l)" = 2 ]
  sdcont rm -v keeps
  [ -z "$(sdcont volume ls -q)" ]
  mkdir "$BATS_TEST_TMPDIR/mine"
  run sdcont run --rm -v "$BATS_TEST_TMPDIR/mine:/a" with-volumes ls /a
  ended 0
  [ -z "$output" ]
  [ -z "$(sdcont volume ls -q)" ]
  # a path with a colon is a path, not a directory of the host
  CONFIG='{"Volumes":{"/etc:/stolen":{}}}' image_of odd lower
  run sdcont run --rm odd sh -c 'ls -A "/etc:/stolen"; ls /stolen'
  [[ $status != 0 && $output != *passwd* ]]
}

@test "commit makes an image of what a container wrote, the same one each time" {
  CONFIG='{"Cmd":["echo","old"],"Env":["A=b"],"Healthcheck":{"Test":["NONE"]}}' image_of base lower
  export SOURCE_DATE_EPOCH=1700000000
  local name
  for name in first second; do
    sdcont run --name $name -e C=d base sh -c 'echo new >/new; ln /new /newer; rm /a/one; rm -r /b; mkdir /b; echo b >/b/b; chmod 700 /d; echo x >>/file; ln -s new /link'
    run sdcont commit -a me -m "a message" -c 'CMD ["cat","/new"]' $name committed:$name
    ended 0
  done
  [ "$(sdcont image inspect -f '{{.Id}}' committed:first)" = "$(sdcont image inspect -f '{{.Id}}' committed:second)" ]
  run sdcont run --rm committed:first
  [ "$output" = new ]
  run sdcont run --rm committed:first sh -c 'ls /a /b; stat -c "%a %h" /d /new; cat /file; readlink /link; echo $A$C'
  ended 0
  [ "$output" = "/a:
two

/b:
b
700 1
644 2
lowerx
new
bd" ]
  run sdcont image inspect -f '{{json .Config.Healthcheck}} {{.Author}} {{.Comment}}' committed:first
  [ "$output" = '{"Test":["NONE"]} me a message' ]
  run sdcont history --format '{{.CreatedBy}}' committed:first
  [ "$(head -c 20 <<<"$output")" = "sh -c echo new >/new" ]
  # what a container writes that runs
  sdcont run --name runs base sh -c 'echo running >/state; sleep 60' 3>&- &
  local client=$!
  wait_until sdcont cp runs:/state "$BATS_TEST_TMPDIR/"
  run sdcont commit runs live
  ended 0
  sdcont rm -f runs
  wait $client || true
  run sdcont run --rm live cat /state
  [ "$output" = running ]
  sdcont run --name dir "$ROOT" true
  run sdcont commit dir x
  refused "is not of an image"
  run sdcont commit nothing x
  refused "no container"
  run sdcont rmi base # the images that were made of it do not need its name
  ended 1
  sdcont rm first second dir
  sdcont rmi base
  run sdcont run --rm committed:second
  [ "$output" = new ]
}

@test "export writes all of a container, and import makes an image of it" {
  image_of base lower kinds
  sdcont run --name c -v "$BATS_TEST_TMPDIR:/mounted" base sh -c 'echo new >/new; rm /a/one; mkdir /proc/x 2>/dev/null; true'
  run sdcont export -o "$BATS_TEST_TMPDIR/c.tar" c
  ended 0
  sdcont export c | cmp - "$BATS_TEST_TMPDIR/c.tar"
  run sdcont import "$BATS_TEST_TMPDIR/c.tar" again
  ended 0
  run sdcont run --rm again sh -c 'cat /new; ls /a; ls -A /mounted; stat -c %a /suid'
  [ "$output" = "new
two
4755" ]
  sdcont run --name h host true
  run sdcont export h
  refused "is a view of this machine"
  run sdcont export nothing
  refused "no container"
  sdcont rm c h
}

@test "system df counts what there is, a layer once" {
  image_of one lower
  sdcont tag one two
  sdcont run --name c one sh -c 'head -c 1000000 /dev/zero >/zeros'
  sdcont volume create v
  run sdcont system df --format '{{.Type}}: {{.TotalCount}} {{.Active}} {{.Reclaimable}}'
  ended 0
  [[ $output == "Images: 1 1 0B (0%)
Containers: 1 0 "*"MB (100%)
Local Volumes: 1 0 "* ]]
}
