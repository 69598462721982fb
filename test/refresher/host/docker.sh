#!/bin/sh
# Stands in for Docker: `run` makes a cgroup of its own and takes the folder in IMAGE_ROOT for the image; its root apart,
# it is the host's. Of the flags, it knows those of cloud-init-cos.yaml, and no others.

set -e
home=/var/tmp/docker-stand-in
mkdir -p "$home"
command=$1
shift

run() {
  mounts=
  variables=
  shared=
  while [ "${1#-}" != "$1" ]; do
    case $1 in
      --rm | --privileged) shift; continue ;;
      --network | --pid | --cgroupns) [ "$2" = host ]; shared=$shared$1 ;;
      --name) name=$2 ;;
      --ulimit) ;;
      --env-file) variables=$(cat "$2") ;;
      --volume)
        from=${2%%:*}
        to=${2#*:}
        mounts="$mounts mkdir -p $IMAGE_ROOT${to%%:*}; mount --rbind $from $IMAGE_ROOT${to%%:*};"
        # as it does by default: what is mounted later is not seen
        propagation=rprivate
        case $2 in *:rslave) propagation=rslave ;; esac
        mounts="$mounts mount --make-$propagation $IMAGE_ROOT${to%%:*};"
        ;;
      *) echo "unknown flag: $1" >&2; exit 125 ;;
    esac
    shift 2
  done
  [ "$shared" = --network--pid--cgroupns ]
  shift # the image
  cgroup=/sys/fs/cgroup/system.slice/docker-$name.scope
  mkdir -p "$cgroup"
  setsid unshare --mount --propagation slave --ipc --uts sh -c "echo \$\$ > $cgroup/cgroup.procs
    for one in proc sys dev; do mkdir -p $IMAGE_ROOT/\$one; mount --rbind /\$one $IMAGE_ROOT/\$one; done
    $mounts
    exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \"\$@\"" \
    sh $variables chroot "$IMAGE_ROOT" /usr/local/bin/refresher "$@" &
  echo $! > "$home/$name"
  wait $!
}

case $command in
  run) run "$@" ;;
  exec)
    pid=$(cat "$home/$1")
    shift
    exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin nsenter --target "$pid" --mount --root --wd "$@"
    ;;
  stop | rm)
    for name in "$@"; do
      pid=$(cat "$home/$name" 2> /dev/null || true)
      case $command in rm) signal=KILL ;; *) signal=TERM ;; esac
      [ -z "$pid" ] || kill -$signal "$pid" 2> /dev/null || continue
      while [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null; do sleep 0.02; done
    done
    ;;
esac
