#!/bin/sh
# Lays out the daemon, as `npm run build` has made it, on this machine, or below a folder that becomes a part of another:
#
#   sh refresher/host/packaging/install.sh [FOLDER]
#
# The Node that runs here comes along: those of Debian are too old.

set -eu
to=${1:-}
packaging=$(dirname "$0")
dist=$packaging/../../../dist
lib=/usr/local/lib/token-vending

install -D -m 755 "$(node --print process.execPath)" "$to$lib/node"
install -m 644 -t "$to$lib" "$dist/refresher.mjs" "$dist/refresher-host.mjs" "$dist/koffi.node"
install -D -m 644 -t "$to/etc/systemd/system" "$packaging/token-vending-host.service"
mkdir -p "$to/usr/local/bin"
cat > "$to/usr/local/bin/refresher" << END
#!/bin/sh
exec $lib/node $lib/refresher.mjs "\$@"
END
chmod 755 "$to/usr/local/bin/refresher"
