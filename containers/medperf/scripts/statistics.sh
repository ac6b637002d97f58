#!/bin/sh
# Prepared films → what MedPerf registers of them: statistics.sh DATA STATISTICS
set -eu
data=$1
statistics=$2
files=$(find "$data" -type f ! -name '.*' | wc -l)
echo "files: $((files))" >"$statistics"
