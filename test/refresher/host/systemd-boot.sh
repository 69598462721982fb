# Becomes systemd, the first process of a pid namespace, on a root that takes nothing from this machine but its files:
# what is written to it is gone with it. It runs in the mount and cgroup namespaces that were made for it.
#
#   sh systemd-boot.sh FOLDER

set -e
folder=$1
root=$folder/root
mount --make-rprivate /
mount -t tmpfs none "$folder"
mkdir "$folder/upper" "$folder/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 none "$root/sys/fs/cgroup"
for path in run tmp dev etc/systemd; do mount -t tmpfs none "$root/$path"; done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/hugepages"
for device in null zero full random urandom tty ptmx; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
# settings of this machine's kernel are not this systemd's
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"

# what a machine starts with, and nothing that this machine has installed
mkdir -p "$root/etc/systemd/system"
for unit in sysinit basic multi-user shutdown umount exit network network-online; do
  cp "/usr/lib/systemd/system/$unit.target" "$root/etc/systemd/system/"
done
cp /usr/lib/systemd/system/systemd-exit.service "$root/etc/systemd/system/"
echo 0123456789abcdef0123456789abcdef > "$root/etc/machine-id"

cd "$root"
mkdir .before
pivot_root . .before
umount -l .before
# so that what is mounted later is seen within sandboxes: systemd does it on a machine, and not in a container
mount --make-rshared /
exec env -i container=test PATH=/usr/sbin:/usr/bin \
  SYSTEMD_UNIT_PATH=/etc/systemd/system SYSTEMD_GENERATOR_PATH=/none SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/none \
  /usr/lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=no < /dev/null
