/**
 * What a process finds under names, in a mount namespace of its own. For a shell, which has `$hosts` and `$resolver`: a
 * file on tmpfs carries what is bound over /etc.
 */
export const MOUNT_NAMES = `mount -t tmpfs tmpfs /mnt
printf %s "$hosts" > /mnt/hosts
printf %s "$resolver" > /mnt/resolv.conf
mount --bind /mnt/hosts /etc/hosts
if [ -e /etc/resolv.conf ]; then mount --bind /mnt/resolv.conf /etc/resolv.conf; fi`;
