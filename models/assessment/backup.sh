#!/usr/bin/env bash
# Copies folders into dated archives, and keeps the newest of them.
set -euo pipefail

readonly PROGRAM="${0##*/}"
readonly KEEP="${BACKUP_KEEP:-7}"

usage() {
    echo "usage: $PROGRAM [-n] [-d DESTINATION] FOLDER..." >&2
    exit 2
}

log() {
    printf '%s %s\n' "$(date '+%F %T')" "$*"
}

fail() {
    log "error: $*" >&2
    exit 1
}

archive_name() {
    local folder="$1"
    local name
    name="$(basename "$folder")"
    echo "${name}-$(date '+%Y%m%d-%H%M%S').tar.gz"
}

back_up() {
    local folder="$1"
    local destination="$2"
    local archive
    archive="$destination/$(archive_name "$folder")"
    if [ "$dry_run" -eq 1 ]; then
        log "would write $archive"
        return 0
    fi
    tar --create --gzip --file "$archive.part" --directory "$(dirname "$folder")" "$(basename "$folder")"
    mv "$archive.part" "$archive"
    log "wrote $archive"
}

prune() {
    local name="$1"
    local destination="$2"
    local count=0
    while IFS= read -r archive; do
        count=$((count + 1))
        if [ "$count" -gt "$KEEP" ]; then
            log "removing $archive"
            rm -f "$archive"
        fi
    done < <(ls -1t "$destination/$name"-*.tar.gz 2>/dev/null)
}

dry_run=0
destination="$HOME/backups"
while getopts "nd:h" option; do
    case "$option" in
        n) dry_run=1 ;;
        d) destination="$OPTARG" ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))

[ "$#" -gt 0 ] || usage
mkdir -p "$destination" || fail "cannot create $destination"

for folder in "$@"; do
    [ -d "$folder" ] || fail "$folder is not a folder"
    back_up "$folder" "$destination"
    prune "$(basename "$folder")" "$destination"
done
