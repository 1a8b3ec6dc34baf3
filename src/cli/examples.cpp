#include "cli/examples.h"

#include <fmt/core.h>

namespace sdcont {
namespace {

constexpr Example kLines[] = {
    {"run", "limits over a throw-away view of this machine",
     "sdcont run --rm --memory 128M --cpu 20% --pids-limit 64 host make test"},
    {"run", "a stored image, or one of a registry, with a terminal", "sdcont run --rm -it debian bash"},
    {"run", "a root directory", "sdcont run --rm /srv/roots/trixie cat /etc/os-release"},
    {"run", "by itself, started again when it fails",
     "sdcont run -d --name web --restart on-failure:5 -v data:/srv/www nginx"},
    {"run", "what it used, and which limit it met, as JSON",
     "sdcont run --rm --summary=json --memory 100M host ./batch"},
    {"run", "a property of systemd's, in a slice of its own",
     "sdcont run --rm --slice batch.slice --property IPAddressDeny=any host ./batch"},
    {"run", "this machine's own root, in a scope with limits, and how it was",
     "sdcont run --rm --no-rootfs --wait --memory 2G make test"},
    {"run", "a secret, as a file in $CREDENTIALS_DIRECTORY",
     "sdcont run --rm --load-credential db:/root/db-password -u app host ./report"},
    {"run", "a throw-away copy of this machine, booted",
     "sdcont run -d --name copy --systemd --memory 2G host"},
    {"run", "what a file describes", "sdcont run --rm --option-file /etc/sdcont/web.conf"},
    {"generate unit", "a service for a container that exists",
     "sdcont generate unit web >/etc/systemd/system/web.service"},
    {"config check", "all of this machine's", "sdcont config check"},
    {"config check", "one that is to come", "sdcont config check ./web.conf"},
    {"run", "what would be run, without running it",
     "sdcont run --dry-run --io-write-bps auto:10MB/s host true"},

    {"exec", "a shell in a container", "sdcont exec -it web sh"},
    {"exec", "as another user, elsewhere", "sdcont exec -u www-data -w /srv/www web ls -l"},

    {"update", "more memory and less of the CPU, at once", "sdcont update --memory 1G --cpu 50% web"},
    {"update", "less memory than is in use: what can be freed is freed first",
     "sdcont update --memory 64M --reclaim web"},

    {"create", "made now, started later", "sdcont create --name job --memory 256M debian /usr/bin/job"},
    {"start", "follow what it writes until it ends", "sdcont start -a job"},
    {"stop", "at most half a minute to end", "sdcont stop -t 30 web"},
    {"stop", "all that run", "sdcont stop -a"},
    {"restart", "by a signal of its own", "sdcont restart -s SIGINT web"},
    {"wait", "its exit status, when it has one", "sdcont wait job"},
    {"attach", "type ctrl-x to leave it", "sdcont attach --detach-keys ctrl-x web"},
    {"logs", "the last lines, and what follows", "sdcont logs -f --tail 20 web"},
    {"logs", "with times, of the last ten minutes", "sdcont logs -t --since 10m web"},
    {"rename", "another name, while it runs", "sdcont rename web web-old"},
    {"ps", "those that have ended, too", "sdcont ps -a"},
    {"ps", "names alone, of those that failed", "sdcont ps --filter exited=1 --format '{{.Names}}'"},
    {"rm", "one that runs, too", "sdcont rm -f web"},
    {"container prune", "without a question", "sdcont container prune -f"},
    {"pause", "everything in it stands still", "sdcont pause web"},
    {"unpause", "and goes on", "sdcont unpause web"},
    {"kill", "read the configuration again", "sdcont kill -s SIGHUP web"},
    {"top", "as ps -ef shows them", "sdcont top web"},
    {"top", "columns of your choice", "sdcont top web pid,rss,args"},
    {"inspect", "everything, as JSON", "sdcont inspect web"},
    {"inspect", "one field", "sdcont inspect -f '{{.State.Status}}' web"},
    {"stats", "live, like top", "sdcont stats"},
    {"stats", "once, for a script", "sdcont stats --no-stream --format json web"},
    {"why", "which limit ended it, or slows it down", "sdcont why web"},
    {"events", "what happens from now on", "sdcont events --filter container=web"},
    {"events", "what happened, as JSON", "sdcont events --since 1h --until 1s --format json"},
    {"diff", "what it added, changed and deleted", "sdcont diff demo"},
    {"apply", "show what would be done to this machine", "sdcont apply --dry-run demo"},
    {"apply", "and do it", "sdcont apply demo"},
    {"cp", "out of a container", "sdcont cp web:/etc/nginx/nginx.conf ."},
    {"cp", "into one, from an archive", "sdcont cp - web:/srv/www <site.tar.zst"},

    {"commit", "an image of what was installed",
     "sdcont commit --change 'CMD [\"nginx\"]' --message 'with nginx' demo site:2"},
    {"export", "all of its files", "sdcont export -o web.tar web"},
    {"slice ls", "as text, for a script", "sdcont slice ls --format '{{.Name}} {{.MemUsage}}'"},
    {"slice rm", "without limits again", "sdcont slice rm web.slice"},
    {"slice set", "one gigabyte and half a CPU for all of a site",
     "sdcont slice set web.slice --memory 1G --cpu 50%"},
    {"volume create", "a named volume", "sdcont volume create --label owner=web data"},
    {"volume inspect", "where it is, and who uses it", "sdcont volume inspect data"},
    {"volume ls", "those that nobody uses", "sdcont volume ls --filter dangling=true"},
    {"volume prune", "those without a name that nobody uses", "sdcont volume prune -f"},
    {"volume rm", "with all that is in it", "sdcont volume rm data"},
    {"images", "by name", "sdcont images 'debian*'"},
    {"images", "ids of those without a name", "sdcont images -q --filter dangling=true"},
    {"pull", "by a tag", "sdcont pull debian:bookworm"},
    {"pull", "for another machine", "sdcont pull --platform linux/arm64 alpine"},
    {"push", "under another name", "sdcont push site:2 registry.example.net/site:2"},
    {"load", "whatever docker save or podman save wrote", "sdcont load -i images.tar"},
    {"save", "two images in one archive", "sdcont save -o images.tar debian:bookworm site:2"},
    {"import", "a root file system with a command",
     "sdcont import --change 'CMD [\"/bin/sh\"]' rootfs.tar.zst small:1"},
    {"tag", "another name for the same", "sdcont tag site:2 site:latest"},
    {"history", "layer by layer", "sdcont history --no-trunc site:2"},
    {"rmi", "a name; the image goes with its last one", "sdcont rmi site:1"},
    {"image inspect", "one field", "sdcont image inspect -f '{{.Config.Cmd}}' site:2"},
    {"image unpack", "before its first launch", "sdcont image unpack site:2"},
    {"image prune", "all that no container uses", "sdcont image prune -a -f"},
    {"system df", "by kind", "sdcont system df"},
    {"system check", "and repair what can be repaired", "sdcont system check --repair"},
    {"info", "which limits can be had here, and how", "sdcont info"},
    {"info", "fails where something is missing", "sdcont info --check"},
    {"completion", "for this shell", "source <(sdcont completion bash)"},
    {"completion", "for every new zsh", "sdcont completion zsh >/usr/local/share/zsh/site-functions/_sdcont"},
};

}  // namespace

std::vector<Example> examples_of(const std::string& command) {
  std::vector<Example> found;
  for (const Example& example : kLines) {
    if (command == std::string("sdcont ") + example.command) found.push_back(example);
  }
  return found;
}

std::string examples_text(const std::string& command) {
  std::string text;
  for (const Example& example : examples_of(command))
    text += fmt::format("  # {}\n  {}\n", example.tells, example.line);
  return text.empty() ? "" : "\nExamples:\n" + text;
}

}  // namespace sdcont
