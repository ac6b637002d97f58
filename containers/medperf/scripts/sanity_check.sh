#!/bin/sh
# Are films and table ready? sanity_check.sh DATA LABELS PARAMETERS
# The figures are not shown here: who prepares the data shall not choose it by them.
set -eu
data=$1
labels=$2
set -- "$3"
. "$(dirname "$0")/options.sh"

osteolens validate "$labels/table.csv" "$data" "$@" >/dev/null || {
    status=$?
    [ "$status" != 3 ] ||
        echo "sanity_check: take films out of the table, or say there that they are of one person; then prepare again" >&2
    exit "$status"
}
