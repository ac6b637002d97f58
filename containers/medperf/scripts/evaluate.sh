#!/bin/sh
# Predictions and the table → results: evaluate.sh PREDICTIONS LABELS PARAMETERS RESULTS
set -eu
predictions=$1
labels=$2
results=$4
set -- "$3"
. "$(dirname "$0")/options.sh"

sheet=$(mktemp)
trap 'rm -f "$sheet"' EXIT
osteolens validate "$labels/table.csv" --results "$predictions/predictions.jsonl" "$@" --sheet "$sheet" || {
    status=$?
    [ "$status" != 3 ] || echo "evaluate: the parameters give no answer to this; add it to «answer»" >&2
    exit "$status"
}
# JSON is YAML, but MedPerf's reader takes 1e-7 and 1e16 for texts: it wants 1.0e-7 and 1.0e+16. A line has one number.
sed -E '
    s/(^|[^.0-9])([0-9]+)e([-+]?[0-9]+,?)$/\1\2.0e\3/
    s/([0-9]\.[0-9]+e)([0-9]+,?)$/\1+\2/
' "$sheet" >"$results"
