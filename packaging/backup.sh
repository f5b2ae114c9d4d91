#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Backs the data folder BEHALFID_DATA up into the folder BEHALFID_BACKUPS and keeps the newest BEHALFID_BACKUPS_KEPT
# (14). Older ones are removed only after a new one was made and checked. Run by behalfid-backup.timer, or by hand.
# It begins only where there is room for twice the data folder: on a full disk the server denies everything.
set -eu
umask 077

folder=${BEHALFID_BACKUPS:-/var/backups/behalfid}
kept=${BEHALFID_BACKUPS_KEPT:-14}
case $kept in
'' | *[!0-9]* | 0*)
    echo "BEHALFID_BACKUPS_KEPT must be a whole number from 1 on." >&2
    exit 1
    ;;
esac

data=${BEHALFID_DATA:-./data}
if [ -d "$data" ] && [ -d "$folder" ]; then
    needed=$((2 * $(du -sb -- "$data" | cut -f 1)))
    free=$(($(stat -f -c '%a * %S' -- "$folder")))
    if [ "$free" -lt "$needed" ]; then
        echo "No backup was made: $folder must have $(((needed + 1048575) / 1048576)) MiB free, twice the size of" \
            "$data, and has $((free / 1048576)) MiB. Remove old backups there and keep fewer" \
            "(BEHALFID_BACKUPS_KEPT), or give it a larger disk." >&2
        exit 1
    fi
fi

behalf backup "$folder/behalf-$(date -u +%Y%m%dT%H%M%SZ).db"

# By name, which is by time; nothing but what this script has named is ever removed.
cd "$folder"
stamp='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z'
# shellcheck disable=SC2012,SC2086
ls -1 behalf-$stamp.db | sort -r | tail -n "+$((kept + 1))" | while read -r old; do
    rm -- "$old"
    echo "removed  $folder/$old"
done
# What backups that were killed have left.
find . -maxdepth 1 -name "behalf-$stamp.db.part*" -mmin +1440 -delete
