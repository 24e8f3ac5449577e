#!/bin/bash
# Installs the Debian packages that test/system and test/browser need, from the sources apt is
# configured with. May be run again at any time; it does only what is missing.
set -euo pipefail

packages=(
  mosquitto mosquitto-clients gtkwave chromium fonts-dejavu-core socat ser2net
  openssh-client gcc g++ libc6-dev gcc-xtensa-lx106 picolibc-xtensa-lx106-elf qemu-system-misc
)

fail() {
  echo "error: $*" >&2
  exit 1
}

for tool in apt-get dpkg-query; do
  command -v "$tool" >/dev/null || fail "no $tool here: this needs Debian or one of its children." \
    "Install ${packages[*]} in your system's own way; npm test then finds them."
done

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  if [ "$state" = installed ]; then
    echo "already there: $package"
  else
    missing+=("$package")
  fi
done

if [ "${#missing[@]}" -eq 0 ]; then
  echo "nothing to install"
  exit 0
fi

root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "installing ${missing[*]} needs root, and there is no sudo." \
    "As root: apt-get install ${missing[*]}"
  root=(sudo)
fi

# Debian starts a broker on port 1883 as soon as the package is unpacked; hostd wants that port and
# the tests start their own brokers on free ones. A policy file in force during the installation
# keeps it from ever starting. One that is there already belongs to somebody else and stays.
policy=${CADDYSHACK_POLICY_FILE:-/usr/sbin/policy-rc.d}
own_policy=no
cleanup() {
  if [ "$own_policy" = yes ]; then "${root[@]}" rm -f "$policy"; fi
}
trap cleanup EXIT
if [ ! -e "$policy" ]; then
  own_policy=yes
  printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
  "${root[@]}" chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "${missing[@]}"
}
# A machine that has just started may be updating itself: apt waits for its lock, in seconds.
# The lists may be old or absent; only then is it worth fetching them.
install || { "${root[@]}" apt-get update -q && install; }

if [ -d /run/systemd/system ] && [[ " ${missing[*]} " == *" mosquitto "* ]]; then
  "${root[@]}" systemctl disable --now mosquitto.service
  echo "disabled: mosquitto.service (the tests start their own brokers)"
fi
if [ -d /run/systemd/system ] && [[ " ${missing[*]} " == *" ser2net "* ]]; then
  "${root[@]}" systemctl disable --now ser2net.service
  echo "disabled: ser2net.service (the bench of the consoles starts its own)"
fi
echo "installed: ${missing[*]}"
